"""A window for one key: what is offered, to whom, how often, and that nothing else stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices.auth.enrolment import CHANGING, KEPT_S, MOST_KEYS, NOBODY, SEVERAL, TOLD, Enrolments
from nanoservices.errors import Conflict, Forbidden, NotFound
from nanoservices.wire import Sighting

TAG, OTHER = "ibeacon:" + "ab" * 20, "mac:c00000000001"


def window(*heard: tuple[str, int], now: float = 10.0) -> Enrolments:
    """Open from 0 to 30 s, by the admin; every key is heard three times."""
    book = Enrolments()
    book.open("e1", "entrance", "admin", 30.0, 0.0)
    sightings = tuple(Sighting(key, dbm + wobble, 0.0) for key, dbm in heard for wobble in (-2, 0, 2))
    book.hear("e1", sightings, None, now)
    return book


def test_strongest_key_is_offered_once_when_the_window_is_over() -> None:
    book = window((TAG, -40), (OTHER, -60))
    open_yet = book.look("e1", "admin", 29.9)
    assert (open_yet.state, open_yet.key) == ("listening", None)
    offer = book.look("e1", "admin", 30.0)
    assert (offer.state, offer.key) == ("offered", TAG)
    again = book.look("e1", "admin", 30.1)
    assert (again.state, again.key, again.why) == ("offered", None, TOLD)
    assert book.take("e1", "admin", 31.0) == TAG
    with pytest.raises(NotFound):
        book.look("e1", "admin", 32.0)


@pytest.mark.parametrize(
    ("heard", "why"),
    [
        ((), NOBODY),
        (((TAG, -70),), NOBODY),
        (((TAG, -40), (OTHER, -44)), SEVERAL),
        ((("rpa:400000000001", -40), (TAG, -60)), CHANGING),
        ((("hmac:0011223344556677", -40),), CHANGING),
    ],
)
def test_otherwise_it_says_why_nothing_is_offered(heard: tuple[tuple[str, int], ...], why: str) -> None:
    book = window(*heard)
    for _ in range(2):
        shown = book.look("e1", "admin", 30.0)
        assert (shown.state, shown.key, shown.why) == ("nothing", None, why)
    with pytest.raises(Conflict, match="nothing has been offered"):
        book.take("e1", "admin", 30.0)


def test_single_sighting_is_not_held_up() -> None:
    book = Enrolments()
    book.open("e1", "entrance", "admin", 30.0, 0.0)
    book.hear("e1", (Sighting(TAG, -30, 0.0),), None, 1.0)
    assert book.look("e1", "admin", 30.0).why == NOBODY


def test_nobody_but_who_opened_it_is_told_anything() -> None:
    book = window((TAG, -40))
    for look in (book.look, book.take, book.end):
        with pytest.raises(Forbidden):
            look("e1", "another-admin", 30.0)
    assert book.look("e1", "admin", 30.0).key == TAG


def test_strangers_in_range_are_forgotten_with_the_offer_and_the_offer_with_time() -> None:
    book = window((TAG, -40), (OTHER, -60))
    book.look("e1", "admin", 30.0)
    assert OTHER not in repr(vars(book))
    book.time_passed(30.0 + KEPT_S)
    assert "ab" * 20 not in repr(vars(book))
    with pytest.raises(NotFound):
        book.take("e1", "admin", 30.0 + KEPT_S)


def test_offer_that_is_refused_is_forgotten_at_once() -> None:
    book = window((TAG, -40))
    assert book.end("e1", "admin", 31.0) == "entrance"
    assert vars(book) == {"_windows": {}}


def test_what_comes_after_the_window_or_for_no_window_is_not_kept() -> None:
    book = window((TAG, -40), now=30.0)
    book.hear("e2", (Sighting(TAG, -30, 0.0),), None, 1.0)
    assert book.look("e1", "admin", 30.0).why == NOBODY


def test_why_nobody_could_listen_is_said() -> None:
    book = window()
    book.hear("e1", (), "scanner@pi-lobby: is silent", 2.0)
    assert book.look("e1", "admin", 30.0).why == "scanner@pi-lobby: is silent"


def test_one_window_in_a_zone_and_few_in_all() -> None:
    book = window()
    with pytest.raises(Conflict, match="open in entrance already, for 20 s"):
        book.open("e2", "entrance", "admin", 30.0, 10.0)
    for number in range(2, 5):
        book.open(f"e{number}", f"room-{number}", "admin", 30.0, 10.0)
    with pytest.raises(Conflict, match="4 enrolments"):
        book.open("e5", "room-5", "admin", 30.0, 10.0)
    book.open("e5", "room-5", "admin", 30.0, 40.0 + KEPT_S)


@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(-127, 20)), max_size=300))
def test_memory_is_bounded_and_an_offer_is_always_the_strongest(heard: list[tuple[int, int]]) -> None:
    book = Enrolments()
    book.open("e1", "entrance", "admin", 30.0, 0.0)
    book.hear("e1", tuple(Sighting(f"mac:{key:012x}", dbm, 0.0) for key, dbm in heard), None, 1.0)
    assert len(book._windows["e1"].heard) <= MOST_KEYS
    key = book.look("e1", "admin", 30.0).key
    if key is not None:
        assert max(dbm for number, dbm in heard if key == f"mac:{number:012x}") >= -65
