"""nanoswarm meeting: who meets where, when, and what is shown."""

from typing import Any

import click

from swarm import auth_pages
from swarm.auth_rest import Rest
from swarm.commands import asking_auth
from swarm.commands.asking_auth import as_json, asks_auth, dry_run, say, yes
from swarm.commands.confirming import confirm
from swarm.commands.meeting_content import content
from swarm.commands.meeting_import import import_
from swarm.errors import InputError

_own_id = click.argument("own_id", metavar="ID")
_strength = click.option(
    "--least-strength", type=click.Choice(["static", "irk", "rolling"]), help="Of the keys that open it [default: rolling]."
)
_times = "With its offset from UTC, as 2031-05-06T14:00+02:00."


@click.group()
def meeting() -> None:
    """Who may come, to which room, when, and what its screen shows.

    \b
    nanoswarm meeting import team.ics --dry-run
    nanoswarm meeting ls --room room-1
    nanoswarm meeting content add plan slides.pdf
    """


meeting.add_command(content)
meeting.add_command(import_)


@meeting.command()
@asks_auth
@as_json
@click.option("--room", help="Only those in this room.")
@click.option("--participant", metavar="ID", help="Only those this one may come to.")
@click.option("--since", metavar="TIME", help=_times)
@click.option("--until", metavar="TIME", help=_times)
def ls(rest: Rest, as_json: bool, **wanted: str | None) -> None:
    """List meetings by their start.

    \b
    nanoswarm meeting ls
    nanoswarm meeting ls --room room-1 --since 2031-05-06T00:00Z --json
    """
    found = list(auth_pages.every(rest, "meetings", **wanted))
    if as_json:
        asking_auth.show_json(found)
        return
    columns = {"ID": "id", "TITLE": "title", "ROOM": "room", "STARTS": "starts", "ENDS": "ends", "LEAST": "least_strength"}
    rows = [{**row, "count": len(row["invited"])} for row in found]
    asking_auth.show(rows, {**columns, "INVITED": "count"}, "No meetings.")


@meeting.command()
@_own_id
@asks_auth
@as_json
def show(rest: Rest, own_id: str, as_json: bool) -> None:
    """Show meeting ID, with what its screen shows.

    \b
    nanoswarm meeting show plan
    """
    found, _ = rest.ask("GET", "meetings", own_id)
    contents, _ = rest.ask("GET", "meetings", own_id, "contents")
    items = contents["contents"]
    asking_auth.one({**found, "contents": items if as_json else [item["name"] for item in items]}, as_json)


@meeting.command()
@_own_id
@click.argument("title")
@click.option("--room", required=True, help="One of labels.yml.")
@click.option("--starts", required=True, metavar="TIME", help=_times)
@click.option("--ends", required=True, metavar="TIME", help=_times)
@click.option("--invite", multiple=True, metavar="PARTICIPANT", help="Again for each.")
@click.option("--organiser", metavar="PARTICIPANT", help="May come uninvited, and change it with a token of their own.")
@_strength
@asks_auth
@as_json
def add(rest: Rest, own_id: str, title: str, invite: tuple[str, ...], as_json: bool, **given: str | None) -> None:
    """Add meeting ID, called TITLE. Twice is once.

    \b
    nanoswarm meeting add plan "Quarterly plan" --room room-1 --invite bob --invite carl \\
      --starts 2031-05-06T14:00+02:00 --ends 2031-05-06T15:00+02:00
    """
    told = {name: value for name, value in given.items() if value is not None}
    found, headers = rest.ask("POST", "meetings", body={"id": own_id, "title": title, "invited": list(invite), **told})
    if as_json:
        asking_auth.show_json(found)
    say(f"{own_id} is {'added' if 'Location' in headers else 'there already, just so'}.", as_json)


@meeting.command()
@_own_id
@click.option("--title", help="Another title.")
@click.option("--room", help="Another room.")
@click.option("--starts", metavar="TIME", help=_times)
@click.option("--ends", metavar="TIME", help=_times)
@click.option("--organiser", metavar="PARTICIPANT", help="Another organiser.")
@click.option("--invite", multiple=True, metavar="PARTICIPANT", help="One more; again for each.")
@click.option("--uninvite", multiple=True, metavar="PARTICIPANT", help="Not this one; again for each.")
@_strength
@dry_run
@asks_auth
@as_json
def change(
    rest: Rest, own_id: str, invite: tuple[str, ...], uninvite: tuple[str, ...], dry_run: bool, as_json: bool, **given: Any
) -> None:
    """Change meeting ID.

    \b
    nanoswarm meeting change plan --room room-2 --invite erin
    nanoswarm meeting change plan --ends 2031-05-06T16:00+02:00 --dry-run
    """
    changed: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if invite or uninvite:
        there, _ = rest.ask("GET", "meetings", own_id)
        changed["invited"] = sorted({*there["invited"], *invite} - set(uninvite))
    if not changed:
        raise InputError(["nothing to change; say what: --title, --room, --starts, --ends, --invite, --uninvite ..."])
    found, lines = asking_auth.change(rest, "meetings", own_id, changed, is_dry=dry_run)
    if as_json:
        asking_auth.show_json(found)
    say("\n".join(lines or [f"Nothing to do: {own_id} is just so."]), as_json)


@meeting.command()
@_own_id
@yes
@dry_run
@asks_auth
def rm(rest: Rest, own_id: str, yes: bool, dry_run: bool) -> None:
    """Remove meeting ID with what its screen would show.

    \b
    nanoswarm meeting rm plan --yes
    """
    found, _ = rest.ask("GET", "meetings", own_id)
    click.echo(f"to remove: {own_id} ({found['title']}, {found['room']}, {found['starts']})")
    if not dry_run:
        confirm(yes, "Remove?")
        rest.ask("DELETE", "meetings", own_id)
        click.echo(f"{own_id} is removed.")
