"""nanoswarm events: what happened."""

import json
import time
from collections.abc import Mapping
from typing import Any

import click

from swarm import auth_pages
from swarm.auth_rest import Rest
from swarm.commands import asking_auth
from swarm.commands.asking_auth import as_json, asks_auth

_OUTCOMES = ("completed", "refused", "failed", "nobody", "abandoned")
_LOOK_S = 1.0


@click.group()
def events() -> None:
    """Every closed visit, alarms, and who changed what.

    \b
    nanoswarm events ls --outcome refused
    nanoswarm events alarms
    """


@events.command()
@asks_auth
@as_json
@click.option("--most", type=click.IntRange(1, 100_000), default=50, show_default=True, help="The newest so many.")
@click.option("--outcome", type=click.Choice(_OUTCOMES), help="Only those that ended so.")
@click.option("--participant", metavar="ID", help="Only those of this one.")
@click.option("--meeting", metavar="ID", help="Only those to this meeting.")
@click.option("--room", help="Only those to this room.")
@click.option("--zone", help="Only those that began in this zone.")
@click.option("--follow", is_flag=True, help="Go on with those that come, until Ctrl-C; with --json a line each.")
def ls(rest: Rest, as_json: bool, most: int, follow: bool, **wanted: str | None) -> None:
    """List visits, newest last.

    \b
    nanoswarm events ls
    nanoswarm events ls --outcome refused --most 200 --json
    nanoswarm events ls --follow
    """
    with asking_auth.progress("visits", most) as at:
        found = auth_pages.visits(rest, most, at, **wanted)
    if not follow:
        if as_json:
            asking_auth.show_json(found)
        else:
            asking_auth.show(map(_flat, found), {name.upper(): name for name in _COLUMNS}, "No visits.")
        return
    last = found[-1]["number"] if found else 0
    while True:
        for row in found:
            click.echo(json.dumps(row, ensure_ascii=False) if as_json else _line(row))
        time.sleep(_LOOK_S)
        page, _ = rest.ask("GET", "visits", query={"after": last, "limit": auth_pages.MOST, **wanted})
        found, last = page["visits"], page["next"]


_COLUMNS = ("number", "closed", "zone", "participant", "meeting", "room", "outcome", "reason")


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row["visit"], **row}


def _line(row: Mapping[str, Any]) -> str:
    flat = _flat(row)
    return "  ".join(str(flat.get(name) or "-") for name in _COLUMNS)


@events.command()
@asks_auth
@as_json
def alarms(rest: Rest, as_json: bool) -> None:
    """List alarms: what somebody should look at.

    Such as a key that is heard in two distant places at once.

    \b
    nanoswarm events alarms
    """
    found = list(auth_pages.numbered(rest, "alarms"))
    if as_json:
        asking_auth.show_json(found)
        return
    rows = [{**row, "said": ", ".join(f"{name} {value}" for name, value in row["detail"].items())} for row in found]
    columns = {"NUMBER": "number", "AT": "at", "KIND": "kind", "PARTICIPANT": "participant", "DETAIL": "said"}
    asking_auth.show(rows, columns, "No alarms.")


@events.command()
@asks_auth
@as_json
def audit(rest: Rest, as_json: bool) -> None:
    """List who changed what in auth.

    The token's id, what was done, and to whom, in pseudonyms.

    \b
    nanoswarm events audit --json
    """
    found = list(auth_pages.numbered(rest, "audit"))
    if as_json:
        asking_auth.show_json(found)
        return
    columns = {"NUMBER": "number", "AT": "at", "BY TOKEN": "actor", "DID": "action", "TO": "subject"}
    asking_auth.show(found, columns, "Nothing has been changed yet.")
