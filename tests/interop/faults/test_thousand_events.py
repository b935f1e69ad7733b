"""1,000 events through lines that lose 30 % each way, double some and turn some around: each counts once, and in time."""

import pytest

from tests.interop.faults.crowd import EVENTS, Outcome, thousand_events
from tests.interop.faults.fate import FOUL
from tests.interop.faults.house import percentile

pytestmark = pytest.mark.interop
P95_S, MOST_S = 3.0, 10.0  # promised, from the event to its effect at the controller, and to its acknowledgement


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return thousand_events(tmp_path_factory.mktemp("house"), FOUL, seed=1)


def test_line_was_as_bad_as_it_is_said_to_be(outcome: Outcome) -> None:
    assert outcome.tally.seen > 1500
    assert 0.25 < outcome.tally.lost / outcome.tally.seen < 0.35
    assert outcome.tally.doubled > 40 and outcome.tally.held > 80


def test_no_event_is_lost_and_none_has_its_effect_twice(outcome: Outcome) -> None:
    assert len(outcome.acknowledged_s) == EVENTS == 1000
    assert outcome.sent - set(outcome.effects) == set()
    assert {effect: count for effect, count in outcome.effects.items() if count != 1 or effect not in outcome.sent} == {}


def test_events_have_their_effect_in_time(outcome: Outcome) -> None:
    assert len(outcome.effect_s) == EVENTS and min(outcome.effect_s) >= 0
    assert percentile(outcome.effect_s, 0.95) <= P95_S
    assert max(outcome.effect_s) <= MOST_S


def test_events_are_acknowledged_in_time(outcome: Outcome) -> None:
    assert percentile(outcome.acknowledged_s, 0.95) <= P95_S
    assert max(outcome.acknowledged_s) <= MOST_S
