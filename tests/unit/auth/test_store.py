"""What auth keeps: twice is once, a contradiction changes nothing, and recognition sees what has been acknowledged."""

import dataclasses
import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from nanoservices import wire
from nanoservices.auth.contents import MOST_ITEMS
from nanoservices.auth.logic import recognise
from nanoservices.auth.model import Credential, Participant, Shelf
from nanoservices.auth.store import Store
from nanoservices.errors import Conflict, NotFound, PayloadError, Unavailable
from tests.unit.auth.house import MAC, NOW, SECRETS, filled, meeting, opened, sighting, tag

PLAN = meeting("plan", "bob", "carl", organiser="alice")
DESK = Shelf("room-1")
PAPERS = Shelf("room-1", "plan")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = filled(tmp_path / "data", PLAN)
    yield made
    made.close()


def decision(store: Store, key: str) -> tuple[str, str | None]:
    (answer,) = recognise([sighting(key)], store.directory, NOW)
    return answer.decision, answer.reason


def test_everything_is_there_after_a_restart(store: Store, tmp_path: Path) -> None:
    store.contents.put(DESK, "photo", "image/png", [b"one", b"two"], "bob")
    again = opened(tmp_path / "data")
    assert again.meetings.all() == [PLAN]
    assert again.people.all() == store.people.all()
    assert decision(again, tag("bob")) == ("granted", None)
    assert again.directory.keys == 6
    assert again.counts == (len(store.people.all()), 1)
    again.close()


def test_it_counts_everybody_also_who_has_no_key_and_what_is_over(store: Store) -> None:
    people, meetings = store.counts
    store.people.add(Participant("nokey", "Nokey"))
    store.meetings.add(meeting("over", "bob", starts_s=-9000, ends_s=-5000))
    store.refresh(NOW)
    assert store.counts == (people + 1, meetings + 1)
    store.privacy.erase("nokey")
    store.refresh(NOW)
    assert store.counts == (people, meetings + 1)


def test_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match=r"the data folder .*/file/data cannot be used.*NANO_DATA"):
        opened(tmp_path / "file" / "data")


# --- people -----------------------------------------------------------------------------------------------------------


def test_adding_twice_is_adding_once(store: Store) -> None:
    assert store.people.add(Participant("bob", "Bob")) is False
    assert store.meetings.add(PLAN) is False
    assert store.people.add_credential(Credential("another-id", "bob", "static", MAC["bob"])) == (
        Credential("s-bob", "bob", "static", MAC["bob"]),
        False,
    )
    assert [p.id for p in store.people.all()] == ["alice", "bob", "carl"]


def test_another_thing_under_the_same_id_is_a_conflict_that_changes_nothing(store: Store) -> None:
    with pytest.raises(Conflict, match="id: participant bob"):
        store.people.add(Participant("bob", "Robert"))
    with pytest.raises(Conflict, match="id: meeting plan is there already, and differs in title, invited"):
        store.meetings.add(dataclasses.replace(PLAN, title="Coup", invited=("bob",)))
    assert store.people.one("bob").name == "Bob"
    assert store.meetings.all() == [PLAN]


def test_key_of_another_participant_is_a_conflict_that_does_not_show_it(store: Store) -> None:
    with pytest.raises(Conflict, match="key: is another participant's") as refused:
        store.people.add_credential(Credential("x", "alice", "static", MAC["bob"]))
    assert MAC["bob"][4:] not in str(refused.value)
    assert [c.id for c in store.people.credentials("alice")] == ["r-alice", "s-alice"]


def test_credential_of_nobody_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="zed"):
        store.people.add_credential(Credential("x", "zed", "static", "mac:000000000000"))


def test_credential_shows_what_it_matches_to_nobody() -> None:
    assert "s3cret" not in repr(Credential("x", "bob", "rolling", "s3cret"))


def test_removed_participant_is_unknown_and_leaves_nothing_behind(store: Store) -> None:
    store.contents.put(DESK, "photo", "image/png", [b"x"], "bob")
    store.people.remove("bob")
    store.refresh(NOW)
    assert decision(store, tag("bob")) == decision(store, MAC["bob"]) == ("refused", "unknown-key")
    assert store.meetings.one("plan").invited == ("carl",)
    assert store.contents.items(DESK) == []
    assert store.disk.read("SELECT * FROM pieces") == []
    with pytest.raises(NotFound):
        store.people.remove("bob")


def test_removed_organiser_leaves_the_meeting_to_the_others(store: Store) -> None:
    store.people.remove("alice")
    assert store.meetings.all() == [dataclasses.replace(PLAN, organiser=None)]


