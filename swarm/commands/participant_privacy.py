"""nanoswarm participant export|erase: what a person may ask for."""

import json
import os
from pathlib import Path

import click

from swarm.auth_rest import Rest
from swarm.commands.asking_auth import asks_auth, dry_run, yes
from swarm.commands.confirming import confirm
from swarm.errors import InputError

_own_id = click.argument("own_id", metavar="ID")


@click.command()
@_own_id
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="A new file, for you alone; else it is printed."
)
@asks_auth
def export(rest: Rest, own_id: str, output: Path | None) -> None:
    """Write all that is kept about participant ID, as JSON.

    Of keys never what they match.

    \b
    nanoswarm participant export bob --output bob.json
    """
    if output is not None and output.exists():
        raise InputError([f"--output: {output} is there already, and stays as it is; name another file"])
    found, _ = rest.ask("GET", "participants", own_id, "export")
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    click.echo(f"{output} holds all that is kept about {own_id}, {len(found['visits'])} visits among them.")


@click.command()
@_own_id
@yes
@dry_run
@asks_auth
def erase(rest: Rest, own_id: str, yes: bool, dry_run: bool) -> None:
    """Forget participant ID for good.

    With credentials, invitations, personal contents and visits.

    It is remembered that they are to be forgotten, so that a backup that is put back does so again.

    \b
    nanoswarm participant erase bob --yes
    """
    found, _ = rest.ask("GET", "participants", own_id, "export")
    counts = ", ".join(
        f"{len(found[name])} {name.replace('_', ' ')}" for name in ("credentials", "personal_contents", "visits")
    )
    click.echo(f"to forget for good: {own_id} ({found['participant']['name']}), {counts}")
    if not dry_run:
        confirm(yes, "Erase?")
        done, _ = rest.ask("POST", "participants", own_id, "erasure")
        click.echo(f"{own_id} is forgotten, with {done['visits']} visits.")
