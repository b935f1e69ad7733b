"""REST: many participants and meetings in one request, all or none."""

import secrets
from collections.abc import Collection

from nanoservices.auth import api, meetings, people, rows
from nanoservices.auth.exchange import Answer, Asked, shaped
from nanoservices.auth.model import Credential, Meeting, Participant
from nanoservices.auth.rows import Changed, Import, Problems
from nanoservices.auth.store import Store
from nanoservices.database import Transaction
from nanoservices.errors import Forbidden
from nanoservices.payload import plain


class _NotMeant(Exception):
    """Undoes a dry run."""


class ImportResources:
    def __init__(self, store: Store, rooms: Collection[str]):
        self._store = store
        self._rooms = rooms

    def imports(self, asked: Asked) -> Answer:
        is_dry = asked.queries(rows.ImportQuery).dry_run == "true"
        wanted = shaped(rows.read, asked.read(api.MOST_IMPORT + 1))
        rows.require_different(wanted)
        if wanted.participants and asked.only is not None:
            raise Forbidden(f"participants: a token of role {asked.caller.role} may import meetings only")
        changed: list[Changed] = []
        try:
            with self._store.disk.together() as transaction:
                changed = _Importing(self._store, self._rooms, asked, transaction).run(wanted)
                if is_dry:
                    raise _NotMeant
        except _NotMeant:
            pass
        total = len(wanted.participants) + len(wanted.meetings) + len(wanted.removals)
        same = total - len({each.field.partition(".")[0] for each in changed})
        return Answer(plain(rows.Imported(same, tuple(changed))), changed=not is_dry)


class _Importing:
    """One request's, in one transaction."""

    def __init__(self, store: Store, rooms: Collection[str], asked: Asked, transaction: Transaction):
        self._store, self._rooms, self._asked, self._transaction = store, rooms, asked, transaction
        self._problems = Problems()
        self._changed: list[Changed] = []

    def run(self, wanted: Import) -> list[Changed]:
        """ManyWrong names every row that cannot be; what was done for the others is undone then."""
        for index, meeting in enumerate(wanted.removals):
            self._problems.tried(f"removals[{index}]", self._remove, meeting, f"removals[{index}]")
        for index, row in enumerate(wanted.participants):
            at = f"participants[{index}]"
            if self._problems.tried(at, self._participant, row, at) is not None:
                for number, new in enumerate(self._problems.tried(at, rows.credentials, row, _fresh_id) or ()):
                    self._problems.tried(f"{at}.credentials[{number}]", self._credential, new, at)
        for index, planned in enumerate(wanted.meetings):
            at = f"meetings[{index}]"
            self._problems.tried(at, self._meeting, planned, at)
        self._problems.check()
        return self._changed

    def _remove(self, meeting: str, at: str) -> None:
        there = meetings.find(self._transaction, meeting)
        if there is not None:
            self._asked.check_owner(there.organiser, f"meeting {meeting}")
            self._store.meetings.remove(meeting)
            self._changed.append(Changed(at, meeting, "remove"))

    def _participant(self, row: rows.ParticipantRow, at: str) -> Participant:
        there = people.find(self._transaction, row.id)
        new = rows.participant(row, there)
        if new != there:
            self._store.people.put(new)
            self._changed.append(Changed(at, new.id, "add" if there is None else "change"))
        return new

    def _credential(self, new: Credential, at: str) -> None:
        _, is_new = self._store.people.add_credential(new)
        if is_new:
            self._changed.append(Changed(f"{at}.credentials", new.participant, "add"))

    def _meeting(self, row: rows.MeetingRow, at: str) -> Meeting:
        there = meetings.find(self._transaction, row.id)
        new = rows.meeting(row, there, self._rooms)
        for owned in filter(None, (there, new)):
            self._asked.check_owner(owned.organiser, f"meeting {owned.id}")
        if new != there:
            self._store.meetings.put(new)
            self._changed.append(Changed(at, new.id, "add" if there is None else "change"))
        return new


def _fresh_id() -> str:
    return secrets.token_hex(8)
