"""nanoswarm participant: who may be invited."""

from pathlib import Path

import click

from swarm import auth_pages, importing, people_csv
from swarm.auth_rest import Rest
from swarm.commands import asking_auth
from swarm.commands.asking_auth import as_json, asks_auth, dry_run, say, yes
from swarm.commands.confirming import confirm
from swarm.commands.importing_rows import bring
from swarm.commands.participant_privacy import erase, export
from swarm.errors import InputError

_own_id = click.argument("own_id", metavar="ID")


@click.group()
def participant() -> None:
    """People who may be invited to meetings.

    \b
    nanoswarm participant add bob "Bob Stone"
    nanoswarm participant import people.csv --dry-run
    nanoswarm participant ls
    """


participant.add_command(export)
participant.add_command(erase)


@participant.command()
@asks_auth
@as_json
@click.option("--q", metavar="TEXT", help="Only those with this in their name or id.")
def ls(rest: Rest, as_json: bool, q: str | None) -> None:
    """List participants.

    \b
    nanoswarm participant ls
    nanoswarm participant ls --q stone --json
    """
    found = list(auth_pages.every(rest, "participants", q=q))
    if as_json:
        asking_auth.show_json(found)
        return
    asking_auth.show(found, {"ID": "id", "NAME": "name", "E-MAIL": "email"}, "Nobody yet.")


@participant.command()
@_own_id
@asks_auth
@as_json
def show(rest: Rest, own_id: str, as_json: bool) -> None:
    """Show participant ID with their credentials and meetings.

    \b
    nanoswarm participant show bob
    """
    found, _ = rest.ask("GET", "participants", own_id)
    credentials, _ = rest.ask("GET", "participants", own_id, "credentials")
    meetings = [row["id"] for row in auth_pages.every(rest, "meetings", participant=own_id)]
    held = credentials["credentials"]
    said = held if as_json else [f"{row['id']} ({row['kind']})" for row in held]
    asking_auth.one({**found, "credentials": said, "meetings": meetings}, as_json)


@participant.command()
@_own_id
@click.argument("name")
@click.option("--email", help="By which a calendar knows them.")
@asks_auth
@as_json
def add(rest: Rest, own_id: str, name: str, email: str | None, as_json: bool) -> None:
    """Add participant ID, called NAME. Twice is once.

    \b
    nanoswarm participant add bob "Bob Stone" --email bob@example.org
    """
    body = {"id": own_id, "name": name, **({} if email is None else {"email": email})}
    found, headers = rest.ask("POST", "participants", body=body)
    if as_json:
        asking_auth.show_json(found)
    say(f"{own_id} is {'added' if 'Location' in headers else 'there already, just so'}.", as_json)


@participant.command()
@_own_id
@click.option("--name", help="Another name.")
@click.option("--email", help="Another e-mail address; an empty one for none.")
@dry_run
@asks_auth
@as_json
def change(rest: Rest, own_id: str, name: str | None, email: str | None, dry_run: bool, as_json: bool) -> None:
    """Change participant ID.

    \b
    nanoswarm participant change bob --name "Robert Stone"
    """
    given = {"name": name, "email": email.lower() if email is not None else None}
    changed = {field: value or None for field, value in given.items() if value is not None}
    if not changed:
        raise InputError(["nothing to change; say --name or --email"])
    found, lines = asking_auth.change(rest, "participants", own_id, changed, is_dry=dry_run)
    if as_json:
        asking_auth.show_json(found)
    say("\n".join(lines or [f"Nothing to do: {own_id} is just so."]), as_json)


@participant.command()
@_own_id
@yes
@dry_run
@asks_auth
def rm(rest: Rest, own_id: str, yes: bool, dry_run: bool) -> None:
    """Remove participant ID; the log keeps their visits.

    Credentials, invitations and personal contents go with them.

    \b
    nanoswarm participant rm bob --yes
    """
    found, _ = rest.ask("GET", "participants", own_id)
    click.echo(f"to remove: {own_id} ({found['name']})")
    if not dry_run:
        confirm(yes, "Remove?")
        rest.ask("DELETE", "participants", own_id)
        click.echo(f"{own_id} is removed.")


@participant.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@yes
@dry_run
@asks_auth
@as_json
def import_(rest: Rest, path: Path, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Add or change everybody in a CSV file. Twice is once.

    When a line is wrong, nobody is taken.

    The first line names the columns: name, and id or email (or both); key (static) and secret (rolling) if there are any.

    \b
    nanoswarm participant import people.csv --dry-run
    nanoswarm participant import people.csv --yes
    """
    bring(rest, importing.batches(people_csv.read(path)), is_dry=dry_run, is_yes=yes, as_json=as_json, of=path.name)
