"""The door to icalendar: meetings of a calendar file (RFC 5545), those that recur one by one.

LOCATION names the room, ATTENDEE and ORGANIZER are known by their e-mail addresses.
"""

import datetime
import hashlib
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import icalendar
import recurring_ical_events

from swarm.errors import InputError

MOST_BYTES = 20_000_000
MOST_MEETINGS = 5_000
_RECURRING = ("RRULE", "RDATE", "RECURRENCE-ID", "EXDATE")
_PEOPLE = ("INDIVIDUAL", "UNKNOWN", "")


@dataclass(frozen=True)
class Event:
    """One meeting; `id` stays the same when it is moved or renamed. `attendees`: names by e-mail address."""

    id: str
    title: str
    location: str
    starts: datetime.datetime
    ends: datetime.datetime
    attendees: dict[str, str] = field(default_factory=dict)
    organiser: str | None = None

    @property
    def says(self) -> str:
        return f"{self.title!r} on {self.starts:%Y-%m-%d %H:%M}"


@dataclass
class Calendar:
    """`left_out` says of each event that is no meeting why; `series` are the beginnings of all ids that can be in it."""

    events: list[Event] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    series: set[str] = field(default_factory=set)


def read(path: Path, since: datetime.datetime, until: datetime.datetime, zone: str | None = None) -> Calendar:
    """What is on between. `zone` is for times that say none. InputError names every event that cannot be used, and why."""
    parsed = _parsed(path)
    local = _zone(zone)
    backwards = {str(event.get("UID")) for event in parsed.walk("VEVENT") if _is_backwards(event)}  # else turned around
    recurring = {str(event.get("UID")) for event in parsed.walk("VEVENT") if any(name in event for name in _RECURRING)}
    found, problems = Calendar(series={_series(str(event.get("UID"))) for event in parsed.walk("VEVENT")}), []
    for event in _occurrences(path, parsed, since, until):
        says = f"{path.name}: {_text(event, 'SUMMARY')!r} on {_when(event)}"
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            found.left_out.append(f"{says}: is cancelled")
        elif not isinstance(_time(event, "DTSTART"), datetime.datetime):
            found.left_out.append(f"{says}: lasts all day")
        elif (wrong := _wrong(event, local, backwards)) is not None:
            problems.append(f"{says}: {wrong}")
        else:
            found.events.append(_event(event, local, str(event.get("UID")) in recurring))
    if problems:
        raise InputError(problems[:50])
    return found


def _parsed(path: Path) -> icalendar.Calendar:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError([f"{path}: cannot be read: {error.strerror}"]) from None
    if len(data) > MOST_BYTES:
        raise InputError([f"{path.name}: is larger than {MOST_BYTES // 1_000_000} MB; is it the right file?"])
    try:
        found = icalendar.Calendar.from_ical(data)
    except Exception as error:  # whatever the library meets in somebody's file
        raise InputError([f"{path.name}: is not iCalendar: {str(error)[:200]}"]) from None
    if not isinstance(found, icalendar.Calendar):
        raise InputError([f"{path.name}: is not a calendar (VCALENDAR)"])
    return found


def _occurrences(path: Path, parsed: icalendar.Calendar, since: datetime.datetime, until: datetime.datetime) -> Iterator[Any]:
    try:
        found = recurring_ical_events.of(parsed).between(since, until)
    except Exception as error:
        raise InputError([f"{path.name}: its recurring events cannot be told apart: {str(error)[:200]}"]) from None
    if len(found) > MOST_MEETINGS:
        raise InputError(
            [f"{path.name}: has {len(found)} events until {until:%Y-%m-%d}, more than {MOST_MEETINGS}; --days less"]
        )
    return iter(sorted(found, key=lambda event: (_when(event), str(event.get("UID")))))


def _zone(name: str | None) -> datetime.tzinfo | None:
    try:
        return None if name is None else zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError([f"--timezone: {name!r} is no time zone, as Europe/Berlin is one"]) from None


def _is_backwards(event: Any) -> bool:
    starts, ends = _time(event, "DTSTART"), _time(event, "DTEND")
    try:
        return starts is not None and ends is not None and bool(ends < starts)
    except TypeError:  # one is a day, or has no zone
        return True


def _wrong(event: Any, local: datetime.tzinfo | None, backwards: set[str]) -> str | None:
    starts, ends = _time(event, "DTSTART"), _time(event, "DTEND")
    if not event.get("UID"):
        return "has no UID, by which it would be known again"
    if starts.tzinfo is None and local is None:
        return "says no time zone; say which is meant: --timezone Europe/Berlin"
    is_backwards = str(event.get("UID")) in backwards or not isinstance(ends, datetime.datetime)
    if is_backwards or _aware(ends, local) <= _aware(starts, local):
        return "does not end after it starts"
    return None


def _event(event: Any, local: datetime.tzinfo | None, recurs: bool) -> Event:
    own_id = _series(str(event.get("UID")))
    if recurs:
        which = _time(event, "RECURRENCE-ID") or _time(event, "DTSTART")
        moment = which if isinstance(which, datetime.datetime) else datetime.datetime.combine(which, datetime.time())
        own_id += f"-{_aware(moment, local or datetime.UTC):%Y%m%dT%H%M}"
    people = event.get("ATTENDEE", [])
    attendees = dict(filter(None, map(_person, people if isinstance(people, list) else [people])))
    organiser = _person(event["ORGANIZER"]) if "ORGANIZER" in event else None
    times = _aware(_time(event, "DTSTART"), local), _aware(_time(event, "DTEND"), local)
    title = _text(event, "SUMMARY") or "Meeting"
    return Event(own_id, title, _text(event, "LOCATION"), *times, attendees, organiser[0] if organiser else None)


def _series(uid: str) -> str:
    return f"cal-{hashlib.sha256(uid.encode()).hexdigest()[:16]}"


def _person(address: Any) -> tuple[str, str] | None:
    """E-mail address and name; None for rooms, and for who has declined."""
    said = {name: str(address.params.get(name, "")).upper() for name in ("CUTYPE", "PARTSTAT")}
    email = str(address).strip().lower().removeprefix("mailto:")
    if said["CUTYPE"] not in _PEOPLE or said["PARTSTAT"] == "DECLINED" or "@" not in email:
        return None
    return email, str(address.params.get("CN", "")).strip() or email.partition("@")[0]


def _time(event: Any, name: str) -> Any:
    held = event.get(name)
    return None if held is None else held.dt


def _aware(moment: datetime.datetime, local: datetime.tzinfo | None) -> datetime.datetime:
    return (moment.replace(tzinfo=local) if moment.tzinfo is None else moment).astimezone(datetime.UTC)


def _when(event: Any) -> str:
    return str(_time(event, "DTSTART"))[:16]


def _text(event: Any, name: str) -> str:
    """In one line that can be shown."""
    words = " ".join(str(event.get(name, "")).split())
    return "".join(letter for letter in words if letter.isprintable())[:120]
