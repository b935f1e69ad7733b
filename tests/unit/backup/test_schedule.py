"""What makes a backup every night: a timer that systemd understands, a line that cron does, from any folder."""

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from swarm.commands.backup_schedule import schedule


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    here = tmp_path / "100% of it"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


def test_systemd_understands_the_timer_and_its_service(folder: Path) -> None:
    said = CliRunner().invoke(schedule, ["--at", "02:15"]).output
    service, timer = (part.partition("\n")[2] for part in said.split("# nanoswarm-backup.")[1:])
    assert "OnCalendar=*-*-* 02:15:00" in timer
    assert f"WorkingDirectory={str(folder).replace('%', '%%')}" in service
    for kind, text in (("service", service), ("timer", timer)):
        (folder / f"nanoswarm-backup.{kind}").write_text(text)
    if analyze := shutil.which("systemd-analyze"):  # Debian has it; where it is not, nobody has this timer either
        ended = subprocess.run([analyze, "verify", "nanoswarm-backup.timer"], capture_output=True, text=True, check=False)
        assert "nanoswarm-backup" not in ended.stderr, ended.stderr


def test_cron_gets_one_line_that_a_shell_takes_to_the_right_folder(folder: Path) -> None:
    line = CliRunner().invoke(schedule, ["--at", "02:15", "--cron", "--level", "3"]).output
    when, command = line.split(" * * * ")
    assert when == "15 2"
    words = shlex.split(command.replace("\\%", "%"))  # cron takes the backslash away
    assert words[:3] == ["cd", str(folder), "&&"] and words[-6:] == ["backup", "save", "--level", "3", "--keep", "7"]
    assert "%" not in command.replace("\\%", "")


@pytest.mark.parametrize("clock", ["25:00", "12:60", "noon", "12", "-1:30"])
def test_what_is_no_time_of_day_is_refused(clock: str, folder: Path) -> None:
    assert CliRunner().invoke(schedule, ["--at", clock]).exception is not None
