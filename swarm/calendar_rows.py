"""A calendar's events as rows of auth's import: the room by its name, people by their e-mail addresses."""

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from swarm import calendar_ics
from swarm.calendar_ics import Calendar, Event
from swarm.errors import InputError
from swarm.importing import Batch, Row, Unknown

BATCH = 200
MOST_PROBLEMS = 50

Span = tuple[datetime.datetime, datetime.datetime]


@dataclass
class Rows:
    """`people`: those who are no participants yet, by id; `series`: the beginnings of ids that the calendar can have made."""

    meetings: list[Row] = field(default_factory=list)
    people: dict[str, Row] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    series: set[str] = field(default_factory=set)


def rooms_by_location(rooms: Iterable[str], said: Iterable[str]) -> dict[str, str]:
    """Room by location in small letters. InputError for a location of a room that there is not."""
    found = {room.casefold(): room for room in rooms}
    problems = []
    for pair in said:
        location, equals, room = pair.rpartition("=")
        if not equals or room.strip() not in found.values():
            problems.append(f"--location: {pair[:80]!r} is not TEXT=ROOM with a room of labels.yml ({', '.join(rooms)})")
        else:
            found[_plain(location)] = room.strip()
    if problems:
        raise InputError(problems)
    return found


def read(
    path: Path, span: Span, zone: str | None, rooms: Mapping[str, str], people: Mapping[str, str], unknown: Unknown
) -> Rows:
    """InputError names every event that cannot be used, and why."""
    calendar: Calendar = calendar_ics.read(path, *span, zone)
    found = Rows(left_out=list(calendar.left_out), series=calendar.series)
    strangers: dict[str, str] = {}
    for event in calendar.events:
        place = f"{path.name}: {event.says}"
        room = rooms.get(_plain(event.location))
        if room is None:
            found.left_out.append(f"{place}: is in {event.location or 'no place'!r}, which is no room of labels.yml")
            continue
        missing = [email for email in _emails(event) if email not in people]
        strangers |= {email: f"{place}: {email} is no participant" for email in missing}
        if unknown == "add":
            names = {email: Row(place, email, _person(email, event.attendees.get(email))) for email in missing}
            found.people |= {email: row for email, row in names.items() if email not in found.people}
        known = {**people, **{email: email for email in found.people}}
        found.meetings.append(Row(place, event.id, _meeting(event, room, known)))
    if strangers and unknown == "refuse":
        says = "add them (--add-people), or leave them out (--without-unknown)"
        raise InputError([*list(strangers.values())[:MOST_PROBLEMS], says])
    return found


def gone(found: Rows, there: Iterable[Mapping[str, Any]], span: Span) -> list[str]:
    """Meetings that an earlier import made, that begin in this time, and are in the calendar no more."""
    kept = {row.id for row in found.meetings}
    return [
        row["id"]
        for row in there
        if row["id"] not in kept
        and row["id"][: len("cal-") + 16] in found.series
        and span[0] <= datetime.datetime.fromisoformat(row["starts"]) < span[1]
    ]


def batches(found: Rows, removals: Sequence[str]) -> list[Batch]:
    """Each with the people its meetings need, so that each can be asked about by itself."""
    parts = [found.meetings[start : start + BATCH] for start in range(0, len(found.meetings), BATCH)] or [[]]
    made = [Batch(participants=list(_needed(part, found.people)), meetings=part) for part in parts]
    made[0] = Batch(made[0].participants, made[0].meetings, removals)
    return [batch for batch in made if len(batch)]


def _needed(meetings: Iterable[Row], people: Mapping[str, Row]) -> Iterator[Row]:
    wanted = {who for row in meetings for who in (*row.body["invited"], row.body.get("organiser"))}
    return (row for own_id, row in people.items() if own_id in wanted)


def _meeting(event: Event, room: str, known: Mapping[str, str]) -> dict[str, Any]:
    times = {"starts": event.starts.isoformat(), "ends": event.ends.isoformat()}
    invited = sorted({known[email] for email in event.attendees if email in known})
    organiser = {"organiser": known[event.organiser]} if event.organiser and event.organiser in known else {}
    return {"id": event.id, "title": event.title, "room": room, **times, "invited": invited, **organiser}


def _person(email: str, name: str | None) -> dict[str, Any]:
    return {"id": email, "name": (name or email)[:120], "email": email}


def _emails(event: Event) -> list[str]:
    return [*event.attendees, *([event.organiser] if event.organiser and event.organiser not in event.attendees else [])]


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
