"""nanoswarm token: who else may use auth's API."""

import os
from pathlib import Path

import click

from swarm.auth_rest import Rest
from swarm.commands import asking_auth
from swarm.commands.asking_auth import as_json, asks_auth, say, yes
from swarm.commands.confirming import confirm
from swarm.errors import InputError


@click.group()
def token() -> None:
    """Who else may use auth's API, and in which role.

    \b
    nanoswarm token add "the hall's display" --role viewer
    nanoswarm token ls
    """


@token.command()
@asks_auth
@as_json
def ls(rest: Rest, as_json: bool) -> None:
    """List tokens. What a token says is told once, when it is made.

    \b
    nanoswarm token ls
    """
    found, _ = rest.ask("GET", "tokens")
    if as_json:
        asking_auth.show_json(found["tokens"])
        return
    columns = {"ID": "id", "LABEL": "label", "ROLE": "role", "PARTICIPANT": "participant", "MADE": "made", "ENDS": "ends"}
    asking_auth.show(
        found["tokens"],
        columns,
        "None but the admin token of the deploy.",
    )


@token.command()
@click.argument("label")
@click.option(
    "--role", type=click.Choice(["admin", "organiser", "viewer"]), required=True, help="What it allows: docs/people.md."
)
@click.option("--participant", metavar="ID", help="Whose meetings an organiser's token is for.")
@click.option("--days", type=click.IntRange(1, 3650), help="After so many it ends by itself.")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it to this new file, for your eyes only."
)
@asks_auth
@as_json
def add(
    rest: Rest, label: str, role: str, participant: str | None, days: int | None, output: Path | None, as_json: bool
) -> None:
    """Make a token; LABEL says what it is for.

    \b
    nanoswarm token add "the hall's display" --role viewer --days 365
    nanoswarm token add "alice's laptop" --role organiser --participant alice --output alice.token
    """
    if output is not None and output.exists():
        raise InputError([f"--output: {output} is there already; remove it, or name another file"])
    given = {"participant": participant, "days": days}
    told = {name: value for name, value in given.items() if value is not None}
    made, _ = rest.ask("POST", "tokens", body={"label": label, "role": role, **told})
    said = made["token"]
    if output is not None:
        with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(said + "\n")
        del made["token"]
    if as_json:
        asking_auth.show_json(made)
    where = f"is in {output}, and nowhere else" if output is not None else f"shown this once: {said}"
    say(f"Token {made['id']} ({role}) {where if not as_json or output is not None else 'is made'}.", as_json)


@token.command()
@click.argument("own_id", metavar="ID")
@yes
@asks_auth
def rm(rest: Rest, own_id: str, yes: bool) -> None:
    """End token ID at once.

    \b
    nanoswarm token rm 1a2b3c4d --yes
    """
    click.echo(f"to end: token {own_id}")
    confirm(yes, "End it?")
    rest.ask("DELETE", "tokens", own_id)
    click.echo(f"Token {own_id} is refused from now on.")
