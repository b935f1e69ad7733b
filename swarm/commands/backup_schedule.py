"""nanoswarm backup schedule."""

import shlex
import sys
from pathlib import Path

import click

from swarm import backup_settings
from swarm.errors import InputError

_UNIT = "nanoswarm-backup"


@click.command()
@click.option("--at", "clock", default="03:30", show_default=True, metavar="HH:MM", help="When, every night.")
@click.option("--cron", is_flag=True, help="A line for crontab, instead of a timer of systemd.")
@click.option("--level", type=click.IntRange(0, 3), default=2, show_default=True, help="How far each is proven.")
def schedule(clock: str, cron: bool, level: int) -> None:
    """Print a timer that backs up every service each night.

    Install it as it says.

    \b
    nanoswarm backup schedule --at 02:15
    nanoswarm backup schedule --cron | crontab -
    """
    hour, _, minute = clock.partition(":")
    if not (hour.isdigit() and minute.isdigit() and int(hour) < 24 and int(minute) < 60):
        raise InputError([f"--at {clock}: is not a time of day such as 03:30"])
    keep = backup_settings.load().keep
    words = [sys.executable, "-m", "swarm", "backup", "save", "--level", str(level), "--keep", str(keep)]
    here = Path.cwd()
    if cron:
        line = f"cd {shlex.quote(str(here))} && {shlex.join(words)}".replace("%", "\\%")  # where cron breaks a line
        click.echo(f"{int(minute)} {int(hour)} * * * {line}")
        return
    click.echo(f"# As root: write these to /etc/systemd/system, then: systemctl enable --now {_UNIT}.timer")
    click.echo(f"# {_UNIT}.service\n[Unit]\nDescription=Backup of the room\n[Service]\nType=oneshot")
    click.echo(f"WorkingDirectory={here}\nExecStart={shlex.join(words)}".replace("%", "%%"))
    click.echo(f"# {_UNIT}.timer\n[Timer]\nOnCalendar=*-*-* {int(hour):02}:{int(minute):02}:00\nPersistent=true")
    click.echo("[Install]\nWantedBy=timers.target")
