"""nanoswarm service create."""

import click

from swarm import services_create
from swarm.commands import service_options
from swarm.errors import InputError
from swarm.words import ROOT


@click.command()
@click.argument("name")
@click.option("--single", is_flag=True, help="One instance in the whole cluster, instead of one on every node that says so.")
@click.option("--dry-run", is_flag=True, help="Say which files it would be, and write none.")
@service_options.as_json
def create(name: str, single: bool, dry_run: bool, as_json: bool) -> None:
    """Make a new nanoservice NAME.

    A folder that runs, with its test, to be changed. Nothing that is there is touched.

    \b
    nanoswarm service create lamp
    nanoswarm images build lamp && nanoswarm images push lamp
    nanoswarm service add lamp --node pi-lobby
    """
    if wrong := services_create.problems(name):
        raise InputError(wrong)
    drafted = services_create.files(name, single=single)
    written = [] if dry_run else services_create.create(name, single=single)
    if as_json:
        service_options.end(as_json, {"service": name, "files": list(drafted)}, "made" if written else "planned")
        return
    for path in drafted:
        click.echo(path)
    made = f"{name} is made, in {ROOT.parent}. Its decisions go into nanoservices/{name}/logic.py. Then:"
    click.echo(f"# nothing is written to {ROOT.parent}" if dry_run else made)
    if not dry_run:
        click.echo(f"  nanoswarm images build {name} && nanoswarm images push {name} && nanoswarm service add {name}")
