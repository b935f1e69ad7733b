"""A backup of auth's data on a real MariaDB: dumped while it is used, whole or refused, and made anew beside it, counted."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from nanoservices.auth.model import Participant
from nanoservices.auth.sealing import SealError
from nanoservices.database_address import Address, parsed
from nanoservices.errors import Conflict
from swarm import backup_age, backup_archive, backup_mariadb, backup_mariadb_load, backup_settings, backups, keeping
from swarm.backup_archive import plain
from swarm.backup_places import Entry, Places
from swarm.backup_unit import DUMP, SPEC, Held, Manifest
from swarm.commands.backup_restore import restore
from swarm.errors import BackupError, InputError
from tests.interop.auth.conftest import mysql
from tests.interop.auth.maria import Maria
from tests.unit.auth import house
from tests.unit.backup import made


@pytest.fixture
def told(maria: Maria, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An address with a table of rows in it."""
    monkeypatch.chdir(tmp_path)
    made = maria.fresh("dumped")
    maria.sql("CREATE TABLE dumped.people (id INT PRIMARY KEY, seal BLOB) ENGINE=InnoDB")
    maria.sql("INSERT INTO dumped.people VALUES (1, X'00FF27'), (2, NULL)")
    return made


def test_what_is_dumped_makes_the_same_rows_anew(maria: Maria, told: str) -> None:
    where = backup_mariadb.address({backup_mariadb.SETTING: told})
    assert where is not None
    sql = b"".join(backup_mariadb.dump(where))
    other = parsed(maria.fresh("anew"))
    client = ["mariadb", "--no-defaults", f"--socket={other.socket}", f"--user={other.user}", other.database]
    subprocess.run(client, input=sql, check=True, capture_output=True)
    rows = "SELECT id, HEX(seal) AS seal FROM {}.people ORDER BY id"
    assert maria.sql(rows.format("anew")) == maria.sql(rows.format("dumped"))


def test_a_dump_that_does_not_come_to_its_end_is_no_backup(told: str) -> None:
    missing = backup_mariadb.address({backup_mariadb.SETTING: told.replace("/dumped", "/nothing")})
    assert missing is not None
    with pytest.raises(BackupError, match=r"nothing .*not saved to its end"):
        b"".join(backup_mariadb.dump(missing))


