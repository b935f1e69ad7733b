"""Ten seconds of nothing, and how soon it is noticed that they are over."""

import pytest

from tests.interop.faults.outage import Lateness, outage

pytestmark = pytest.mark.interop
LATE_S = 0.5  # promised, after 10 s


@pytest.fixture(scope="module")
def lateness(tmp_path_factory: pytest.TempPathFactory) -> Lateness:
    return outage(tmp_path_factory.mktemp("house"))


def test_event_that_waited_for_the_controller_is_there_half_a_second_after_its_line_is(lateness: Lateness) -> None:
    assert len(lateness.events_s) == 6
    assert {name: late_s for name, late_s in lateness.events_s.items() if not 0 <= late_s <= LATE_S} == {}


def test_screen_that_could_not_be_told_is_told_half_a_second_after_its_line_is_back(lateness: Lateness) -> None:
    assert len(lateness.commands_s) == 6
    assert {room: late_s for room, late_s in lateness.commands_s.items() if not 0 <= late_s <= LATE_S} == {}