def test_removed_credential_opens_nothing_any_more(store: Store) -> None:
    store.people.remove_credential("bob", "r-bob")
    store.refresh(NOW)
    assert decision(store, tag("bob")) == ("refused", "unknown-key")
    assert decision(store, MAC["bob"]) == ("refused", "too-weak")
    with pytest.raises(NotFound, match="participant bob has no credential r-alice"):
        store.people.remove_credential("bob", "r-alice")


# --- meetings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["invited", "organiser"])
def test_meeting_with_somebody_unknown_is_refused_whole(store: Store, field: str) -> None:
    wrong = meeting("coup", "alice", "zed") if field == "invited" else meeting("coup", "alice", organiser="zed")
    with pytest.raises(PayloadError, match=rf"{field}.*: there is no participant zed"):
        store.meetings.add(wrong)
    assert store.meetings.all() == [PLAN]


def test_removed_meeting_takes_its_contents_along(store: Store) -> None:
    store.contents.put(PAPERS, "plan.md", "text/markdown", [b"# Plan"])
    store.meetings.remove("plan")
    store.refresh(NOW)
    assert decision(store, tag("bob")) == ("refused", "not-invited")
    assert store.disk.read("SELECT * FROM contents") == store.disk.read("SELECT * FROM pieces") == []
    with pytest.raises(NotFound):
        store.meetings.one("plan")


def test_meetings_that_are_long_over_are_kept_but_not_in_memory(store: Store) -> None:
    store.meetings.add(meeting("past", "bob", starts_s=-200_000, ends_s=-100_000))
    assert [found.id for found in store.meetings.all()] == ["past", "plan"]
    assert [found.id for found in store.meetings.not_over_at(PLAN.starts - timedelta(days=1))] == ["plan"]


def test_what_is_ahead_in_a_room_comes_in_its_order_and_no_more_of_it_than_is_asked_for(store: Store) -> None:
    for name, starts_s in (("later", 9000), ("next", 3600), ("last", 20_000)):
        store.meetings.add(meeting(name, starts_s=starts_s, ends_s=starts_s + 600))
    store.meetings.add(meeting("elsewhere", starts_s=3600, ends_s=4200, room="room-2"))
    over, soon = PLAN.ends, PLAN.ends + timedelta(hours=3)
    assert [title for title, *_ in store.meetings.ahead("room-1", over, soon, 9)] == ["Next", "Later"]
    assert store.meetings.ahead("room-1", PLAN.starts, soon, 1) == [("Plan", PLAN.starts, PLAN.ends)]


# --- recognition sees it ------------------------------------------------------------------------------------------------


def test_change_is_seen_after_refresh_and_unchanged_data_are_not_read_again(store: Store) -> None:
    before = store.directory
    store.refresh(NOW)
    assert store.directory is before
    store.people.add(Participant("dora", "Dora"))
    store.people.add_credential(Credential("d", "dora", "static", "mac:dd0000000004"))
    assert decision(store, "mac:dd0000000004") == ("refused", "unknown-key")
    store.refresh(NOW)
    assert decision(store, "mac:dd0000000004") == ("refused", "not-invited")


