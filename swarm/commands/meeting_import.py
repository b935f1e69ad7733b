"""nanoswarm meeting import: from a calendar."""

import datetime
from pathlib import Path

import click

from swarm import auth_pages
from swarm.auth_rest import Rest
from swarm.commands.asking_auth import as_json, asks_auth, dry_run, yes
from swarm.commands.importing_rows import bring
from swarm.errors import InputError
from swarm.importing import Unknown


@click.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--days", type=click.IntRange(1, 1100), default=90, show_default=True, help="How far ahead to look.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="From this day (UTC), not from now.")
@click.option("--timezone", metavar="NAME", help="For times that say none, as Europe/Berlin.")
@click.option("--location", "locations", multiple=True, metavar="TEXT=ROOM", help="A room that the calendar calls otherwise.")
@click.option("--add-people", is_flag=True, help="Add who is invited and is no participant yet.")
@click.option("--without-unknown", is_flag=True, help="Leave them out instead.")
@yes
@dry_run
@asks_auth
@as_json
def import_(
    rest: Rest,
    path: Path,
    days: int,
    since: datetime.datetime | None,
    timezone: str | None,
    locations: tuple[str, ...],
    add_people: bool,
    without_unknown: bool,
    yes: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add or change the meetings of a calendar. Twice is once.

    PATH is an iCalendar file; when one of its events is wrong, none is taken.

    LOCATION says the room, e-mail addresses say who is invited. Events that recur become a meeting each. What is elsewhere,
    lasts all day or is cancelled is left out; a meeting that an earlier import made, and that is in its series no more, goes.

    \b
    nanoswarm meeting import team.ics --dry-run
    nanoswarm meeting import team.ics --location "Great Hall=room-1" --add-people --yes
    """
    if add_people and without_unknown:
        raise InputError(["--add-people and --without-unknown: say one of them"])
    begins = datetime.datetime.now(datetime.UTC) if since is None else since.replace(tzinfo=datetime.UTC)
    span = (begins, begins + datetime.timedelta(days=days))
    from swarm import calendar_rows  # what reads calendars takes long to load

    unknown: Unknown = "add" if add_people else "leave out" if without_unknown else "refuse"
    told, _ = rest.ask("GET", "rooms")
    rooms = calendar_rows.rooms_by_location(told["rooms"], locations)
    people = {row["email"]: row["id"] for row in auth_pages.every(rest, "participants") if "email" in row}
    there = list(auth_pages.every(rest, "meetings", since=span[0].isoformat(), until=span[1].isoformat()))
    found = calendar_rows.read(path, span, timezone, rooms, people, unknown)
    removals = calendar_rows.gone(found, there, span)
    parts = calendar_rows.batches(found, removals)
    bring(rest, parts, is_dry=dry_run, is_yes=yes, as_json=as_json, of=path.name, left_out=found.left_out)
