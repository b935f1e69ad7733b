"""A backup of auth's data on a real MariaDB: dumped while it is used, whole or refused, and made anew from it."""

import subprocess
from pathlib import Path

import pytest

from nanoservices.database_address import parsed
from swarm import backup_mariadb, keeping
from swarm.errors import BackupError
from tests.interop.auth.maria import Maria


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
