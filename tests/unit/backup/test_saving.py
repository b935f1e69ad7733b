"""What a backup holds beside the volumes: the secrets that data cannot be read without, and only the right ones."""

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from swarm import backup_age, deploying, keeping
from swarm.backup_saving import Saving
from swarm.errors import BackupError

KEY = "0123456789abcdef" * 3


def saving(*secrets: tuple[str, str]) -> Saving:
    """Of auth, which gets these secrets: what Swarm calls each, and what the service does."""
    told = [{"SecretName": name, "File": {"Name": seen}} for name, seen in secrets]
    service = SimpleNamespace(spec={"TaskTemplate": {"ContainerSpec": {"Secrets": told}}})
    made = object.__new__(Saving)
    made.word, made.kit, made.place = "auth", deploying.load_kit(), cast(Any, SimpleNamespace(service=service))
    return made


def kept(of: Saving) -> dict[str, bytes]:
    return {member.path: b"".join(member.chunks) for member in of._secrets()}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_key_that_seals_the_data_is_in_its_backup() -> None:
    keeping.keep("seal-key", KEY)
    assert kept(saving((deploying.secret_name("seal-key", KEY), "seal-key"))) == {"secrets/seal-key": KEY.encode() + b"\n"}
    assert kept(saving(("of-the-admins-own", "seal-key"))) == {"secrets/seal-key": KEY.encode() + b"\n"}


def test_without_it_or_with_another_there_is_no_backup() -> None:
    uses = deploying.secret_name("seal-key", KEY), "seal-key"
    with pytest.raises(BackupError, match="cannot be read without seal-key"):
        kept(saving(uses))
    keeping.keep("seal-key", KEY[::-1])
    with pytest.raises(BackupError, match="is not what auth uses"):
        kept(saving(uses))


def test_an_older_version_that_seals_nothing_is_backed_up_before_it_is_upgraded() -> None:
    assert kept(saving(("admin-token-0123456789ab", "admin-token"))) == {}


def test_ctrl_c_inside_the_library_is_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_self: object, _size: int = -1) -> bytes:
        raise KeyboardInterrupt  # as when the signal comes before the first line of `read`

    monkeypatch.setattr(backup_age._Reader, "read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        backup_age.encrypt([b"x"], io.BytesIO(), backup_age.new_key()[1])
