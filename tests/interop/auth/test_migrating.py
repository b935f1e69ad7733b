"""From every older version to this one, on both databases, also when it is killed on the way."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nanoservices import migrations
from nanoservices.auth.sealing import Seal
from nanoservices.auth.store import PATIENCE_S, Store, schema
from nanoservices.database import AnyDatabase, Database, Dialect
from nanoservices.database_address import parsed
from nanoservices.database_mysql import MySQL
from nanoservices.database_upgrade import Upgrade
from nanoservices.errors import Unavailable
from nanoservices.migrations import SchemaError
from tests.interop.auth.conftest import Made
from tests.interop.auth.maria import Maria
from tests.unit.auth.house import EARLY_S, MAC, NOW, SEAL_KEY, SECRETS, tag

pytestmark = pytest.mark.interop
NEWEST = max(migrations.found(schema("sqlite")))
OLDER = range(1, NEWEST)
KEYS = {"r-bob": SECRETS["bob"].hex(), "s-bob": MAC["bob"]}
SAMPLE = [
    "INSERT INTO participants (id, name) VALUES ('bob', 'Bob'), ('alice', 'Alice')",
    "INSERT INTO meetings (id, title, room, starts, ends, least_strength, organiser) VALUES ('plan', 'Plan', 'room-1',"
    " '2031-05-06T11:50:00.000000+00:00', '2031-05-06T12:50:00.000000+00:00', 'rolling', 'alice')",
    "INSERT INTO invitations (meeting, participant) VALUES ('plan', 'bob')",
    "INSERT INTO contents (id, meeting, name, media_type, sha256, size) VALUES (1, 'plan', 'a.md', 'text/markdown', '00', 3)",
    "INSERT INTO pieces (content, number, data) VALUES (1, 0, 'abc')",
]


def sample(version: int) -> list[str]:
    """Rows as that version wrote them."""
    pairs = [(name, "rolling" if name[0] == "r" else "static", key) for name, key in KEYS.items()]
    column = "matches" if version < 3 else "unsealed"
    held = [
        f"INSERT INTO credentials (id, participant, kind, {column}) VALUES ('{n}', 'bob', '{k}', '{m}')" for n, k, m in pairs
    ]
    closed = "2031-05-06T12:00:00.000+00:00"
    visit = {"id": "v1", "closed": closed, "zone": "entrance", "participant": "bob", "outcome": "completed"}
    visit |= {"report": '{"visit": {"id": "v1"}}'} | ({} if version < 4 else {"received": closed})
    values = ", ".join(f"'{value}'" for value in visit.values())
    return [*SAMPLE, *held, f"INSERT INTO visits ({', '.join(visit)}) VALUES ({values})"]


def older(folder: Path, dialect: Dialect, version: int) -> Path:
    """The migrations as they were then."""
    folder.mkdir()
    for number, path in migrations.found(schema(dialect)).items():
        if number <= version:
            shutil.copy(path, folder)
    return folder


def open_store(folder: Path, database: AnyDatabase) -> Store:
    return Store(folder, EARLY_S, NOW, seal=Seal(SEAL_KEY), database=database, clock=lambda: NOW)


@pytest.mark.parametrize("version", OLDER)
def test_file_of_an_older_version_is_brought_up(tmp_path: Path, version: int) -> None:
    path = tmp_path / "auth.db"
    first = Database(path, older(tmp_path / "then", "sqlite", version))
    _fill(first, version)
    first.close()
    kept = path.read_bytes()
    assert SECRETS["bob"].hex().encode() in kept  # so the search below can find it
    store = open_store(tmp_path, Database(path, schema("sqlite"), PATIENCE_S))
    _check(store)
    store.close()
    everything = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    for key in KEYS.values():
        assert key.encode() not in everything


@pytest.mark.parametrize("version", OLDER)
def test_server_with_an_older_version_is_brought_up(tmp_path: Path, maria: Maria, version: int) -> None:
    address = parsed(maria.fresh(f"older{version}"))
    first = MySQL(address, "", older(tmp_path / "then", "mysql", version), PATIENCE_S)
    _fill(first, version)
    first.close()
    store = open_store(tmp_path, MySQL(address, "", schema("mysql"), PATIENCE_S))
    assert [row["unsealed"] for row in store.disk.read("SELECT unsealed FROM credentials")] == [None, None]
    _check(store)
    store.close()


def test_both_databases_have_the_same_tables(tmp_path: Path, maria: Maria) -> None:
    maria.fresh("same")
    there = MySQL(parsed(maria.address("same")), "", schema("mysql"), PATIENCE_S)
    there.check()
    rows = there.read(
        "SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = DATABASE()"
    )
    on_server = {(row["t"], row["c"]) for row in rows if row["t"] != "migrations"}
    there.close()
    Database(tmp_path / "a.db", schema("sqlite")).close()
    with sqlite3.connect(tmp_path / "a.db") as file:
        tables = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        in_file = {(table, row[1]) for table in tables for row in file.execute(f"PRAGMA table_info({table})")}
    file.close()
    assert on_server == {(table, column) for table, column in in_file if table not in ("migrations", "sqlite_sequence")}


def test_server_killed_after_any_statement_of_a_migration_is_brought_up(
    tmp_path: Path, maria: Maria, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement is done and not written down: at the next start it is found to be done."""
    maria.fresh("torn")
    address = parsed(maria.address("torn"))
    _fill(first := MySQL(address, "", older(tmp_path / "then", "mysql", 1), PATIENCE_S), 1)
    first.close()
    real, deaths = Upgrade._execute, 0

    def dies(self: Upgrade, sql: str, *parameters: Any) -> None:
        if sql.startswith("INSERT INTO migrations"):
            raise SystemExit
        real(self, sql, *parameters)

    def lives(self: Upgrade, sql: str, *parameters: Any) -> None:
        """Once; the next one that is to be written down is not."""
        real(self, sql, *parameters)
        if sql.startswith("INSERT INTO migrations"):
            monkeypatch.setattr(Upgrade, "_execute", dies)

    monkeypatch.setattr(Upgrade, "_execute", dies)
    while True:
        tried = MySQL(address, "", schema("mysql"), PATIENCE_S)
        try:
            tried.check()
            break
        except SystemExit:
            deaths += 1
            monkeypatch.setattr(Upgrade, "_execute", lives)
        finally:
            tried.close()
    monkeypatch.undo()
    steps = [statement for number in range(2, NEWEST + 1) for statement in _statements(number)]
    assert deaths == len(steps) > 10
    store = open_store(tmp_path, MySQL(address, "", schema("mysql"), PATIENCE_S))
    _check(store)
    store.close()
    assert _tables(maria, "torn") == _tables(maria, _fresh(maria))


