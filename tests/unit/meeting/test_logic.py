"""Orders, downloads and time in; what is hidden, fetched, shown and reported out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices.errors import PayloadError, Unavailable
from nanoservices.meeting.effects import Download, Effect, Effects, Hide, Report, Show
from nanoservices.meeting.logic import MOST_BOOTS, OVER, REPLACED_S, RESTORE_S, RETRY_S, RETRY_SLOWLY_S, SILENT, ScreenLogic
from nanoservices.wire import Mode, ScreenEvent, ScreenOrder

ROOM = "room-1"


def order(
    seq: int, mode: Mode, meeting: str | None = None, *, visit: str | None = None, boot: str = "b1", ends: float | None = None
) -> ScreenOrder:
    return ScreenOrder(ROOM, boot, seq, mode, visit, meeting, ends)


def events(effects: Effects) -> list[ScreenEvent]:
    return [effect.event for effect in effects if isinstance(effect, Report)]


def download(effects: Effects) -> Download:
    (found,) = [effect for effect in effects if isinstance(effect, Download)]
    return found


def showing(meeting: str = "m1", ends: float | None = None) -> ScreenLogic:
    """A screen that shows `meeting` since 2, by order number 1."""
    logic = ScreenLogic(ROOM)
    logic.downloaded(download(logic.apply(order(1, "meeting", meeting, ends=ends), 1)).ticket, 2)
    return logic


def test_screen_is_hidden_before_the_controller_says_anything() -> None:
    logic = ScreenLogic(ROOM)
    assert (logic.mode, logic.meeting) == ("hidden", None)
    assert logic.line


def test_meeting_is_hidden_first_then_downloaded_then_shown() -> None:
    logic = ScreenLogic(ROOM)
    first = logic.apply(order(1, "meeting", "m1", visit="v1"), 1)
    assert [type(effect) for effect in first] == [Hide, Report, Download]
    assert events(first) == [ScreenEvent("screen", 0, 1, ROOM, "hidden", "v1", hidden_at=1)]
    assert logic.mode == "hidden"
    then = logic.downloaded(download(first).ticket, 3)
    assert then[0] == Show(download(first).ticket)
    assert events(then) == [ScreenEvent("screen", 0, 3, ROOM, "meeting", "v1", "m1", 1, 3, 3)]
    assert (logic.mode, logic.meeting) == ("meeting", "m1")


def test_meeting_that_is_shown_is_not_downloaded_for_another_visit() -> None:
    effects = showing().apply(order(2, "meeting", "m1", visit="v2"), 5)
    assert effects == (Report(ScreenEvent("screen", 0, 5, ROOM, "meeting", "v2", "m1", shown_at=5)),)


def test_second_visit_joins_the_download_that_is_under_way() -> None:
    logic = ScreenLogic(ROOM)
    ticket = download(logic.apply(order(1, "meeting", "m1", visit="v1"), 1)).ticket
    assert logic.apply(order(2, "meeting", "m1", visit="v2"), 2) == ()
    assert [event.visit for event in events(logic.downloaded(ticket, 3))] == ["v1", "v2"]


def test_second_visit_starts_a_failing_download_at_once_and_the_first_still_hears_of_it() -> None:
    logic = ScreenLogic(ROOM)
    ticket = download(logic.apply(order(1, "meeting", "m1", visit="v1"), 1)).ticket
    logic.failed(ticket, "auth is silent", 2)
    again = download(logic.apply(order(2, "meeting", "m1", visit="v2"), 2.1))
    assert again.wait_s == 0
    assert logic.downloaded(ticket, 3) == ()
    assert [event.visit for event in events(logic.downloaded(again.ticket, 3))] == ["v1", "v2"]


def test_other_meeting_hides_what_is_shown() -> None:
    logic = showing("m1")
    effects = logic.apply(order(2, "meeting", "m2"), 5)
    assert effects[0] == Hide()
    assert download(effects).of == "m2"
    assert (logic.mode, logic.meeting) == ("hidden", None)


def test_new_order_takes_the_effect_from_the_old_download() -> None:
    logic = ScreenLogic(ROOM)
    old = download(logic.apply(order(1, "meeting", "m1"), 1)).ticket
    logic.apply(order(2, "hidden"), 2)
    assert logic.downloaded(old, 3) == ()
    assert logic.failed(old, "late", 3) == ()
    assert (logic.mode, logic.problem) == ("hidden", None)


def test_personal_contents_are_shown_after_the_meeting_is_hidden() -> None:
    logic = showing()
    effects = logic.apply(order(2, "personal"), 5)
    assert effects[0] == Hide()
    assert download(effects).of == "personal"
    logic.downloaded(download(effects).ticket, 6)
    assert (logic.mode, logic.meeting) == ("personal", None)


def test_hidden_says_why_on_the_quiet_line() -> None:
    logic = showing()
    effects = logic.apply(ScreenOrder(ROOM, "b1", 2, "hidden", line="somebody is not invited"), 5)
    assert (logic.mode, logic.line, logic.hidden_at) == ("hidden", "somebody is not invited", 5)
    assert events(effects) == [ScreenEvent("screen", 0, 5, ROOM, "hidden", hidden_at=5)]


@pytest.mark.parametrize("seq", [0, 1])
def test_late_or_repeated_order_changes_nothing(seq: int) -> None:
    logic = showing()
    assert logic.apply(order(seq, "hidden"), 5) == ()
    assert logic.mode == "meeting"


def test_restarted_controller_counts_from_the_start_and_its_old_boot_is_ignored_for_ever() -> None:
    logic = showing()
    for number in range(MOST_BOOTS):
        logic.apply(order(0, "hidden", boot=f"boot-{number:02}"), 5)
        assert logic.apply(order(99, "personal", boot="b1"), 5) == ()
    assert logic.mode == "hidden"


def test_order_of_a_boot_that_was_replaced_before_it_was_ever_heard_is_not_taken_for_the_newest() -> None:
    logic = showing()
    logic.apply(order(1, "hidden", boot="b3"), 5)
    with pytest.raises(Unavailable, match="b3 seems to be a later one than b2; ask again"):
        logic.apply(order(7, "meeting", "m1", boot="b2"), 17)
    assert logic.apply(order(2, "hidden", boot="b3"), 18)
    assert logic.mode == "hidden"


def test_controller_whose_calendar_went_back_is_heard_once_nothing_can_be_late_any_more() -> None:
    logic = showing()
    logic.apply(order(1, "hidden", boot="b3"), 5)
    assert logic.apply(order(1, "hidden", boot="b2"), 5 + REPLACED_S)
    assert logic.apply(order(9, "meeting", "m1", boot="b3"), 6 + REPLACED_S) == ()


def test_order_for_another_room_is_refused_and_changes_nothing() -> None:
    logic = showing()
    with pytest.raises(PayloadError, match=r"room-1.*room-2"):
        logic.apply(ScreenOrder("room-2", "b1", 9, "hidden"), 5)
    assert logic.mode == "meeting"
    assert logic.apply(order(2, "hidden"), 6)


@pytest.mark.parametrize("meeting", [None, "personal"])
def test_mode_meeting_cannot_get_at_personal_contents(meeting: str | None) -> None:
    with pytest.raises(PayloadError, match="meeting:"):
        ScreenLogic(ROOM).apply(order(1, "meeting", meeting), 1)


def test_meeting_is_hidden_by_itself_when_it_is_over() -> None:
    logic = showing(ends=10)
    assert logic.wake_at() == 11
    assert logic.time_passed(10.9) == ()
    assert logic.time_passed(11)[0] == Hide()
    assert (logic.mode, logic.line, logic.wake_at()) == ("hidden", OVER, None)


def test_later_end_of_the_meeting_counts() -> None:
    logic = showing(ends=10)
    logic.apply(order(2, "meeting", "m1", ends=30), 5)
    assert logic.time_passed(11) == ()
    assert logic.wake_at() == 35


def test_meeting_that_ends_while_it_is_downloaded_is_never_shown() -> None:
    logic = ScreenLogic(ROOM)
    ticket = download(logic.apply(order(1, "meeting", "m1", ends=10), 1)).ticket
    effects = logic.downloaded(ticket, 11)
    assert not any(isinstance(effect, Show) for effect in effects)
    assert (logic.mode, logic.line) == ("hidden", OVER)


def test_meeting_that_is_over_when_it_is_ordered_is_never_shown() -> None:
    logic = showing()
    effects = logic.apply(order(2, "meeting", "m1", ends=0), 5)
    assert effects[0] == Hide()
    assert not any(isinstance(effect, Download) for effect in effects)
    assert (logic.mode, logic.line) == ("hidden", OVER)


def test_failed_download_stays_hidden_and_is_told_once() -> None:
    logic = ScreenLogic(ROOM)
    ticket = download(logic.apply(order(1, "meeting", "m1", visit="v1"), 1)).ticket
    effects = logic.failed(ticket, "auth: no answer", 3)
    assert events(effects) == [ScreenEvent("screen", 0, 3, ROOM, "hidden", "v1", hidden_at=1, problem="auth: no answer")]
    assert (logic.mode, logic.problem) == ("hidden", "auth: no answer")
    assert events(logic.failed(ticket, "auth: no answer", 6)) == []


def test_download_is_tried_a_few_times_within_10_s_and_then_slowly_until_it_comes() -> None:
    logic = ScreenLogic(ROOM)
    ticket = download(logic.apply(order(1, "meeting", "m1"), 1)).ticket
    waits = [download(logic.failed(ticket, "auth: no answer", 2)).wait_s for _ in range(len(RETRY_S) + 2)]
    assert waits == [*RETRY_S, RETRY_SLOWLY_S, RETRY_SLOWLY_S]
    assert sum(RETRY_S) < 10
    logic.downloaded(ticket, 60)
    assert (logic.mode, logic.problem) == ("meeting", None)


def test_problem_is_short_enough_for_the_wire() -> None:
    logic = ScreenLogic(ROOM)
    ticket = download(logic.apply(order(1, "personal"), 1)).ticket
    logic.failed(ticket, "x" * 1000, 2)
    assert len(logic.problem or "") == 300


class Screen:
    """Follows effects as showing.py does, and knows what the last order that counts allows."""

    def __init__(self) -> None:
        self.logic = ScreenLogic(ROOM)
        self.fetching: dict[int, str] = {}
        self.seen: str | None = None

    def follow(self, effects: Effects) -> None:
        for effect in effects:
            self._do(effect)

    def _do(self, effect: Effect) -> None:
        if isinstance(effect, Hide):
            self.seen = None
        elif isinstance(effect, Download):
            self.fetching[effect.ticket] = effect.of
        elif isinstance(effect, Show):
            self.seen = self.fetching[effect.ticket]
        else:
            assert effect.event.mode == self.logic.mode


ORDERS = st.tuples(
    st.just("order"),
    st.sampled_from(["b1", "b2", "b3"]),
    st.integers(0, 6),
    st.sampled_from([("hidden", None), ("personal", None), ("meeting", "m1"), ("meeting", "m2")]),
    st.sampled_from([None, 0.0, 1.0, 5.0]),
)
OTHERS = st.tuples(st.sampled_from(["downloaded", "failed"]), st.integers(1, 12))


@given(st.lists(st.tuples(ORDERS | OTHERS, st.floats(0, 2)), max_size=40))
def test_nothing_is_seen_but_what_the_latest_order_allows_until_it_is_over(
    steps: list[tuple[tuple[object, ...], float]],
) -> None:
    screen, now = Screen(), 0.0
    current: tuple[str, int] | None = None
    replaced: set[str] = set()
    allowed, until, heard_at = None, float("inf"), 0.0
    for step, passed in steps:
        now += passed
        match step:
            case ("order", str(boot), int(seq), (mode, meeting), ends):
                asked = ScreenOrder(ROOM, boot, seq, mode, None, meeting, ends)
                is_late = boot in replaced or (current is not None and current[0] == boot and seq <= current[1])
                if not is_late and current is not None and boot < current[0] and now - heard_at < REPLACED_S:
                    with pytest.raises(Unavailable, match="later one"):
                        screen.logic.apply(asked, now)
                    continue
                if not is_late:
                    heard_at = now
                    replaced |= {current[0]} if current is not None and current[0] != boot else set()
                    current = (boot, seq)
                    allowed = {"hidden": None, "personal": "personal", "meeting": meeting}[mode]
                    until = float("inf") if ends is None or allowed is None else now + ends
                screen.follow(screen.logic.apply(asked, now))
            case ("downloaded", int(ticket)):
                screen.follow(screen.logic.downloaded(ticket, now))
            case ("failed", int(ticket)):
                screen.follow(screen.logic.failed(ticket, "auth: no answer", now))
        if now >= until:
            allowed = None
            screen.follow(screen.logic.time_passed(now))
        assert screen.seen in (None, allowed)
        assert (screen.logic.mode == "hidden") == (screen.seen is None)
        assert screen.logic.meeting in (None, screen.seen)


# --- a silent controller, and contents that change -----------------------------------------------------------------------


def test_silent_controller_hides_what_is_shown() -> None:
    logic = showing()
    effects = logic.silent(40)
    assert [type(effect) for effect in effects] == [Hide, Report]
    assert (logic.mode, logic.meeting, logic.line) == ("hidden", None, SILENT)


def test_silent_controller_ends_a_download_too() -> None:
    logic = ScreenLogic(ROOM)
    ticket = download(logic.apply(order(1, "personal"), 1)).ticket
    assert Hide() in logic.silent(31)
    assert logic.downloaded(ticket, 32) == ()
    assert logic.mode == "hidden"


def test_silence_changes_nothing_of_a_hidden_screen() -> None:
    logic = ScreenLogic(ROOM)
    logic.apply(ScreenOrder(ROOM, "b1", 1, "hidden", line="somebody is here"), 1)
    assert logic.silent(40) == () and logic.line == "somebody is here"
    assert logic.heard(50) == () and logic.wake_at() is None


def test_controller_that_is_back_and_orders_nothing_new_has_its_order_followed_again_after_a_while() -> None:
    logic = showing()
    logic.silent(40)
    assert logic.heard(50) == ()
    assert logic.wake_at() == 50 + RESTORE_S
    assert logic.time_passed(50 + RESTORE_S - 0.1) == ()
    assert download(logic.time_passed(50 + RESTORE_S)).of == "m1"
    assert (logic.mode, logic.line) == ("hidden", None)


def test_new_order_after_the_silence_counts_and_not_the_old_one() -> None:
    logic = showing()
    logic.silent(40)
    logic.heard(50)
    logic.apply(order(2, "hidden"), 51)
    assert logic.time_passed(60) == () and logic.mode == "hidden"


def test_controller_that_falls_silent_again_before_it_has_ordered_anything_restores_nothing() -> None:
    logic = showing()
    logic.silent(40)
    logic.heard(50)
    logic.silent(52)
    assert logic.time_passed(60) == () and logic.wake_at() is None
    logic.heard(70)
    assert download(logic.time_passed(75)).of == "m1"


def test_meeting_that_ends_during_the_silence_does_not_come_back() -> None:
    logic = showing(ends=60)
    logic.silent(40)
    logic.time_passed(61)
    assert logic.line == OVER
    assert logic.heard(70) == () and logic.time_passed(80) == ()


def test_contents_that_have_changed_are_hidden_downloaded_and_shown_anew() -> None:
    logic = showing()
    assert logic.shown is not None
    effects = logic.changed(logic.shown[0], 10)
    assert [type(effect) for effect in effects] == [Hide, Report, Download]
    logic.downloaded(download(effects).ticket, 11)
    assert (logic.mode, logic.meeting) == ("meeting", "m1")


def test_change_of_what_is_shown_no_more_changes_nothing() -> None:
    logic = showing()
    assert logic.shown is not None
    ticket = logic.shown[0]
    logic.apply(order(2, "personal"), 5)
    assert logic.shown is None
    assert logic.changed(ticket, 6) == ()
