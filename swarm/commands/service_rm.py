"""nanoswarm service rm."""

from pathlib import Path

import click

from swarm import backups, context
from swarm.commands import service_options
from swarm.commands.confirming import confirm
from swarm.commands.saying import Says
from swarm.context import Context
from swarm.services_remove import Plan, Removing


@click.command()
@click.argument("word")
@click.option("--no-backup", is_flag=True, help="Do not keep a copy of what it stored first. It can be lost.")
@service_options.labels
@service_options.within
@service_options.yes
@service_options.dry_run
@service_options.as_json
def rm(word: str, no_backup: bool, path: Path, within: float, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Run service WORD no more. Twice is once.

    It is taken out of labels.yml; its tasks and its nodes' labels are removed.

    First a backup of it is made and proven; without one nothing ends, unless you say --no-backup. Its volume and its
    secrets stay, so that `service add` brings it back as it was.

    \b
    nanoswarm service rm auth
    nanoswarm service rm guidance --yes --no-backup
    """
    cluster, says = context.load(), Says(as_json)
    removing = Removing(cluster, path, word)
    with says.work("looking at the cluster"):
        plan = removing.plan()
    service_options.say_all(says, [f"warning: {warning}" for warning in plan.warnings])
    backup, state = None, "planned" if dry_run else "gone"
    if dry_run:
        service_options.say_all(says, plan.commands(removing.engine.url))
    elif plan.is_empty:
        says.line(f"Nothing to do: {word} does not run here.")
    else:
        service_options.say_all(says, plan.lines)
        confirm(yes, f"Remove {word}{' without a backup' if no_backup else ''}?")
        backup = None if no_backup else _backed_up(cluster, plan, says)
        with says.work(f"{word} is removed"):
            removing.apply(plan, within)
        _say_gone(plan, backup, says)
    service_options.end(as_json, {**plan.plain(), "backup": backup}, state)


def _backed_up(cluster: Context, plan: Plan, says: Says) -> str | None:
    """None when nothing of it runs: a command that was broken off has made the backup."""
    if plan.service is None:
        return None
    with says.work(f"{plan.word} is backed up, and the backup proven:") as at:
        return backups.before_removal(cluster, [plan.word], at)


def _say_gone(plan: Plan, backup: str | None, says: Says) -> None:
    stays = f" What it stored stays in {', '.join(plan.volumes)}." if plan.volumes else ""
    says.line(f"{plan.word} runs no more.{stays}")
    if backup is not None:
        says.line(f"backup: {backup}")