def test_every_thread_sees_its_own_change_when_its_refresh_returns(store: Store) -> None:
    blind: list[str] = []

    def enrol(name: str) -> None:
        key = "mac:" + name.encode().hex()[:12]
        store.people.add(Participant(name, name))
        store.people.add_credential(Credential(name, name, "static", key))
        store.refresh(NOW)
        if decision(store, key)[1] != "not-invited":
            blind.append(name)

    threads = [threading.Thread(target=enrol, args=(f"p{n:05}",)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert blind == []
    assert store.directory.keys == 6 + 24


def test_failed_write_is_trouble_until_one_succeeds(store: Store) -> None:
    with pytest.raises(Unavailable), store.disk.write() as transaction:
        transaction.execute("INSERT INTO nowhere VALUES (1)")
    assert store.disk.trouble is not None
    store.disk.check()
    assert store.disk.trouble is None


# --- contents -----------------------------------------------------------------------------------------------------------


def whole(store: Store, shelf: Shelf, sha256: str) -> bytes:
    return b"".join(store.contents.parts(shelf, sha256))


def test_bytes_come_back_as_they_were(store: Store) -> None:
    pieces = [os.urandom(100_000) for _ in range(3)]
    item, is_new = store.contents.put(PAPERS, "photo.png", "image/png", pieces)
    assert is_new
    assert item.size == 300_000
    assert store.contents.items(PAPERS) == [item]
    assert whole(store, PAPERS, item.sha256) == b"".join(pieces)
    assert [store.contents.part(PAPERS, item.sha256, number) for number in range(4)] == [*pieces, b""]


def test_same_name_again_takes_its_place(store: Store) -> None:
    old, _ = store.contents.put(PAPERS, "plan.md", "text/markdown", [b"old"])
    new, is_new = store.contents.put(PAPERS, "plan.md", "text/markdown", [b"new"])
    assert not is_new
    assert store.contents.items(PAPERS) == [new]
    with pytest.raises(NotFound):
        whole(store, PAPERS, old.sha256)


def test_upload_that_breaks_off_leaves_what_was_there(store: Store) -> None:
    item, _ = store.contents.put(PAPERS, "plan.md", "text/markdown", [b"old"])

    def broken() -> Iterator[bytes]:
        yield b"new, and then"
        raise PayloadError("body: is not UTF-8 text")

    with pytest.raises(PayloadError):
        store.contents.put(PAPERS, "plan.md", "text/markdown", broken())
    assert store.contents.items(PAPERS) == [item]
    assert whole(store, PAPERS, item.sha256) == b"old"


def test_item_is_found_only_where_it_belongs(store: Store) -> None:
    item, _ = store.contents.put(DESK, "diary", "text/plain", [b"dear diary"], "alice")
    for elsewhere in (PAPERS, Shelf("room-2")):
        assert store.contents.items(elsewhere) == []
        with pytest.raises(NotFound):
            whole(store, elsewhere, item.sha256)


def test_name_of_another_owner_is_not_overwritten(store: Store) -> None:
    store.contents.put(DESK, "photo", "text/plain", [b"alice's"], "alice")
    with pytest.raises(Conflict, match="name: photo is another owner's"):
        store.contents.put(DESK, "photo", "text/plain", [b"bob's"], "bob")
    assert store.contents.owners() == [("room-1", "alice")]


def test_shelf_takes_only_as_many_items_as_the_wire_can_list(store: Store) -> None:
    for number in range(MOST_ITEMS):
        store.contents.put(PAPERS, f"{number}", "text/plain", [b"x"])
    with pytest.raises(Conflict, match="64 items"):
        store.contents.put(PAPERS, "one more", "text/plain", [b"x"])
    store.contents.put(PAPERS, "7", "text/plain", [b"another"])  # in the place of an old one there is room


def test_contents_for_nobody_are_refused(store: Store) -> None:
    with pytest.raises(NotFound, match="meeting coup"):
        store.contents.put(Shelf("room-1", "coup"), "x", "text/plain", [b"x"])
    with pytest.raises(PayloadError, match="owner: there is no participant zed"):
        store.contents.put(DESK, "x", "text/plain", [b"x"], "zed")


# --- the event log ------------------------------------------------------------------------------------------------------


def report(visit: str, outcome: wire.Outcome = "completed") -> wire.VisitReport:
    steps = (wire.Step("a", 1.0), wire.Step("out", 2.0))
    return wire.VisitReport(
        wire.Visit(visit, "entrance", steps, "bob", outcome=outcome), "clock", "2031-05-06T12:00:00.000+00:00"
    )


def test_visit_is_logged_once_as_it_was_reported_first(store: Store) -> None:
    assert store.events.add(report("v1")) is True
    assert store.events.add(report("v1", "failed")) is False
    (found,) = store.events.newest(10)
    assert (found["visit"]["id"], found["visit"]["outcome"]) == ("v1", "completed")


def test_log_is_paged_newest_last(store: Store) -> None:
    for number in range(1, 8):
        store.events.add(report(f"v{number}"))
    assert [row["visit"]["id"] for row in store.events.newest(2)] == ["v6", "v7"]
    assert [row["visit"]["id"] for row in store.events.after(3, 2)] == ["v4", "v5"]
    assert store.events.after(7, 2) == []


def test_log_outlives_its_people(store: Store) -> None:
    store.events.add(report("v1"))
    store.people.remove("bob")
    assert store.events.newest(1)[0]["visit"]["participant"] == "bob"


def test_secrets_are_neither_in_the_file_nor_in_what_is_shown(store: Store) -> None:
    rows = [dict(row) for row in store.disk.read("SELECT * FROM credentials")]  # type: ignore[call-overload]
    assert len(rows) == 6 and SECRETS["bob"].hex() not in str(rows)
    assert SECRETS["bob"].hex() not in repr(store.people.credentials("bob"))
