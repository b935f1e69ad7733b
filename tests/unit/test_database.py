"""The door to SQL: whole or not at all, once each, and there after a kill."""

import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nanoservices.database import Database, SchemaError
from nanoservices.errors import Conflict, NanoError, Unavailable

LEDGER = "CREATE TABLE ledger (number INTEGER PRIMARY KEY);"


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    folder = tmp_path / "schema"
    folder.mkdir()
    (folder / "001_ledger.sql").write_text(LEDGER)
    return folder


@pytest.fixture
def database(tmp_path: Path, migrations: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "a.db", migrations)
    yield opened
    opened.close()


def numbers(database: Database) -> list[int]:
    return [row["number"] for row in database.read("SELECT number FROM ledger ORDER BY number")]


def insert(database: Database, *values: int) -> None:
    with database.transaction() as transaction:
        for value in values:
            transaction.execute("INSERT INTO ledger VALUES (?)", (value,))


def test_rows_are_readable_by_name(database: Database) -> None:
    insert(database, 7)
    with database.transaction() as transaction:
        assert transaction.execute("SELECT number FROM ledger")[0]["number"] == 7


def test_failure_in_the_middle_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as transaction:
        transaction.execute("INSERT INTO ledger VALUES (1)")
        raise RuntimeError("in the middle")
    assert numbers(database) == []
    insert(database, 2)
    assert numbers(database) == [2]


def test_broken_rule_of_the_schema_is_a_conflict_and_changes_nothing(database: Database) -> None:
    insert(database, 1)
    with pytest.raises(Conflict, match=r"ledger\.number"):
        insert(database, 2, 1)
    assert numbers(database) == [1]


def test_commit_that_fails_leaves_the_database_usable(tmp_path: Path, migrations: Path) -> None:
    (migrations / "002_deferred.sql").write_text(
        "CREATE TABLE child (of INTEGER REFERENCES ledger(number) DEFERRABLE INITIALLY DEFERRED);"
    )
    database = Database(tmp_path / "a.db", migrations)
    with pytest.raises(Conflict), database.transaction() as transaction:
        transaction.execute("INSERT INTO child VALUES (99)")  # only COMMIT notices
    insert(database, 1)
    assert numbers(database) == [1]
    database.close()


def test_foreign_keys_are_on(tmp_path: Path, migrations: Path) -> None:
    (migrations / "002_child.sql").write_text("CREATE TABLE child (of INTEGER REFERENCES ledger(number));")
    database = Database(tmp_path / "a.db", migrations)
    with pytest.raises(Conflict), database.transaction() as transaction:
        transaction.execute("INSERT INTO child VALUES (99)")
    database.close()


def test_wrong_sql_and_a_closed_database_are_unavailable(database: Database) -> None:
    with pytest.raises(Unavailable, match=r"a\.db cannot be used"):
        database.read("SELECT nothing FROM nowhere")
    database.close()
    with pytest.raises(Unavailable, match=r"a\.db cannot be used"):
        database.check()


def test_threads_take_turns(database: Database) -> None:
    threads = [threading.Thread(target=insert, args=(database, *range(10 * n, 10 * n + 10))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers(database) == list(range(80))


# --- migrations -------------------------------------------------------------------------------------------------------


def test_migrations_are_applied_once_each_in_order(tmp_path: Path, migrations: Path) -> None:
    for _ in range(2):  # CREATE TABLE would fail the second time
        Database(tmp_path / "a.db", migrations).close()
    (migrations / "002_more.sql").write_text("ALTER TABLE ledger ADD COLUMN note TEXT;\nINSERT INTO ledger VALUES (1, 'a;b');")
    database = Database(tmp_path / "a.db", migrations)
    assert [row["note"] for row in database.read("SELECT note FROM ledger")] == ["a;b"]
    database.close()


def test_migration_that_fails_leaves_nothing_of_itself(tmp_path: Path, migrations: Path) -> None:
    (migrations / "002_wrong.sql").write_text("INSERT INTO ledger VALUES (1);\nINSERT INTO nowhere VALUES (1);")
    with pytest.raises(Unavailable, match="nowhere"):
        Database(tmp_path / "a.db", migrations)
    (migrations / "002_wrong.sql").unlink()
    database = Database(tmp_path / "a.db", migrations)
    assert numbers(database) == []
    database.close()


def test_gap_in_the_migrations_is_refused(tmp_path: Path, migrations: Path) -> None:
    (migrations / "003_later.sql").write_text("CREATE TABLE later (x);")
    with pytest.raises(SchemaError, match="001 to 003 without a gap"):
        Database(tmp_path / "a.db", migrations)


def test_folder_without_migrations_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="elsewhere"):
        Database(tmp_path / "a.db", tmp_path / "elsewhere")


def test_database_that_is_newer_than_the_code_is_refused(tmp_path: Path, migrations: Path) -> None:
    (migrations / "002_more.sql").write_text("CREATE TABLE more (x);")
    Database(tmp_path / "a.db", migrations).close()
    (migrations / "002_more.sql").unlink()
    with pytest.raises(SchemaError, match="has schema 2, this version knows up to 1"):
        Database(tmp_path / "a.db", migrations)


# --- the file ---------------------------------------------------------------------------------------------------------


def test_file_is_for_our_own_eyes_only(tmp_path: Path, database: Database) -> None:
    insert(database, 1)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob("a.db*")}
    assert modes == dict.fromkeys(["a.db", "a.db-wal", "a.db-shm"], 0o600)


def test_missing_folder_is_named(tmp_path: Path, migrations: Path) -> None:
    with pytest.raises(Unavailable, match=r"gone/a\.db cannot be used: No such file"):
        Database(tmp_path / "gone" / "a.db", migrations)


def test_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path, migrations: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"a shopping list" * 100)
    with pytest.raises(NanoError, match="not a database"):
        Database(tmp_path / "a.db", migrations)
    assert (tmp_path / "a.db").read_bytes() == b"a shopping list" * 100


def test_check_notices_a_deleted_file(tmp_path: Path, database: Database) -> None:
    database.check()
    (tmp_path / "a.db").unlink()
    with pytest.raises(Unavailable, match="moved or deleted"):
        database.check()


def test_commits_are_synced(tmp_path: Path, database: Database) -> None:
    assert database.read("PRAGMA synchronous")[0][0] == 2  # FULL
    assert database.read("PRAGMA journal_mode")[0][0] == "wal"
    with sqlite3.connect(tmp_path / "a.db") as other:  # WAL: a reader beside a writer
        assert other.execute("SELECT count(*) FROM ledger").fetchone() == (0,)
    other.close()


CHILD = """
import sys
from pathlib import Path
from nanoservices.database import Database
database = Database(Path(sys.argv[1]), Path(sys.argv[2]))
for number in range(1_000_000):
    with database.transaction() as transaction:
        transaction.execute("INSERT INTO ledger VALUES (?)", (number,))
    print(number, flush=True)
"""


def test_every_acknowledged_number_is_there_after_a_kill(tmp_path: Path, migrations: Path) -> None:
    arguments = [sys.executable, "-c", CHILD, str(tmp_path / "a.db"), str(migrations)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        acknowledged = [int(child.stdout.readline()) for _ in range(50)]
        child.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in child.stdout if line.endswith("\n")]
    database = Database(tmp_path / "a.db", migrations)
    there = numbers(database)
    assert set(acknowledged) <= set(there)
    assert there == list(range(len(there)))  # none in the middle is missing, none is half there
    assert len(there) - len(acknowledged) <= 1  # at most the one whose answer was on its way
    database.close()
