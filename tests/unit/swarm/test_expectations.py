"""The demo passes only if everything happened as it should: each way it can go wrong is told."""

from typing import Any

import pytest

from nanoservices import wire
from swarm.demo import cast, expectations
from swarm.demo.people import Person, Where, unknown_tag

STEPS = tuple(wire.Step(name, at) for name, at in (("a", 1.0), ("b", 1.1), ("c", 1.2), ("d", 1.3)))
LIT = (*STEPS, wire.Step("e", 2.0))


def led(name: str, **other: Any) -> wire.Visit:
    told: dict[str, Any] = {"steps": LIT, "participant": name, "room": "room-1", "outcome": "completed"} | other
    return wire.Visit(f"s1.{name}", "entrance", **told)


def refused(name: str | None, reason: str, **other: Any) -> wire.Visit:
    told: dict[str, Any] = {"steps": STEPS, "participant": name, "outcome": "refused", "reason": reason} | other
    return wire.Visit(f"s2.{reason}", "entrance", **told)


def walker(name: str, walked_at: float | None = 2.1) -> Person:
    saw = None if walked_at is None else walked_at
    return Person(name, unknown_tag(b""), ("entrance",), 1.0, where=Where.GONE, saw_light_at=saw, walked_at=walked_at)


GOOD = [*map(led, cast.INVITED), refused(None, "unknown-key"), refused("erin", "too-early")]
PEOPLE = {name: walker(name) for name in cast.INVITED}
MODES: list[tuple[wire.Mode, str | None]] = [
    ("personal", None),
    ("hidden", None),
    ("meeting", cast.MEETING),
    ("personal", None),
]


def why(
    visits: list[wire.Visit] = GOOD,
    people: dict[str, Person] = PEOPLE,
    modes: list[tuple[wire.Mode, str | None]] = MODES,
    has_lights: bool = True,
) -> list[str]:
    return expectations.why_not_ok(visits, people, modes, "room-1", has_lights)


def test_all_as_it_should_be_says_nothing() -> None:
    assert why() == []


@pytest.mark.parametrize(
    ("visits", "says"),
    [
        (GOOD[1:], "alice had 0 visits instead of one"),
        ([*GOOD, led("bob")], "bob had 2 visits instead of one"),
        ([led("alice", outcome="failed", reason="auth is silent"), *GOOD[1:]], "visit is failed instead of completed (auth"),
        ([led("alice", outcome=None), *GOOD[1:]], "alice's visit is still open"),
        ([led("alice", room="room-2"), *GOOD[1:]], "alice was led to room-2 instead of room-1"),
        ([led("alice", steps=STEPS), *GOOD[1:]], "alice came without having seen a light"),
        ([*GOOD, refused(None, "unknown-key")], "stranger had 2 refused visits"),
        ([*GOOD[:-1], refused("erin", "not-invited")], "erin's visit is refused (not-invited) instead of refused (too-early)"),
        ([*GOOD[:-1], refused("erin", "too-early", steps=LIT)], "a light was lit for erin"),
        ([*GOOD[:4], refused(None, "unknown-key", steps=LIT), GOOD[5]], "a light was lit for stranger"),
        ([*GOOD, led("mallory")], "visit s1.mallory was not expected"),
        ([*GOOD, refused(None, "no key was heard", outcome="nobody")], "was not expected: nobody, no key was heard"),
    ],
)  # fmt: skip
def test_a_visit_that_went_otherwise_is_told(visits: list[wire.Visit], says: str) -> None:
    assert any(text.startswith(says) or says in text for text in why(visits)), why(visits)


def test_somebody_who_walked_before_their_light_is_told() -> None:
    assert why(people={**PEOPLE, "carl": walker("carl", 1.9)}) == ["carl walked before the light was on"]
    assert why(people={**PEOPLE, "carl": walker("carl", None)}) == ["carl came without having seen a light"]


def test_where_the_door_has_no_lights_none_are_asked_for() -> None:
    assert why([led(name, steps=STEPS) for name in cast.INVITED] + GOOD[4:], has_lights=False) == []


def test_a_screen_that_never_showed_or_still_shows_is_told() -> None:
    assert why(modes=[("hidden", None)]) == ["the room's screen did not show quarterly-plan"]
    assert why(modes=MODES[:3]) == ["the room's screen still shows the meeting with nobody there"]
