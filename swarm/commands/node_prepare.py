"""nanoswarm node prepare: what a machine needs to be a node; twice is once, and it can be taken back."""

import json
import sys

import click
from rich.markup import escape
from rich.table import Table

from swarm.commands.confirming import confirm
from swarm.commands.saying import Says, fitting_console
from swarm.errors import NodeError
from swarm.node import preparing
from swarm.node.machine import Machine
from swarm.node.preparing import Rest
from swarm.node.wishes import GpioDaemon, Options

_GPIO = click.Choice(["auto", "pigpiod", "bridge", "none"])


@click.command()
@click.argument("host", required=False, metavar="[USER@HOST]")
@click.option("--gpio", type=_GPIO, default="auto", help="Which GPIO daemon; auto knows a Pi 5, which takes the bridge.")
@click.option("--bluetooth/--no-bluetooth", default=True, help="Whether it has a scanner.")
@click.option("--registry", metavar="HOST:PORT", help="Take images from there over plain HTTP.")
@click.option("--time-from", metavar="HOST", help="Take the time from this node of the place, beside the internet's.")
@click.option("--time-for", metavar="NETWORK", help="Give the time to the place, such as 192.0.2.0/24, also offline.")
@click.option("--kiosk", is_flag=False, flag_value="http://127.0.0.1:8080/", metavar="URL",
              help="Show the room's screen on what is plugged in; or another page.")  # fmt: skip
@click.option("--root", default="/", metavar="FOLDER", help="Set up a card that is mounted there, instead of what runs.")
@click.option("--undo", is_flag=True, help="Put back what was before.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="What was, or would be, done, as JSON.")
def prepare(
    host: str | None, gpio: GpioDaemon, bluetooth: bool, registry: str | None, time_from: str | None, time_for: str | None,
    kiosk: str | None, root: str, undo: bool, dry_run: bool, yes: bool, as_json: bool,
) -> None:  # fmt: skip
    """Set up a machine as a node: Debian or Raspberry Pi OS.

    This one, or one that is reached over SSH.

    Docker, bluetoothd, the GPIO daemon, the memory cgroup, the clock; as root, there through `sudo -n`. What is right
    already is left alone.

    \b
    nanoswarm node prepare pi@pi-lobby --dry-run
    nanoswarm node prepare pi@pi-lobby --registry 192.0.2.10:5000 --time-from server-1
    nanoswarm node prepare pi@pi-room-1 --kiosk
    sudo $(which nanoswarm) node prepare --time-for 192.0.2.0/24
    sudo $(which nanoswarm) node prepare --root /mnt/card --gpio bridge
    nanoswarm node prepare pi@pi-lobby --undo
    """
    machine = Machine(host, root)
    says = Says(as_json)
    with says.work(f"looking at {machine.name}"):
        machine.must_hold_a_system()
        wanted: preparing.Plan | preparing.Undo
        options = Options(gpio, bluetooth, registry, time_from, time_for, kiosk)
        wanted = preparing.plan_undo(machine) if undo else preparing.plan(machine, options)
    rows = wanted.rows()
    if not rows:
        _tell(as_json, rows, done=False, rest=Rest(), says=says, text=f"Nothing to do: {machine.name} is as it should be.")
        return
    if not as_json:
        _show(rows)
        for words in [] if isinstance(wanted, preparing.Undo) else wanted.commands:
            says.line(f"then: {' '.join(words)}")
    if dry_run:
        _tell(as_json, rows, done=False, rest=Rest(), says=says, text="Nothing was changed.")
        return
    machine.must_be_ours()
    confirm(yes, f"Go on with {machine.name}?")
    with says.work(f"{machine.name}:") as at:
        rest = (
            preparing.undo(machine, wanted, at)
            if isinstance(wanted, preparing.Undo)
            else preparing.carry_out(machine, wanted, at)
        )
    _tell(as_json, rows, done=True, rest=rest, says=says, text=f"{machine.name} is {'as it was' if undo else 'set up'}.")
    if rest.failed:
        raise NodeError(f"{machine.name}: " + "; ".join(rest.failed))


def _tell(as_json: bool, rows: list[dict[str, str]], *, done: bool, rest: Rest, says: Says, text: str) -> None:
    if as_json:
        told = {"v": 1, "done": done, "changes": rows, "todo": rest.todo, "failed": rest.failed}
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
        return
    says.line(text if not rest.failed else f"{len(rest.failed)} of the commands failed.")
    for todo in rest.todo:
        says.line(f"To do there by hand: {todo}")


def _show(rows: list[dict[str, str]]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("what", "which", "why"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(escape(row[name]) for name in ("what", "which", "why")))
    fitting_console().print(table)
