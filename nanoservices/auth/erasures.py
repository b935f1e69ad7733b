"""Who has been forgotten, so that they stay so: also when a backup from before is put back.

They are remembered by pseudonym, in the database and in a file beside it. Whichever of the two is older than the other
learns from it at the next start, and forgets again.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from nanoservices.auth.disk import Disk
from nanoservices.database import Transaction
from nanoservices.errors import Unavailable

FILE = "erasures.jsonl"
LATEST = "9999"  # after every time


class Erasures:
    def __init__(self, disk: Disk, folder: Path):
        self._disk = disk
        self._path = folder / FILE

    def all(self) -> dict[str, str]:
        """When each was forgotten, by pseudonym: what a backup does not know, and who restores it has to tell it."""
        return {row["pseudonym"]: row["at"] for row in self._disk.read("SELECT pseudonym, at FROM erasures")}

    def remember(self, transaction: Transaction, pseudonym: str, at: str) -> None:
        """In the file first: if the transaction comes to nothing, the next start makes up for it."""
        self._append({pseudonym: at})
        transaction.execute("REPLACE INTO erasures (pseudonym, at) VALUES (?, ?)", (pseudonym, at))

    def apply(self, told: Mapping[str, str] | None = None) -> list[str]:
        """Forget everybody of whom the database, the file or `told` says so, if they are (again) from before. Their ids."""
        in_file, in_table = self._read(), self.all()
        every = _latest(in_file, in_table, told or {})
        if missing := {name: at for name, at in every.items() if in_table.get(name) != at}:
            with self._disk.write() as transaction:
                transaction.many("REPLACE INTO erasures (pseudonym, at) VALUES (?, ?)", list(missing.items()))
        self._append({name: at for name, at in every.items() if in_file.get(name) != at})
        return self._forget_again(every) if every else []

    def _forget_again(self, every: Mapping[str, str]) -> list[str]:
        """Whoever came later under the same id is somebody else, and stays."""
        there = {row["id"]: row["created"] for row in self._disk.read("SELECT id, created FROM participants")}
        first = "SELECT participant, MIN(received) AS created FROM visits WHERE participant IS NOT NULL GROUP BY participant"
        seen = {row["participant"]: row["created"] for row in self._disk.read(first)}
        found = []
        for who in sorted({*there, *seen}):
            at = every.get(self._disk.pseudonym("participant", who), "")
            if min(there.get(who, at), seen.get(who, at)) < at:
                with self._disk.change() as transaction:
                    forget(transaction, who, at)
                found.append(who)
        return found

    def _read(self) -> dict[str, str]:
        """A last line that is not whole was not acknowledged."""
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines(keepends=True)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise Unavailable(f"{self._path} cannot be read: {error.strerror}") from None
        found = [json.loads(line) for line in lines if line.endswith("}\n")]
        return _latest(*({entry["pseudonym"]: entry["at"]} for entry in found))

    def _append(self, erased: Mapping[str, str]) -> None:
        """On disk when it returns."""
        if not erased:
            return
        lines = [json.dumps({"pseudonym": name, "at": at}) + "\n" for name, at in erased.items()]
        try:
            with self._path.open("a+b") as file:
                if file.tell() and not _ends_a_line(file.fileno(), file.tell()):
                    lines.insert(0, "\n")
                file.write("".join(lines).encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Unavailable(f"{self._path} cannot be written: {error.strerror}") from None


def forget(transaction: Transaction, participant: str, at: str = LATEST) -> int:
    """Everything about one participant that is from before; credentials, invitations and personal contents go with them.
    How many visits it was."""
    transaction.change("DELETE FROM participants WHERE id = ? AND created < ?", (participant, at))
    transaction.change("DELETE FROM alarms WHERE participant = ? AND at < ?", (participant, at))
    return transaction.change("DELETE FROM visits WHERE participant = ? AND received < ?", (participant, at))


def _latest(*sources: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for source in sources:
        for name, at in source.items():
            found[name] = max(at, found.get(name, ""))
    return found


def _ends_a_line(descriptor: int, size: int) -> bool:
    return os.pread(descriptor, 1, size - 1) == b"\n"
