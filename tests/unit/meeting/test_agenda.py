"""What auth told and the time in; what an idle screen says out."""

import pytest

from nanoservices.meeting.agenda import DAY_S, MOST_NEXT, Agenda, Ahead
from nanoservices.wire import Agenda as Told
from nanoservices.wire import Slot

NOW = 5_000.0  # here, while auth's calendar says
UNIX = 1_900_000_000.0
HOUR = 3600.0
MORNING = Slot(UNIX - HOUR, UNIX + HOUR, "Quarterly plan")
NOON = Slot(UNIX + HOUR, UNIX + 2 * HOUR, "Retrospective")
EVENING = Slot(UNIX + 5 * HOUR, UNIX + 6 * HOUR, "Choir")


def told(*slots: Slot, until: float = UNIX + 2 * DAY_S) -> Agenda:
    agenda = Agenda()
    agenda.told(Told(UNIX, until, slots), NOW)
    return agenda


def test_nothing_is_said_before_auth_has_told_anything() -> None:
    assert Agenda().ahead(NOW, titles=True) is None
    assert Agenda().wake_at(NOW) is None


def test_meeting_that_is_on_is_told_from_those_that_come() -> None:
    assert told(MORNING, NOON, EVENING).ahead(NOW, titles=True) == Ahead(MORNING, (NOON, EVENING))


def test_meeting_is_on_from_its_very_start_until_just_before_its_end() -> None:
    agenda = told(NOON)
    assert agenda.ahead(NOW + HOUR - 0.001, titles=True) == Ahead(None, (NOON,))
    assert agenda.ahead(NOW + HOUR, titles=True) == Ahead(NOON)
    assert agenda.ahead(NOW + 2 * HOUR - 0.001, titles=True) == Ahead(NOON)
    assert agenda.ahead(NOW + 2 * HOUR, titles=True) == Ahead()


def test_no_title_is_said_to_who_may_not_read_it() -> None:
    ahead = told(MORNING, NOON).ahead(NOW, titles=False)
    assert ahead == Ahead(Slot(MORNING.starts, MORNING.ends), (Slot(NOON.starts, NOON.ends),))
    assert "Quarterly" not in repr(ahead)


def test_no_more_are_said_than_can_be_read() -> None:
    many = [Slot(UNIX + hour * HOUR, UNIX + (hour + 1) * HOUR) for hour in range(1, 9)]
    ahead = told(*many).ahead(NOW, titles=True)
    assert ahead is not None and ahead.next == tuple(many[:MOST_NEXT])


def test_auth_that_is_away_leaves_what_it_told_with_a_line() -> None:
    agenda = told(MORNING, NOON)
    agenda.unheard()
    assert agenda.ahead(NOW + 1.5 * HOUR, titles=True) == Ahead(NOON)
    assert agenda.line == "What comes next may have changed: auth cannot be reached"
    agenda.told(Told(UNIX, UNIX + 2 * DAY_S, ()), NOW)
    assert agenda.line is None


def test_auth_that_was_never_reached_is_named_and_nothing_is_claimed() -> None:
    agenda = Agenda()
    agenda.unheard()
    assert agenda.ahead(NOW, titles=True) is None
    assert agenda.line == "What comes next is not known: auth cannot be reached"


def test_nothing_more_is_claimed_only_for_as_long_as_it_is_known() -> None:
    agenda = told(NOON)
    assert agenda.ahead(NOW + DAY_S - 1, titles=True) == Ahead()
    assert agenda.ahead(NOW + DAY_S + 1, titles=True) is None


def test_refusal_takes_back_what_was_told() -> None:
    agenda = told(MORNING)
    agenda.refused("auth: 4.04 labels.yml has no room room-1")
    assert agenda.ahead(NOW, titles=True) is None
    assert agenda.line == "What comes next is not known: auth: 4.04 labels.yml has no room room-1"
    agenda.refused("x" * 1000)
    assert len(agenda.line or "") == 300


@pytest.mark.parametrize(
    ("after_s", "wakes_after_s"),
    [(0, HOUR), (HOUR, 2 * HOUR), (2.5 * HOUR, 5 * HOUR), (7 * HOUR, DAY_S), (DAY_S + 1, None)],
)
def test_screen_wakes_when_something_else_is_to_be_said(after_s: float, wakes_after_s: float | None) -> None:
    due = told(MORNING, NOON, EVENING).wake_at(NOW + after_s)
    assert due == (None if wakes_after_s is None else pytest.approx(NOW + wakes_after_s))
