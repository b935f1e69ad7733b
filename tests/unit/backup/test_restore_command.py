"""What `backup restore` refuses before it asks any cluster: two things that do not go together, or nothing at all."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from swarm import backup_settings, context
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
