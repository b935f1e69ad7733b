"""API tokens: kept as digests, known in memory, so that asking who somebody is needs no disk.

A token is `<id>.<secret>`. The admin token of the deploy is none of these: it is a setting, and nowhere else.
"""

import contextlib
import hashlib
import hmac
import secrets
from datetime import UTC, datetime

from nanoservices.auth.disk import Disk, require_participant
from nanoservices.auth.model import Token
from nanoservices.auth.rights import Caller, Role
from nanoservices.database import Row
from nanoservices.errors import NotAllowed, NotFound, Unavailable
from nanoservices.settings import Secret

FIRST = "admin-token"  # the id that the deploy's is known by
_SELECT = "SELECT id, label, role, participant, digest, made, ends FROM tokens ORDER BY id"
_INSERT = "INSERT INTO tokens (id, label, role, participant, digest, made, ends) VALUES (?, ?, ?, ?, ?, ?, ?)"
_REFUSAL = "Authorization: is not `Bearer <a token of this room>`"


class Tokens:
    """Any thread may use it; `refresh` after a change of the database."""

    def __init__(self, disk: Disk, first: Secret):
        self._disk = disk
        self._first = _digest(first.reveal())
        self._known: dict[str, tuple[Token, str]] = {}
        with contextlib.suppress(Unavailable):  # a server that is not there yet; its store refreshes this one, too
            self.refresh()

    def refresh(self) -> None:
        self._known = {row["id"]: (_token(row), row["digest"]) for row in self._disk.read(_SELECT)}

    def caller(self, authorization: str, now_unix: float) -> Caller:
        """Whose request that is, from its Authorization header. NotAllowed when it is nobody's."""
        scheme, _, given = authorization.partition(" ")
        given = given.strip()
        if scheme.lower() != "bearer" or not given:
            raise NotAllowed(_REFUSAL)
        digest = _digest(given)
        if hmac.compare_digest(digest, self._first):
            return Caller(FIRST, "admin")
        token, kept = self._known.get(given.partition(".")[0], (None, ""))
        if token is None or not hmac.compare_digest(digest, kept):
            raise NotAllowed(_REFUSAL)
        if token.ends is not None and token.ends.timestamp() <= now_unix:
            raise NotAllowed(f"Authorization: the token {token.id} has ended; ask an admin for another")
        return Caller(token.id, token.role, token.participant)

    def all(self) -> list[Token]:
        return [token for token, _ in self._known.values()]

    def add(
        self, label: str, role: Role, participant: str | None, made: datetime, ends: datetime | None
    ) -> tuple[Token, Secret]:
        """A new one, and what to say: it is told this once."""
        token = Token(secrets.token_hex(4), label, role, made, participant, ends)
        said = f"{token.id}.{secrets.token_urlsafe(32)}"
        values = (token.id, label, role, participant, _digest(said), _text(made), None if ends is None else _text(ends))
        with self._disk.change() as transaction:
            if participant is not None:
                require_participant(transaction, participant, "participant")
            transaction.execute(_INSERT, values)
            self._disk.record(transaction, f"token.make.{role}", "token", token.id)
        self.refresh()
        return token, Secret(said)

    def remove(self, token: str) -> None:
        """Refused from now on."""
        with self._disk.change() as transaction:
            if not transaction.execute("SELECT 1 FROM tokens WHERE id = ?", (token,)):
                raise NotFound(f"there is no token {token}")
            transaction.execute("DELETE FROM tokens WHERE id = ?", (token,))
            self._disk.record(transaction, "token.revoke", "token", token)
        self.refresh()


def _digest(said: str) -> str:
    return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _token(row: Row) -> Token:
    ends = None if row["ends"] is None else datetime.fromisoformat(row["ends"])
    return Token(row["id"], row["label"], row["role"], datetime.fromisoformat(row["made"]), row["participant"], ends)
