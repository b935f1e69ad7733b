"""Participants and their credentials on disk. Adding what is there already, just so, is no error."""

from collections.abc import Callable, Iterable

from nanoservices.auth.disk import Disk, require_participant
from nanoservices.auth.model import Credential, Participant
from nanoservices.database import Row, Transaction
from nanoservices.errors import Conflict, NotFound

_PARTICIPANT = "SELECT id, name, email FROM participants"
_CREDENTIAL = "SELECT id, participant, kind, matches FROM credentials"

Check = Callable[[Participant | None], None]  # is shown what is there before it is changed, and may refuse


class People:
    def __init__(self, disk: Disk):
        self._disk = disk

    def all(self) -> list[Participant]:
        return [_participant(row) for row in self._disk.read(f"{_PARTICIPANT} ORDER BY id")]

    def one(self, participant: str) -> Participant:
        for row in self._disk.read(f"{_PARTICIPANT} WHERE id = ?", (participant,)):
            return _participant(row)
        raise NotFound(f"there is no participant {participant}")

    def add(self, new: Participant) -> bool:
        """False when it was there before. Conflict when somebody else has the id, or the e-mail address."""
        with self._disk.change() as transaction:
            there = find(transaction, new.id)
            if there not in (None, new):
                raise Conflict(
                    f"id: participant {new.id} is there already, and differs in {', '.join(_differences(there, new))}"
                )
            return there is None and write(transaction, new, there)

    def put(self, new: Participant, check: Check = lambda there: None) -> bool:
        """Whether it is new; else it is in the place of what was there."""
        with self._disk.change() as transaction:
            check(there := find(transaction, new.id))
            write(transaction, new, there)
        return there is None

    def remove(self, participant: str, check: Check = lambda there: None) -> None:
        """With credentials, invitations and personal contents; the event log keeps its visits."""
        with self._disk.change() as transaction:
            there = find(transaction, participant)
            if there is None:
                raise NotFound(f"there is no participant {participant}")
            check(there)
            transaction.execute("DELETE FROM participants WHERE id = ?", (participant,))

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


def find(transaction: Transaction, participant: str) -> Participant | None:
    rows = transaction.execute(f"{_PARTICIPANT} WHERE id = ?", (participant,))
    return _participant(rows[0]) if rows else None


def write(transaction: Transaction, new: Participant, there: Participant | None) -> bool:
    """Whether anything has changed. Conflict when another one has the e-mail address."""
    if new == there:
        return False
    if new.email is not None:
        for row in transaction.execute("SELECT id FROM participants WHERE email = ? AND id <> ?", (new.email, new.id)):
            raise Conflict(f"email: is that of participant {row['id']}; change it there first")
    if there is None:
        transaction.execute("INSERT INTO participants (id, name, email) VALUES (?, ?, ?)", (new.id, new.name, new.email))
    else:
        transaction.execute("UPDATE participants SET name = ?, email = ? WHERE id = ?", (new.name, new.email, new.id))
    return True


def _participant(row: Row) -> Participant:
    return Participant(row["id"], row["name"], row["email"])


def _differences(there: object, new: object) -> Iterable[str]:
    return (name for name, value in vars(there).items() if value != vars(new)[name])