def test_without_a_server_of_its_own_there_is_nothing_to_dump_and_no_password_is_an_argument(
    told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert backup_mariadb.address({}) is None
    keeping.keep(backup_mariadb.PASSWORD, "spoken of to nobody")
    seen: list[str] = []
    started = subprocess.Popen

    def start(words: list[str], **more: object) -> object:
        seen.extend(words)
        return started(words, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(backup_mariadb.subprocess, "Popen", start)
    where = backup_mariadb.address({backup_mariadb.SETTING: told})
    assert where is not None
    with pytest.raises(BackupError, match="Access denied"):
        b"".join(backup_mariadb.dump(where))
    assert seen and not any("spoken" in word for word in seen)


@pytest.fixture
def rooms(maria: Maria, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Address]:
    """auth's own data, with keys and a log that may only be added to, on that server."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(house, "database_of", lambda folder: mysql(maria.address(folder.name)))
    for name in ("house", "anew"):
        maria.sql(f"DROP DATABASE IF EXISTS `{name}`")
    maria.fresh("house")
    store = house.filled(tmp_path / "house", house.meeting("plan", "bob"))
    store.people.add(Participant("eve", "Eve`);\nINSERT INTO `participants` VALUES (1)"))  # counted once, as it is one
    store.close()
    yield parsed(maria.address("house"))


def dumped(where: Address) -> tuple[list[bytes], dict[str, int]]:
    rows: dict[str, int] = {}
    return list(backup_mariadb.counted(backup_mariadb.dump(where), rows)), rows


def test_the_database_is_made_anew_beside_the_one_that_is_used_and_auth_reads_it(
    rooms: Address, maria: Maria, tmp_path: Path
) -> None:
    sql, rows = dumped(rooms)
    assert rows == backup_mariadb_load.counts(rooms) and rows["participants"] > 3 and rows["alarms"] == 0
    maria.sql("DELETE FROM house.participants WHERE id = 'bob'")  # what is lost
    target = backup_mariadb_load.load(rooms, "anew", sql, rows)
    assert str(target) == f"the database anew at {rooms.socket}"
    again = house.opened(tmp_path / "anew")
    assert again.counts.participants == rows["participants"] and "bob" in {each.id for each in again.people.all()}
    assert again.directory.holder(house.tag("bob"), house.NOW) is not None  # sealed credentials open with the same key
    with pytest.raises(Conflict, match="only added to"), again.disk.write() as transaction:
        transaction.execute("DELETE FROM audit")
    again.close()
    with pytest.raises(SealError, match="another key"):
        house.opened(tmp_path / "anew", "f" * 48)
    assert backup_mariadb_load.counts(rooms)["participants"] == rows["participants"] - 1  # what is used is left alone


def test_what_does_not_come_to_its_end_or_is_not_all_leaves_no_database(rooms: Address, maria: Maria) -> None:
    sql, rows = dumped(rooms)
    whole = b"".join(sql)
    for wrong, says in (
        (whole[: whole.index(b"INSERT INTO `participants`")], "is not what was saved: .*participants has 0 rows and had"),
        (whole.replace(b"INSERT INTO `meetings`", b"INSERT INTO `meetinks`"), "(?s)was not made to its end.*meetinks"),
        (whole.replace(b"INSERT INTO `meetings`", b"-- INSERT INTO `meetings`"), "meetings has 0 rows and had 1"),
    ):
        with pytest.raises(BackupError, match=says):
            backup_mariadb_load.load(rooms, "anew", [wrong], rows)
        assert maria.sql("SELECT 1 FROM information_schema.schemata WHERE schema_name = 'anew'") == []


def test_a_database_that_holds_something_is_never_written_to(rooms: Address, maria: Maria) -> None:
    sql, rows = dumped(rooms)
    maria.sql("CREATE DATABASE anew", "CREATE TABLE anew.mine (id INT)")
    with pytest.raises(InputError, match="has tables already; name another"):
        backup_mariadb_load.load(rooms, "anew", sql, rows)
    assert maria.sql("SHOW TABLES FROM anew") == [{"Tables_in_anew": "mine"}]
    maria.sql("DROP TABLE anew.mine")
    assert backup_mariadb_load.load(rooms, "anew", sql, rows).database == "anew"  # one that the admin has made, empty


def test_an_account_that_may_not_make_databases_is_told_what_its_admin_has_to_do(
    rooms: Address, maria: Maria, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maria.fresh("house")
    maria.sql("CREATE OR REPLACE USER narrow@localhost", "GRANT ALL ON house.* TO narrow@localhost")
    own = maria.address("house").replace("root@", "narrow@")
    monkeypatch.setattr(house, "database_of", lambda _folder: mysql(own))
    house.filled(tmp_path / "own").close()
    sql, rows = dumped(parsed(own))
    with pytest.raises(BackupError, match=r"Access denied.*CREATE DATABASE `anew`; GRANT ALL ON `anew`\.\*"):
        backup_mariadb_load.load(parsed(own), "anew", sql, rows)
    maria.sql("CREATE DATABASE anew", "GRANT ALL ON anew.* TO narrow@localhost")
    assert backup_mariadb_load.load(parsed(own), "anew", sql, rows).user == "narrow"


def test_the_command_makes_it_from_a_backup_and_says_how_to_switch(rooms: Address, maria: Maria) -> None:
    sql, rows = dumped(rooms)
    known = backups.here()
    backup_settings.PLACE.mkdir(parents=True, exist_ok=True)
    spec = {"TaskTemplate": {"ContainerSpec": {"Env": [f"{backup_mariadb.SETTING}={maria.address('house')}"]}}}
    members = [
        plain(SPEC, json.dumps(spec).encode()),
        *(plain(f"{DUMP}{number:05}.sql", each) for number, each in enumerate(sql)),
    ]
    head, places = made.head(), Places([backup_settings.PLACE])

    def manifest(files: tuple[Held, ...]) -> Manifest:
        return Manifest(head, {}, "image", {}, (), files, dumped=rows)

    growing = places.begin(head.id)
    backup_age.encrypt(backup_archive.unit(head, members, manifest), growing, known.settings.recipient)
    growing.settle()
    places.enlist(Entry(1, head.id, "auth", head.made, growing.bytes, growing.sha256, False, 1, ""))
    said = CliRunner().invoke(restore, ["auth", "--database", "anew", "--yes"], catch_exceptions=False).output
    assert f"{sum(rows.values())} rows, as many as were saved. auth goes on with house." in said
    assert "NANO_DATABASE (nanoservices/auth/service.yml), then: nanoswarm stack deploy" in said
    assert backup_mariadb_load.counts(parsed(maria.address("anew"))) == rows
    with pytest.raises(InputError, match="--database house: is what auth uses"):
        CliRunner().invoke(restore, ["auth", "--database", "house", "--yes"], catch_exceptions=False)
    with pytest.raises(InputError, match="is no name for a database"):
        CliRunner().invoke(restore, ["auth", "--database", "x'; DROP DATABASE house; --", "--yes"], catch_exceptions=False)
    path = places.file(places.entries()[0])
    spoilt = bytearray(path.read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    path.write_bytes(spoilt)
    with pytest.raises(BackupError, match="is not what was written"):
        CliRunner().invoke(restore, ["auth", "--database", "other", "--yes"], catch_exceptions=False)
    assert maria.sql("SELECT 1 FROM information_schema.schemata WHERE schema_name = 'other'") == []
