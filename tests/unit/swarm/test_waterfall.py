"""A visit's steps become its hops."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices import wire
from swarm import waterfall

WHOLE = {"a": 10.0, "b": 10.002, "b'": 10.003, "advert": 10.153, "c": 10.156, "d": 10.16, "e": 10.165, "e'": 14.0, "f": 14.05}


def visit(times: dict[str, float], **more: object) -> wire.Visit:
    steps = tuple(wire.Step(name, at) for name, at in times.items())
    return wire.Visit("s1.1", "entrance", steps, **more)  # type: ignore[arg-type]


def test_a_whole_visit_has_every_hop() -> None:
    hops = waterfall.hops_ms(visit(WHOLE))
    assert hops == pytest.approx({"b": 2.0, "c": 153.0, "d": 4.0, "e": 5.0, "f": 50.0})


def test_a_refused_visit_ends_at_d() -> None:
    times = {name: at for name, at in WHOLE.items() if name in ("a", "b", "b'", "advert", "c", "d")}
    assert list(waterfall.hops_ms(visit(times))) == ["b", "c", "d"]
    assert waterfall.cue_ms(visit(times)) is None


def test_the_wait_for_the_tag_is_not_the_softwares_share() -> None:
    assert waterfall.air_ms(visit(WHOLE)) == pytest.approx(150.0)
    assert waterfall.cue_ms(visit(WHOLE)) == pytest.approx(15.0)


def test_a_tag_that_spoke_before_the_motion_was_not_waited_for() -> None:
    early = {**WHOLE, "advert": 9.9}
    assert waterfall.air_ms(visit(early)) == 0.0
    assert waterfall.cue_ms(visit(early)) == pytest.approx(165.0)


def test_a_stranger_has_no_other_name() -> None:
    assert waterfall.person(visit({}, reason="unknown-key", outcome="refused")) == "stranger"
    assert waterfall.person(visit({}, reason="too-early", participant="erin")) == "erin"
    assert waterfall.person(visit({}, outcome="nobody")) == "nobody"


def test_json_leaves_out_what_did_not_happen() -> None:
    shown = waterfall.plain(visit({"a": 1.0, "b": 1.001}, outcome="nobody"))
    assert shown == {"person": "nobody", "outcome": "nobody", "reason": None, "hops_ms": {"b": 1.0}}


def test_percentile_is_the_nearest_rank() -> None:
    assert waterfall.percentile([], 0.95) is None
    assert waterfall.percentile([7.0], 0.95) == 7.0
    assert waterfall.percentile(range(1, 101), 0.95) == 95
    assert waterfall.percentile([4, 3, 2, 1], 0.5) == 2


@given(st.dictionaries(st.sampled_from(list(WHOLE)), st.floats(0, 1e6)))
def test_any_steps_at_all_can_be_shown(times: dict[str, float]) -> None:
    shown = waterfall.plain(visit(times))
    assert set(shown["hops_ms"]) == {hop for hop, ends in waterfall.HOPS.items() if set(ends) <= times.keys()}
