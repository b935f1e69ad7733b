"""What `backup restore` refuses before it asks any cluster: two things that do not go together, or nothing at all."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from swarm import backup_age, backup_settings, backups, context
from swarm.commands.backup import backup
from swarm.commands.backup_restore import restore
from swarm.context import Context
from swarm.errors import InputError
from tests.unit.backup import made


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a backup of two services, made together, and a cluster that nobody can reach."""
    monkeypatch.chdir(tmp_path)
    context.save(context.PATH, Context(f"unix://{tmp_path}/nothing"))
    backup_settings.PLACE.mkdir(parents=True)
    for service in ("auth", "controller"):
        made.write([backup_settings.PLACE], made.head(service))


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "which backup"),
        (["--all", "--node", "pi-lobby"], "--all restores every service"),
        (["--all", "--database", "auth_2"], "--all restores every service"),
        ([made.MADE_WITH, "--database", "auth_2"], "--database is for one backup: .*-auth, .*-controller"),
        (["nothing", "--database", "auth_2"], "there is no backup nothing"),
    ],
)
def test_what_does_not_go_together_is_refused(words: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        CliRunner().invoke(restore, [*words, "--yes"], catch_exceptions=False)


@pytest.mark.parametrize("words", [["restore", "auth", "--yes"], ["verify"], ["verify", "--level", "2"], ["ls"]])
def test_reading_backups_where_there_are_none_makes_nothing(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    CliRunner().invoke(backup, words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("here")
def test_backups_are_read_with_a_key_that_new_ones_are_not_made_for(tmp_path: Path) -> None:
    backup_settings.save(backup_settings.BackupSettings(recipient=backup_age.new_key()[1]))
    text, public = backup_age.new_key()
    (tmp_path / "older.key").write_text(text)
    found = backups.known(tmp_path / "older.key")
    assert found.key_or_refusal.public == public
    with pytest.raises(InputError, match="opens backups for"):
        backups.here(tmp_path / "older.key")
