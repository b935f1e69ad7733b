"""auth on both of its databases: a file, and a real MariaDB that is started here and ended."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nanoservices.auth.store import PATIENCE_S, schema
from nanoservices.database import AnyDatabase, Database
from nanoservices.database_address import parsed
from nanoservices.database_mysql import MySQL
from tests.interop.auth.maria import Maria, running
from tests.unit.auth import house

Made = Callable[[Path], AnyDatabase]  # the same one for the same folder

_names = itertools.count()


@pytest.fixture(scope="session")
def maria() -> Iterator[Maria]:
    with running() as made:
        yield made


def mysql(address: str, password: str = "", patience_s: float = PATIENCE_S) -> MySQL:
    return MySQL(parsed(address), password, schema("mysql"), patience_s)


def in_a_file(folder: Path) -> AnyDatabase:
    folder.mkdir(parents=True, exist_ok=True)
    return Database(folder / "auth.db", schema("sqlite"), PATIENCE_S)


def on_a_server(maria: Maria) -> Made:
    """Each folder has a database of its own on it."""
    addresses: dict[Path, str] = {}

    def made(folder: Path) -> AnyDatabase:
        if folder not in addresses:
            addresses[folder] = maria.fresh(f"auth{next(_names)}")
        return mysql(addresses[folder])

    return made


@pytest.fixture(params=["sqlite", "mariadb"])
def made(request: pytest.FixtureRequest) -> Made:
    """For tests that run on both."""
    if request.param == "sqlite":
        return in_a_file
    found: Maria = request.getfixturevalue("maria")
    return on_a_server(found)


@pytest.fixture
def on_mariadb(maria: Maria, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the unit tests open is on a server."""
    monkeypatch.setattr(house, "database_of", on_a_server(maria))