def test_error_that_was_not_ours_is_not_taken_for_done(tmp_path: Path, maria: Maria) -> None:
    """A table that somebody else made is in the way: refused, and nothing of it is touched."""
    maria.fresh("taken")
    maria.sql("CREATE TABLE taken.meetings (x INT)")
    database = MySQL(parsed(maria.address("taken")), "", schema("mysql"), PATIENCE_S)
    with pytest.raises(Unavailable, match="already exists"):
        database.check()
    database.close()


def test_newer_database_is_refused_by_both(tmp_path: Path, made: Made) -> None:
    database = made(tmp_path / "data")
    database.check()
    columns = "(number, name)" if database.dialect == "sqlite" else "(number, step, name, is_last)"
    values = "(99, 'later')" if database.dialect == "sqlite" else "(99, 1, 'later', TRUE)"
    with database.transaction() as transaction:
        transaction.execute(f"INSERT INTO migrations {columns} VALUES {values}")
    database.close()
    with pytest.raises(SchemaError, match=rf"has schema 99, this version knows up to {NEWEST}: use the newer version"):
        made(tmp_path / "data").check()


def _fill(database: AnyDatabase, version: int) -> None:
    with database.transaction() as transaction:
        for statement in sample(version):
            transaction.execute(statement)


def _check(store: Store) -> None:
    assert [found.id for found in store.people.all()] == ["alice", "bob"]
    assert store.meetings.one("plan").invited == ("bob",)
    assert store.directory.keys == 2
    for key in (tag("bob"), MAC["bob"]):
        holder = store.directory.holder(key, NOW)
        assert holder is not None and holder.person.id == "bob"
    assert [item["visit"]["id"] for item in store.events.newest(10)] == ["v1"]
    assert store.disk.read("SELECT received FROM visits")[0]["received"] == "2031-05-06T12:00:00.000+00:00"
    assert store.privacy.erase("bob") == 1


def _statements(number: int) -> Iterator[str]:
    text = migrations.found(schema("mysql"))[number].read_text()
    return migrations.statements(text, lambda lines: lines.rstrip().endswith(";"))


def _fresh(maria: Maria) -> str:
    made = MySQL(parsed(maria.fresh("fresh")), "", schema("mysql"), PATIENCE_S)
    made.check()
    made.close()
    return "fresh"


def _tables(maria: Maria, database: str) -> list[dict[str, object]]:
    columns = "table_name, column_name, column_type, is_nullable, collation_name, column_key, column_default"
    return maria.sql(
        f"SELECT {columns} FROM information_schema.columns WHERE table_schema = '{database}' ORDER BY 1, 2",
    )
