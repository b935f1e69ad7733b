"""One person's data: all of it told, all of it forgotten, and not remembered by a backup; and who did what, in pseudonyms."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nanoservices import wire
from nanoservices.auth.disk import ACTOR, text_of
from nanoservices.auth.erasures import FILE
from nanoservices.auth.model import Credential, Participant, Shelf
from nanoservices.auth.sealing import SealError
from nanoservices.auth.store import Store
from nanoservices.errors import Conflict, NotFound
from tests.unit.auth.house import MAC, NOW, SEAL_KEY, SECRETS, filled, meeting, opened, tag

PLAN = meeting("plan", "bob", "carl", organiser="alice")
DAY_S = 86_400.0
NEW_KEY = "fedcba9876543210" * 3


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = filled(tmp_path / "data", PLAN)
    yield made
    made.close()


def visit(name: str, who: str | None = "bob") -> wire.VisitReport:
    seen = wire.Visit(name, "entrance", (wire.Step("a", 1.0), wire.Step("out", 2.0)), who, outcome="completed")
    return wire.VisitReport(seen, "clock", "2031-05-06T12:00:00.000+00:00")


def visits(store: Store) -> list[tuple[str, str | None]]:
    return [(found["visit"]["id"], found["visit"].get("participant")) for found in store.events.newest(100)]


def rows(store: Store) -> str:
    """All that the database holds, but for the words that stand for people."""
    tables = ("participants", "credentials", "meetings", "invitations", "contents", "visits", "alarms", "audit", "erasures")
    return json.dumps([[_plain(row) for row in store.disk.read(f"SELECT * FROM {table}")] for table in tables])


def _plain(row: Any) -> dict[str, str]:
    return {name: str(value) for name, value in dict(row).items()}


# --- export -------------------------------------------------------------------------------------------------------------


def test_export_tells_everything_about_one_and_nothing_about_another(store: Store) -> None:
    store.contents.put(Shelf("room-1"), "photo", "image/png", [b"12345"], "bob")
    store.events.add(visit("v1"))
    store.events.add(visit("v2", "carl"))
    store.alarms.add("two-places", "bob", {"zones": ["entrance", "room-1"]})
    found = store.privacy.export("bob")
    assert found["participant"]["id"] == "bob"
    assert [held["kind"] for held in found["credentials"]] == ["rolling", "static"]
    assert [(held["id"], held["as"]) for held in found["meetings"]] == [("plan", "invited")]
    assert [(held["name"], held["bytes"]) for held in found["personal_contents"]] == [("photo", 5)]
    assert [held["visit"]["id"] for held in found["visits"]] == ["v1"]
    assert [held["kind"] for held in found["alarms"]] == ["two-places"]
    assert [held["action"] for held in found["audit"]] == ["participant.add", "credential.add", "credential.add"]
    assert "carl" not in json.dumps(found)


def test_export_has_no_key(store: Store) -> None:
    told = json.dumps(store.privacy.export("bob"))
    assert SECRETS["bob"].hex() not in told and MAC["bob"][4:] not in told


def test_export_of_nobody_is_not_found(store: Store) -> None:
    with pytest.raises(NotFound, match="zed"):
        store.privacy.export("zed")


# --- erase --------------------------------------------------------------------------------------------------------------


def test_erased_person_is_nowhere_any_more_and_the_others_are(store: Store) -> None:
    store.contents.put(Shelf("room-1"), "photo", "image/png", [b"12345"], "bob")
    store.alarms.add("two-places", "bob", {"zones": ["entrance", "room-1"]})
    store.events.add(visit("v1"))
    store.events.add(visit("v2", "carl"))
    assert store.privacy.erase("bob") == 1
    store.refresh(NOW)
    assert "bob" not in rows(store).lower()
    assert visits(store) == [("v2", "carl")]
    assert store.directory.holder(tag("bob"), NOW) is None and store.directory.holder(tag("carl"), NOW) is not None
    assert store.meetings.one("plan").invited == ("carl",)


def test_erasing_twice_or_nobody_is_not_found_and_is_not_remembered(store: Store) -> None:
    store.privacy.erase("bob")
    for who in ("bob", "zed"):
        with pytest.raises(NotFound, match=f"no participant {who}"):
            store.privacy.erase(who)
    assert len(store.erasures.all()) == 1


def test_visits_of_a_participant_who_was_removed_before_are_erased(store: Store) -> None:
    store.events.add(visit("v1"))
    store.people.remove("bob")
    assert store.privacy.erase("bob") == 1
    assert visits(store) == []


def test_visit_that_is_reported_after_the_erasure_names_nobody(store: Store) -> None:
    store.privacy.erase("bob")
    store.events.add(visit("v1"))
    assert visits(store) == [("v1", None)]
    assert "bob" not in rows(store)


def test_visit_of_somebody_who_was_removed_but_not_erased_names_them(store: Store) -> None:
    store.people.remove("bob")
    store.events.add(visit("v1"))
    assert visits(store) == [("v1", "bob")]


def test_restored_backup_forgets_again(tmp_path: Path, store: Store) -> None:
    """Of the whole database, from before; what has been erased since is in the file beside it."""
    store.events.add(visit("v1"))
    put_back = _backup(store)
    house_later = NOW + 10
    store.disk._now_unix = lambda: house_later
    store.privacy.erase("bob")
    put_back()
    assert "bob" in {row["id"] for row in store.disk.read("SELECT id FROM participants")}
    store.close()
    again = opened(tmp_path / "data")
    assert [found.id for found in again.people.all()] == ["alice", "carl"]
    assert visits(again) == []
    assert len(again.erasures.all()) == 1
    again.close()


def test_lost_file_is_made_up_for_by_the_database(tmp_path: Path, store: Store) -> None:
    store.privacy.erase("bob")
    store.close()
    (tmp_path / "data" / FILE).unlink()
    again = opened(tmp_path / "data")
    told = [json.loads(line) for line in (tmp_path / "data" / FILE).read_text().splitlines()]
    assert {entry["pseudonym"]: entry["at"] for entry in told} == again.erasures.all() != {}
    again.close()


def test_half_a_line_at_the_end_of_the_file_is_no_harm(tmp_path: Path, store: Store) -> None:
    store.privacy.erase("bob")
    store.close()
    path = tmp_path / "data" / FILE
    with path.open("a") as file:
        file.write('{"pseudonym": "abc", "a')
    again = opened(tmp_path / "data")
    again.privacy.erase("carl")
    again.close()
    last = opened(tmp_path / "data")
    assert len(last.erasures.all()) == 2
    assert '"a{' not in path.read_text()
    last.close()


def test_erasures_that_are_told_are_applied(store: Store) -> None:
    """What a manager kept while the whole disk was lost, and a backup put back."""
    word = store.disk.pseudonym("participant", "bob")
    assert store.erasures.apply({word: text_of(NOW + 1)}) == ["bob"]
    assert store.erasures.apply({word: text_of(NOW + 1)}) == []
    assert [found.id for found in store.people.all()] == ["alice", "carl"]


def test_somebody_else_who_comes_later_under_the_same_id_stays(tmp_path: Path, store: Store) -> None:
    store.privacy.erase("bob")
    store.people.add(Participant("bob", "Another Bob"))  # in the same microsecond, as this clock stands
    store.events.add(visit("v9"))
    store.close()
    again = opened(tmp_path / "data")
    assert again.people.one("bob").name == "Another Bob"
    assert visits(again) == [("v9", "bob")]
    again.close()


# --- what is old --------------------------------------------------------------------------------------------------------


def test_old_visits_and_alarms_are_forgotten_and_the_newer_stay(store: Store) -> None:
    for days, name in ((100, "v1"), (91, "v2"), (89, "v3"), (0, "v4")):
        store.disk._now_unix = lambda days=days: NOW - days * DAY_S  # type: ignore[misc]
        store.events.add(visit(name))
        store.alarms.add(name, None, {})
    assert store.privacy.forget_old(NOW, keep_days=90) == 4
    assert visits(store) == [("v3", "bob"), ("v4", "bob")]
    assert [alarm.kind for alarm in store.alarms.newest(10)] == ["v3", "v4"]
    assert store.privacy.forget_old(NOW, keep_days=90) == 0


def test_many_old_visits_go_in_pieces(store: Store) -> None:
    store.disk._now_unix = lambda: NOW - 100 * DAY_S
    for waiting in [store.events.submit(visit(f"v{number}")) for number in range(1200)]:
        waiting.result(10)
    assert store.privacy.forget_old(NOW, keep_days=90) == 1200


# --- the audit log ------------------------------------------------------------------------------------------------------


def test_audit_says_who_did_what_and_names_nobody(store: Store) -> None:
    mark = ACTOR.set("t-7")
    store.people.add(Participant("dora", "Dora Maar"))
    store.people.add(Participant("dora", "Dora Maar"))  # which changes nothing
    store.people.add_credential(Credential("d", "dora", "static", "mac:dd0000000004"))
    store.meetings.add(meeting("talk", "dora", starts_s=4000, ends_s=5000))
    store.contents.put(Shelf("room-1", "talk"), "a.md", "text/markdown", [b"# A"])
    store.meetings.remove("talk")
    store.people.remove("dora")
    ACTOR.reset(mark)
    added = [entry for entry in store.audit.after(0, 1000) if entry.actor == "t-7"]
    assert [entry.action for entry in added] == [
        *("participant.add", "credential.add", "meeting.add", "contents.put", "meeting.remove", "participant.remove"),
    ]
    assert added[0].subject == added[1].subject == added[5].subject != added[2].subject
    assert "dora" not in repr(added).lower() and "talk" not in repr(added) and "dd0000000004" not in repr(added)
    assert [entry.action for entry in store.audit.about("meeting", "talk")] == ["meeting.add", "contents.put", "meeting.remove"]


def test_what_fails_is_not_in_the_audit_log(store: Store) -> None:
    before = len(store.audit.after(0, 1000))
    with pytest.raises(Conflict):
        store.people.add(Participant("bob", "Robert"))
    with pytest.raises(NotFound):
        store.people.remove("zed")
    assert len(store.audit.after(0, 1000)) == before


@pytest.mark.parametrize(
    "sql", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit", "DELETE FROM audit WHERE number = 1"]
)
def test_audit_log_is_only_added_to(store: Store, sql: str) -> None:
    before = store.audit.after(0, 1000)
    with pytest.raises(Conflict, match="only added to"), store.disk.write() as transaction:
        transaction.execute(sql)
    assert store.audit.after(0, 1000) == before != []


# --- keys on disk -------------------------------------------------------------------------------------------------------


def test_another_key_is_refused_and_changes_nothing(tmp_path: Path, store: Store) -> None:
    store.close()
    with pytest.raises(SealError, match="another key"):
        opened(tmp_path / "data", NEW_KEY)
    again = opened(tmp_path / "data")
    assert again.directory.keys == 6
    again.close()


def test_new_key_takes_over_and_the_old_one_is_not_needed_any_more(tmp_path: Path, store: Store) -> None:
    store.privacy.erase("carl")
    words = store.disk.pseudonym("participant", "bob")
    store.close()
    opened(tmp_path / "data", f"{NEW_KEY}\n{SEAL_KEY}").close()
    again = opened(tmp_path / "data", NEW_KEY)
    assert again.directory.keys == 4
    assert again.directory.holder(MAC["bob"], NOW) is not None and again.directory.holder(tag("bob"), NOW) is not None
    assert again.people.add_credential(Credential("x", "bob", "static", MAC["bob"]))[1] is False  # found by its new hash
    assert again.disk.pseudonym("participant", "bob") == words
    again.close()


def test_row_that_was_moved_to_another_person_is_refused(tmp_path: Path, store: Store) -> None:
    """Somebody who writes the database by hand does not come in with another's key."""
    with store.disk.write() as transaction:
        transaction.execute("DELETE FROM credentials WHERE participant = 'carl'")
        transaction.execute("UPDATE credentials SET participant = 'carl' WHERE id = 's-bob'")
    store.close()
    with pytest.raises(SealError, match="changed"):
        opened(tmp_path / "data")


def _backup(store: Store) -> Any:
    """Of people, their credentials and visits; what puts it back."""
    tables = ("participants", "credentials", "visits")
    held = {table: [_row(row) for row in store.disk.read(f"SELECT * FROM {table}")] for table in tables}

    def put_back() -> None:
        with store.disk.write() as transaction:
            for table in (*reversed(tables), "erasures"):
                transaction.execute(f"DELETE FROM {table}")
            for table in tables:
                for row in held[table]:
                    names, marks = ", ".join(row), ", ".join("?" * len(row))
                    transaction.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values()))

    return put_back


def _row(row: Any) -> dict[str, Any]:
    return dict(row)
