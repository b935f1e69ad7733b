"""Who is this, and may they come now: every rule of the table, and its boundaries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices.auth.directory import Directory
from nanoservices.auth.logic import LATE_S, recognise
from nanoservices.auth.model import Credential
from nanoservices.auth.rotating import Rotating
from nanoservices.wire import MOST_EXPECTED, Answer, Strength
from tests.unit.auth.house import EARLY_S, MAC, NOW, STRANGER, directory, meeting, sighting, tag


def ask(book: Directory, key: str, now: float = NOW, age_s: float = 0.0) -> Answer:
    (answer,) = recognise([sighting(key, age_s)], book, now)
    return answer


def refusal(book: Directory, key: str, now: float = NOW) -> str | None:
    answer = ask(book, key, now)
    assert answer.decision == "refused"
    assert answer.meeting is answer.room is answer.ends_in_s is None  # a refusal says nothing of what it keeps
    return answer.reason


def test_invited_person_with_a_meeting_now_is_granted() -> None:
    answer = ask(directory(meeting("plan", "bob")), tag("bob"))
    assert answer == Answer("granted", None, "bob", "rolling", "plan", "room-1", 3000.0, ())


def test_organiser_may_come_uninvited() -> None:
    book = directory(meeting("plan", "bob", organiser="alice"))
    assert ask(book, tag("alice")).decision == "granted"
    assert book.expected(NOW) == ("alice", "bob")


@pytest.mark.parametrize(
    "key", [STRANGER, "hmac:0000000000000000", "eid:0011223344556677", "rpa:aa0000000001", "uid:" + "0" * 32]
)
def test_unknown_key_names_nobody(key: str) -> None:
    assert ask(directory(meeting("plan", "bob")), key) == Answer("refused", "unknown-key")


def test_refusal_of_a_known_person_names_them() -> None:
    assert ask(directory(), tag("bob")) == Answer("refused", "not-invited", "bob", "rolling")


def test_known_person_with_nothing_near_is_not_invited() -> None:
    assert refusal(directory(meeting("plan", "alice")), tag("bob")) == "not-invited"


def test_one_answer_per_sighting_in_their_order() -> None:
    keys = [STRANGER, tag("bob"), MAC["alice"], tag("bob")]
    answers = recognise(map(sighting, keys), directory(meeting("plan", "bob")), NOW)
    assert [answer.participant for answer in answers] == [None, "bob", "alice", "bob"]


# --- time -------------------------------------------------------------------------------------------------------------


def test_one_may_come_early_s_before_the_start_and_not_sooner() -> None:
    book = directory(meeting("plan", "bob", starts_s=EARLY_S))
    assert ask(book, MAC["bob"]).reason == "too-weak"  # it is near, only the key is not enough
    assert ask(book, tag("bob")).decision == "granted"
    assert refusal(book, tag("bob", NOW - 0.001), NOW - 0.001) == "too-early"


def test_meeting_is_over_at_its_end() -> None:
    book = directory(meeting("plan", "bob", ends_s=0))
    assert ask(book, tag("bob", NOW - 0.5), NOW - 0.5).ends_in_s == 0.5
    assert refusal(book, tag("bob")) == "too-late"


def test_too_late_lasts_a_day() -> None:
    assert refusal(directory(meeting("plan", "bob", starts_s=-LATE_S, ends_s=-LATE_S + 1)), tag("bob")) == "too-late"
    assert refusal(directory(meeting("plan", "bob", starts_s=-2 * LATE_S, ends_s=-LATE_S)), tag("bob")) == "not-invited"


def test_meeting_to_come_counts_more_than_one_that_is_over() -> None:
    over, later = meeting("over", "bob", ends_s=-60), meeting("later", "bob", starts_s=7200, ends_s=9000)
    assert refusal(directory(over, later), tag("bob")) == "too-early"


def test_meeting_that_is_on_goes_before_the_next() -> None:
    on, soon = meeting("on", "bob", ends_s=300), meeting("soon", "bob", starts_s=300)
    assert ask(directory(soon, on), tag("bob")).meeting == "on"


def test_of_two_that_begin_soon_the_sooner_is_meant() -> None:
    soon, later = meeting("soon", "bob", starts_s=300), meeting("later", "bob", starts_s=600)
    assert ask(directory(later, soon), tag("bob")).meeting == "soon"


def test_of_two_that_are_on_the_one_that_began_last_is_meant() -> None:
    older, newer = meeting("older", "bob", starts_s=-900), meeting("newer", "bob", starts_s=-60)
    assert ask(directory(newer, older), tag("bob")).meeting == "newer"


def test_meeting_of_many_days_ends_as_late_as_the_wire_can_say() -> None:
    assert ask(directory(meeting("fair", "bob", ends_s=5 * 86_400)), tag("bob")).ends_in_s == 86_400


# --- strength ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("least", "granted"), [("static", True), ("irk", False), ("rolling", False)])
def test_name_tag_is_enough_only_where_the_meeting_says_so(least: Strength, granted: bool) -> None:
    answer = ask(directory(meeting("plan", "bob", least=least)), MAC["bob"])
    assert (answer.decision == "granted") is granted
    assert (answer.participant, answer.strength) == ("bob", "static")
    assert answer.reason == (None if granted else "too-weak")


def test_weak_key_goes_to_the_meeting_that_takes_it() -> None:
    strict, lax = meeting("strict", "bob"), meeting("lax", "bob", starts_s=300, least="static")
    assert ask(directory(strict, lax), MAC["bob"]).meeting == "lax"


def test_owner_is_told_with_a_strong_key_only() -> None:
    book = directory(owners=(("room-2", "bob"), ("room-1", "bob")))
    assert ask(book, tag("bob")).owns == ("room-1", "room-2")  # also without a meeting
    assert ask(book, MAC["bob"]).owns == ()
    assert ask(book, tag("alice")).owns == ()


# --- rolling ids ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("windows", [-1, 0, 1])
def test_tag_may_be_a_minute_off(windows: int) -> None:
    assert ask(directory(meeting("plan", "bob")), tag("bob", NOW + 60 * windows)).decision == "granted"


@pytest.mark.parametrize("windows", [-2, -30, -60])
def test_id_from_an_older_window_is_a_replay(windows: int) -> None:
    book = directory(meeting("plan", "bob"), owners=(("room-1", "bob"),))
    assert ask(book, tag("bob", NOW + 60 * windows)) == Answer("refused", "replay", "bob", "rolling")


@pytest.mark.parametrize("windows", [-61, 2, 60])
def test_id_from_farther_away_is_unknown(windows: int) -> None:
    assert refusal(directory(meeting("plan", "bob")), tag("bob", NOW + 60 * windows)) == "unknown-key"


def test_sighting_is_judged_by_when_it_was_heard() -> None:
    book, heard = directory(meeting("plan", "bob")), NOW - 30
    key = tag("bob", heard - 60)  # good for the last time then
    assert refusal(book, key) == "replay"
    assert ask(book, key, age_s=30).decision == "granted"


def test_no_scanner_can_vouch_for_an_old_id() -> None:
    assert ask(directory(meeting("plan", "bob")), tag("bob", NOW - 600), age_s=600).reason == "replay"


# --- who is expected --------------------------------------------------------------------------------------------------


def test_expected_are_the_people_of_meetings_that_are_near() -> None:
    book = directory(
        meeting("on", "bob", "stranger-without-a-tag"),
        meeting("soon", "carl", "bob", starts_s=EARLY_S, room="room-2"),
        meeting("later", "alice", starts_s=EARLY_S + 1, ends_s=9000),
    )
    assert book.expected(NOW) == ("bob", "carl")
    assert book.expected(NOW + 1) == ("alice", "bob", "carl")
    assert book.expected(NOW + 3000) == ("alice",)
    assert book.expected(NOW) == ("bob", "carl")  # asked out of order it is right, too
    assert book.expected(NOW + 9000) == ()


@pytest.mark.parametrize(("count", "is_waited_for"), [(MOST_EXPECTED, True), (MOST_EXPECTED + 1, False)])
def test_more_people_than_come_within_one_scan_are_not_waited_for(count: int, is_waited_for: bool) -> None:
    crowd = [f"guest-{n:02}" for n in range(count)]
    tags = [Credential(f"s-{name}", name, "static", f"mac:{n:012x}") for n, name in enumerate(crowd)]
    book = Directory(tags, [meeting("party", *crowd)], (), early_s=EARLY_S, rotating=Rotating())
    assert book.expected(NOW) == (tuple(crowd) if is_waited_for else ())


@given(st.lists(st.tuples(st.integers(-100, 100), st.integers(1, 100)), max_size=6), st.integers(-200, 300))
def test_whoever_is_granted_is_expected(times: list[tuple[int, int]], at: int) -> None:
    meetings = [meeting(f"m{n}", "bob", starts_s=60 * s, ends_s=60 * (s + length)) for n, (s, length) in enumerate(times)]
    book, now = directory(*meetings), NOW + 60 * at
    answer = ask(book, tag("bob", now), now)
    assert (answer.decision == "granted") == (book.expected(now) == ("bob",))
    near = [m for m in meetings if m.starts.timestamp() - EARLY_S <= now < m.ends.timestamp()]
    assert (answer.meeting in {m.id for m in near}) == bool(near)
