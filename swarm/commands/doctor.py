"""nanoswarm doctor: what is wrong, where, and what to do about it."""

import json
from pathlib import Path

import click
from rich.markup import escape

from swarm import context, docker_program, images_lock
from swarm.commands.confirming import confirm
from swarm.commands.saying import Says
from swarm.doctor import Doctor, Examined, renewal
from swarm.doctor_findings import NAMES


@click.command()
@click.option("--fix", is_flag=True, help="Repair what can be repaired: labels of nodes, names that lead nowhere.")
@click.option("--labels", "path", type=click.Path(path_type=Path), default=Path("labels.yml"), help="The place.")
@click.option("--lock", type=click.Path(path_type=Path), default=images_lock.PATH, help="Which images.")
@click.option("--yes", is_flag=True, help="Do not ask before something is repaired.")
@click.option("--dry-run", is_flag=True, help="With --fix: print the docker commands it stands for, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; the rest goes to stderr.")
@click.pass_context
def doctor(ctx: click.Context, fix: bool, path: Path, lock: Path, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Say what is wrong with the room, and what to do about it.

    Exit code 0 when nothing is, else 1.

    Looked at are the nodes, their labels, clocks, disks and memory; images and secrets; every service, which says itself
    whether it is ready; and every service's name, as it resolves on every node. Tasks are asked from inside, through their
    node's engine. `--fix` labels nodes as labels.yml says, and renews services whose names lead to where none of them is.

    \b
    nanoswarm doctor
    nanoswarm doctor --json
    nanoswarm doctor --fix
    """
    says, examiner = Says(as_json), Doctor(context.load(), path, lock)
    found = _examined(says, examiner)
    if fix and found.fixable:
        _show(says, found)
        if dry_run:
            for line in _commands(examiner, found):
                says.line(line)
            ctx.exit(1)
        confirm(yes, f"Repair {len(found.fixable)} of {len(found.findings)}?")
        with says.work("repairing"):
            examiner.fix(found)
        for each in found.fixable:
            says.line(f"done: {each.fix}")
        found = _examined(says, examiner)
    _show(says, found)
    if as_json:
        click.echo(json.dumps({"findings": [each.plain() for each in found.findings], "left_out": found.left_out}, indent=1))
    elif not found.findings:
        says.line("Nothing is wrong.")
    ctx.exit(1 if found.findings else 0)


def _examined(says: Says, examiner: Doctor) -> Examined:
    with says.work("looking at") as at:
        return examiner.examine(at)


def _show(says: Says, found: Examined) -> None:
    for each in found.findings:
        says.console.print(f"[red]{escape(each.where)}[/]: {escape(each.says)}", highlight=False, soft_wrap=True)
        says.line(f"    {each.do}" + ("   (or: nanoswarm doctor --fix)" if each.fix else ""))
    for text in found.left_out:
        says.line(f"left out: {text}")


def _commands(examiner: Doctor, found: Examined) -> list[str]:
    url = examiner.manager.url
    stale = sorted({each.fix.removeprefix("renew ") for each in found.fixable if each.kind == NAMES})
    words = [*(change.command for change in found.labelling), *(list(renewal(name)) for name in stale)]
    return [docker_program.shown(url, *each) for each in words]
