"""Participants and their credentials on disk. Adding what is there already, just so, is no error."""

from nanoservices.auth.disk import Disk, require_participant
from nanoservices.auth.model import Credential, Participant
from nanoservices.database import Row
from nanoservices.errors import Conflict, NotFound

_PARTICIPANT = "SELECT id, name FROM participants"
_CREDENTIAL = "SELECT id, participant, kind, matches FROM credentials"


class People:
    def __init__(self, disk: Disk):
        self._disk = disk

    def all(self) -> list[Participant]:
        return [Participant(row["id"], row["name"]) for row in self._disk.read(f"{_PARTICIPANT} ORDER BY id")]

    def one(self, participant: str) -> Participant:
        for row in self._disk.read(f"{_PARTICIPANT} WHERE id = ?", (participant,)):
            return Participant(row["id"], row["name"])
        raise NotFound(f"there is no participant {participant}")

    def add(self, new: Participant) -> bool:
        """False when it was there before. Conflict when somebody else has the id."""
        with self._disk.change() as transaction:
            for row in transaction.execute(f"{_PARTICIPANT} WHERE id = ?", (new.id,)):
                if row["name"] != new.name:
                    raise Conflict(f"id: participant {new.id} is there already, with another name")
                return False
            transaction.execute("INSERT INTO participants (id, name) VALUES (?, ?)", (new.id, new.name))
        return True

    def remove(self, participant: str) -> None:
        """With credentials, invitations and personal contents; the event log keeps its visits."""
        with self._disk.change() as transaction:
            if not transaction.execute("DELETE FROM participants WHERE id = ? RETURNING id", (participant,)):
                raise NotFound(f"there is no participant {participant}")

    def every_credential(self) -> list[Credential]:
        return [_credential(row) for row in self._disk.read(_CREDENTIAL)]

    def credentials(self, participant: str) -> list[Credential]:
        self.one(participant)
        rows = self._disk.read(f"{_CREDENTIAL} WHERE participant = ? ORDER BY id", (participant,))
        return [_credential(row) for row in rows]

    def add_credential(self, new: Credential) -> tuple[Credential, bool]:
        """The credential as it is kept, and whether it is new: the same key again is the same credential."""
        with self._disk.change() as transaction:
            require_participant(transaction, new.participant, "participant", NotFound)
            for row in transaction.execute(f"{_CREDENTIAL} WHERE matches = ?", (new.matches,)):
                if row["participant"] != new.participant:
                    field = "key" if new.kind == "static" else "secret"
                    raise Conflict(f"{field}: is another participant's; remove it there first")
                return _credential(row), False
            values = (new.id, new.participant, new.kind, new.matches)
            transaction.execute("INSERT INTO credentials (id, participant, kind, matches) VALUES (?, ?, ?, ?)", values)
        return new, True

    def remove_credential(self, participant: str, credential: str) -> None:
        delete = "DELETE FROM credentials WHERE participant = ? AND id = ? RETURNING id"
        with self._disk.change() as transaction:
            if not transaction.execute(delete, (participant, credential)):
                raise NotFound(f"participant {participant} has no credential {credential}")


def _credential(row: Row) -> Credential:
    return Credential(row["id"], row["participant"], row["kind"], row["matches"])
