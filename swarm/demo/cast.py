"""Who takes part in the demo and what they may see: told to auth once, before anybody comes."""

import datetime
import hashlib
from dataclasses import dataclass

from swarm.auth_api import AuthApi
from swarm.demo.people import Tag, rolling_tag, unknown_tag
from swarm.waterfall import STRANGER

INVITED = ("alice", "bob", "carl", "david")
TOO_EARLY = "erin"
EVERYBODY = (*INVITED, TOO_EARLY)
MEETING, TITLE = "quarterly-plan", "Quarterly plan"
TOMORROW = "retrospective"

AGENDA = """1. Where we are
2. What comes next
3. Who does what

The tags, sensors and lights of this room are simulated; everything between them is real.
"""
FIGURES = """Visitors per week     41
Rooms led to           3
Lights per visit       3
"""
PERSONAL = "Alice: call the dentist; water the plants.\n"


@dataclass(frozen=True)
class Cast:
    """Everybody's secrets follow from the seed."""

    seed: int

    def secret(self, name: str) -> bytes:
        return hashlib.sha256(f"nanoswarm demo {self.seed} {name}".encode()).digest()[:16]

    def tag(self, name: str) -> Tag:
        return rolling_tag(self.secret(name))

    def stranger_tag(self, number: int) -> Tag:
        return unknown_tag(self.secret(f"{STRANGER} {number}"))

    def enrol(self, api: AuthApi, room: str, now: datetime.datetime) -> None:
        """Blocking."""
        for name in EVERYBODY:
            api.add_participant(name, name.capitalize())
            api.add_rolling_credential(name, self.secret(name))
        hour, day = datetime.timedelta(hours=1), datetime.timedelta(days=1)
        api.add_meeting(MEETING, TITLE, room, starts=now - hour / 12, ends=now + hour, invited=list(INVITED), organiser="alice")
        api.add_meeting(TOMORROW, "Retrospective", room, starts=now + day, ends=now + day + hour, invited=[TOO_EARLY])
        api.put_contents(MEETING, "agenda.md", AGENDA.encode(), "text/markdown")
        api.put_contents(MEETING, "figures.txt", FIGURES.encode(), "text/plain")
        api.put_personal(room, "notes.txt", "alice", PERSONAL.encode(), "text/plain")
