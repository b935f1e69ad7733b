"""Whatever the simulated world says, or is told: the line goes on."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices.presence.device import SimulatedSensor
from nanoservices.simulation import World
from swarm.demo.stage import _line
from tests.unit.hostile import deep, odd_json, often

ODD = [deep(30_000), deep(980), b"9" * 5000, b'{"pin": NaN}', b'"\\ud800"', b"\xff", b"", b"[]", b'{"value": 1e999}']


def heard(line: bytes) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    World(Path("world"), "pi", "presence", messages.append)._take(line + b"\n")
    return messages


@often
@given(odd_json)
def test_any_line_is_one_message_or_none(line: bytes) -> None:
    for message in heard(line):
        assert isinstance(message, dict)


@pytest.mark.parametrize("line", ODD, ids=range(len(ODD)))
def test_odd_line_is_ignored_by_the_sensor(line: bytes) -> None:
    moved: list[bool] = []
    sensor = SimulatedSensor(Path("world"), "pi", "GPIO4")
    sensor._motion = lambda moving, at: moved.append(moving)
    for message in heard(line):
        sensor._heard(message)
    assert moved == []


@often
@given(
    st.dictionaries(st.sampled_from(["pin", "value"]), st.sampled_from(["GPIO4", 1, 0, True, 0.0, None, [1], {}, "1", 10**400]))
)
def test_only_a_level_of_its_own_pin_moves_the_sensor(message: dict[str, Any]) -> None:
    moved: list[bool] = []
    sensor = SimulatedSensor(Path("world"), "pi", "GPIO4")
    sensor._motion = lambda moving, at: moved.append(moving)
    sensor._heard(message)
    assert moved == [] or (message["pin"] == "GPIO4" and message["value"] in (0, 1))


@pytest.mark.parametrize("line", ODD[:-1], ids=range(len(ODD) - 1))
def test_odd_line_to_the_world_ends_that_line_alone(line: bytes) -> None:
    """ValueError is what the world expects of a line that it cannot use; it hangs up on it."""

    async def read() -> Any:
        reader = asyncio.StreamReader()
        reader.feed_data(line + b"\n")
        reader.feed_eof()
        return await _line(reader)

    with pytest.raises(ValueError, match=r"is not an object|payload: "):
        asyncio.run(read())


def test_what_a_device_says_is_one_line_of_json() -> None:
    world = World(Path("world"), "pi", "guidance", lambda message: None)
    written: list[bytes] = []

    class Writer:
        def write(self, data: bytes) -> None:
            written.append(data)

    world._writer = Writer()  # type: ignore[assignment]
    world.say(leds=[[0, 255, 0]], at=1.5)
    assert written[0].endswith(b"\n") and json.loads(written[0]) == {"leds": [[0, 255, 0]], "at": 1.5}
