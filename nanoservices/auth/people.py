"""Participants and their credentials on disk. Adding what is there already, just so, is no error.

What a credential matches is sealed there, and found by a keyed hash.
"""

from collections.abc import Callable, Iterable

from nanoservices.auth.disk import Disk, require_participant
from nanoservices.auth.model import Credential, Participant
from nanoservices.auth.sealing import Seal
from nanoservices.database import Row, Transaction
from nanoservices.errors import Conflict, NotFound

_PARTICIPANT = "SELECT id, name, email FROM participants"
_ADD_PARTICIPANT = "INSERT INTO participants (id, name, email, created) VALUES (?, ?, ?, ?)"
_CREDENTIAL = "SELECT id, participant, kind, sealed FROM credentials"
_ADD_CREDENTIAL = "INSERT INTO credentials (id, participant, kind, lookup, sealed) VALUES (?, ?, ?, ?, ?)"

Check = Callable[[Participant | None], None]  # is shown what is there before it is changed, and may refuse


class People:
    def __init__(self, disk: Disk, seal: Seal):
        self._disk = disk
        self._seal = seal
        self._opened: dict[str, str] = {}  # what is sealed, and what it says: opening all of it anew would take a while

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
            return there is None and write(self._disk, transaction, new, there)

    def put(self, new: Participant, check: Check = lambda there: None) -> bool:
        """Whether it is new; else it is in the place of what was there."""
        with self._disk.change() as transaction:
            check(there := find(transaction, new.id))
            write(self._disk, transaction, new, there)
        return there is None

    def remove(self, participant: str, check: Check = lambda there: None) -> None:
        """With credentials, invitations and personal contents; the event log keeps its visits."""
        with self._disk.change() as transaction:
            there = find(transaction, participant)
            if there is None:
                raise NotFound(f"there is no participant {participant}")
            check(there)
            transaction.execute("DELETE FROM participants WHERE id = ?", (participant,))
            self._disk.record(transaction, "participant.remove", "participant", participant)

    def every_credential(self) -> list[Credential]:
        found = {row["sealed"]: row for row in self._disk.read(_CREDENTIAL)}
        self._opened = {sealed: self._opened.get(sealed) or self._open(row) for sealed, row in found.items()}
        return [_credential(row, self._opened[sealed]) for sealed, row in found.items()]

    def credentials(self, participant: str) -> list[Credential]:
        self.one(participant)
        rows = self._disk.read(f"{_CREDENTIAL} WHERE participant = ? ORDER BY id", (participant,))
        return [_credential(row, self._open(row)) for row in rows]

    def add_credential(self, new: Credential) -> tuple[Credential, bool]:
        """The credential as it is kept, and whether it is new: the same key again is the same credential."""
        lookup = self._seal.lookup(new.matches)
        with self._disk.change() as transaction:
            require_participant(transaction, new.participant, "participant", NotFound)
            for row in transaction.execute(f"{_CREDENTIAL} WHERE lookup = ?", (lookup,)):
                if row["participant"] != new.participant:
                    field = "key" if new.kind == "static" else "secret"
                    raise Conflict(f"{field}: is another participant's; remove it there first")
                return _credential(row, new.matches), False
            sealed = self._seal.seal(new.matches, context(new.id, new.participant, new.kind))
            transaction.execute(_ADD_CREDENTIAL, (new.id, new.participant, new.kind, lookup, sealed))
            self._disk.record(transaction, "credential.add", "participant", new.participant)
        return new, True

    def remove_credential(self, participant: str, credential: str) -> None:
        with self._disk.change() as transaction:
            if not transaction.change("DELETE FROM credentials WHERE participant = ? AND id = ?", (participant, credential)):
                raise NotFound(f"participant {participant} has no credential {credential}")
            self._disk.record(transaction, "credential.remove", "participant", participant)

    def _open(self, row: Row) -> str:
        return self._seal.open(row["sealed"], context(row["id"], row["participant"], row["kind"]))


def context(credential: str, participant: str, kind: str) -> str:
    """What is sealed for one credential is of no use in another's row."""
    return f"{credential}\n{participant}\n{kind}"


def _credential(row: Row, matches: str) -> Credential:
    return Credential(row["id"], row["participant"], row["kind"], matches)


def find(transaction: Transaction, participant: str) -> Participant | None:
    rows = transaction.execute(f"{_PARTICIPANT} WHERE id = ?", (participant,))
    return _participant(rows[0]) if rows else None


def write(disk: Disk, transaction: Transaction, new: Participant, there: Participant | None) -> bool:
    """Whether anything has changed, and then it is in the audit log. Conflict when another one has the e-mail address."""
    if new == there:
        return False
    if new.email is not None:
        for row in transaction.execute("SELECT id FROM participants WHERE email = ? AND id <> ?", (new.email, new.id)):
            raise Conflict(f"email: is that of participant {row['id']}; change it there first")
    if there is None:
        transaction.execute(_ADD_PARTICIPANT, (new.id, new.name, new.email, _created(disk, transaction, new.id)))
    else:
        transaction.execute("UPDATE participants SET name = ?, email = ? WHERE id = ?", (new.name, new.email, new.id))
    disk.record(transaction, "participant.add" if there is None else "participant.change", "participant", new.id)
    return True


def _created(disk: Disk, transaction: Transaction, participant: str) -> str:
    """Not before somebody of that id was erased, whatever the clock says: who comes later is not meant by that."""
    pseudonym = disk.pseudonym("participant", participant)
    rows = transaction.execute("SELECT at FROM erasures WHERE pseudonym = ?", (pseudonym,))
    return max(disk.now(), *(str(row["at"]) for row in rows), "")


def _participant(row: Row) -> Participant:
    return Participant(row["id"], row["name"], row["email"])


def _differences(there: object, new: object) -> Iterable[str]:
    return (name for name, value in vars(there).items() if value != vars(new)[name])
