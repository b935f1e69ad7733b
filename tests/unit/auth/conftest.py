"""REST over a store of its own for each test."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.auth.admin import PLAN, Admin
from tests.unit.auth.house import SECRETS, opened


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory where there is room for it: a store has the disk turn at every change, and a busy machine's takes its time."""
    room = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=room if room.is_dir() else None, prefix="auth-") as folder:
        yield Path(folder)


@pytest.fixture
def admin(tmp_path: Path) -> Iterator[Admin]:
    made = Admin(opened(tmp_path / "data"))
    yield made
    made.store.close()


@pytest.fixture
def settled(admin: Admin) -> Admin:
    """With alice, bob and carl, and the plan."""
    for name in SECRETS:
        assert admin("POST", "/participants", {"id": name, "name": name.title()})[0] == 201
    assert admin("POST", "/meetings", PLAN)[0] == 201
    return admin
