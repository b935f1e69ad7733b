"""Whatever is logged: one bounded line of JSON each, and so many lines a minute."""

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices import log
from nanoservices.log import JsonLines, Throttle, about
from nanoservices.settings import Secret
from tests.unit.hostile import any_text, odd_values, often

LONGEST_LINE = 20_000


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Unspeakable:
    def __str__(self) -> str:
        raise RuntimeError("no words")


def record(text: Any, *arguments: Any, line: int = 1, **fields: Any) -> logging.LogRecord:
    made = logging.LogRecord("scanner", logging.WARNING, "device.py", line, text, arguments, None)
    made.about = fields
    return made


def written(made: logging.LogRecord) -> dict[str, Any]:
    text = JsonLines("scanner", "pi").format(made)
    assert "\n" not in text and len(text) <= LONGEST_LINE
    found: dict[str, Any] = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    return found


@often
@given(any_text, st.lists(odd_values, max_size=3), st.dictionaries(any_text, odd_values, max_size=3))
def test_anything_logged_is_one_bounded_line_of_json(text: str, arguments: list[Any], fields: dict[str, Any]) -> None:
    made = logging.LogRecord("scanner", logging.WARNING, "device.py", 1, text, tuple(arguments), None)
    made.about = fields
    assert {"t": 0, "level": 0, "word": 0, "node": 0, "says": 0}.keys() <= written(made).keys()


ODD = (float("nan"), float("inf"), 10**5000, Unspeakable(), b"\xff" * 9000, {1: {2: {3: {4: {5: 6}}}}}, [0] * 100_000, object)


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_odd_value_is_bounded_and_told(value: Any) -> None:
    assert written(record("odd", value=value))["value"] not in (None, "")


def test_value_within_itself_is_told() -> None:
    ring: list[Any] = []
    ring.append(ring)
    assert written(record("odd", value=ring))["says"] == "odd"


def test_line_says_what_it_is_about_and_who_says_it() -> None:
    line = written(record("light %s", "on", visit="v1", zone="entrance", ms=1.5, node="another"))
    assert (line["says"], line["visit"], line["ms"]) == ("light on", "v1", 1.5)
    assert line["node"] == "pi"  # no message passes for another service's


def test_secret_is_told_nowhere() -> None:
    line = JsonLines("auth", "pi").format(
        record("%s", Secret("opensesame"), held=Secret("opensesame"), more=[Secret("opensesame")])
    )
    assert "opensesame" not in line


def passes(throttle: Throttle, count: int, line: int = 1, **more: Any) -> list[logging.LogRecord]:
    made = [record("refused", line=line) for _ in range(count)]
    for one in made:
        one.exc_info = more.get("exc_info")
    return [one for one in made if throttle.filter(one)]


def test_place_that_says_too_much_does_not_silence_the_others() -> None:
    throttle = Throttle(lines=10, now=Clock())
    assert len(passes(throttle, 1000, line=1)) == 10
    assert len(passes(throttle, 1000, line=2)) == 10


def test_tracebacks_are_fewer() -> None:
    error = RuntimeError("x")
    assert len(passes(Throttle(10, 3, Clock()), 1000, exc_info=(RuntimeError, error, None))) == 3


def test_first_line_of_the_next_minute_says_how_many_were_dropped() -> None:
    clock = Clock()
    throttle = Throttle(lines=10, now=clock)
    passes(throttle, 1000)
    clock.now = 60.0
    first, second = passes(throttle, 2, line=2)
    assert written(first)["dropped"] == 990
    assert "dropped" not in written(second)


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    logger = logging.getLogger()
    before = logger.handlers[:], logger.level
    yield logger
    logger.handlers[:], level = before
    logger.setLevel(level)
    logging.captureWarnings(False)


def test_library_below_a_named_one_is_throttled_too(root: logging.Logger) -> None:
    stream = io.StringIO()
    log.start("scanner", "pi", "info", stream)
    for _ in range(5000):
        logging.getLogger("coap.blockwise").warning("odd")
        logging.getLogger("nanoservices.outbox").error("odd", extra=about(why="x" * 5000))
    lines = stream.getvalue().splitlines()
    assert 2 * log.LINES_A_MINUTE <= len(lines) <= 4 * log.LINES_A_MINUTE  # a minute may have ended meanwhile
    assert all(json.loads(line)["word"] == "scanner" for line in lines)


def test_warning_of_pythons_own_is_a_line_too(root: logging.Logger) -> None:
    stream = io.StringIO()
    log.start("scanner", "pi", "info", stream)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.warn("never awaited", RuntimeWarning, stacklevel=1)
    assert "never awaited" in json.loads(stream.getvalue())["says"]
