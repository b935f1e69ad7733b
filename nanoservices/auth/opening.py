"""What is done to a database before it is used: a secret for its pseudonyms, everything sealed with the newest key, and who
was erased forgotten again. Done twice it changes nothing."""

import logging

from nanoservices.auth.disk import Disk
from nanoservices.auth.erasures import Erasures
from nanoservices.auth.people import context
from nanoservices.auth.sealing import Pseudonyms, Seal, fresh_secret
from nanoservices.database import Row, Transaction
from nanoservices.log import about

log = logging.getLogger("auth")

_PSEUDONYMS = "pseudonyms"
_SELECT = "SELECT id, participant, kind, sealed, unsealed FROM credentials"
_SEAL = "UPDATE credentials SET lookup = ?, sealed = ?, unsealed = NULL WHERE id = ?"


def open_up(disk: Disk, seal: Seal, erasures: Erasures) -> None:
    """SealError, and nothing is changed, when something was sealed with a key that is not given."""
    with disk.opening():
        _open_up(disk, seal, erasures)


def _open_up(disk: Disk, seal: Seal, erasures: Erasures) -> None:
    with disk.change(is_long=True) as transaction:
        secret = _secret(transaction, seal)
        sealed, were_clear = _seal_anew(transaction, seal)
    disk.pseudonyms = Pseudonyms(secret)
    if sealed:
        log.info("credentials sealed with the first key", extra=about(credentials=sealed))
    if were_clear:
        disk.database.tidy(whole=True)
    if forgotten := erasures.apply():
        log.warning("erased people had come back, and are forgotten again", extra=about(people=len(forgotten)))
        disk.database.tidy()


def _secret(transaction: Transaction, seal: Seal) -> str:
    for row in transaction.execute("SELECT sealed FROM seals WHERE name = ?", (_PSEUDONYMS,)):
        secret = seal.open(row["sealed"], _PSEUDONYMS)
        if not seal.is_current(row["sealed"]):
            values = (seal.seal(secret, _PSEUDONYMS), _PSEUDONYMS)
            transaction.execute("UPDATE seals SET sealed = ? WHERE name = ?", values)
        return secret
    secret = fresh_secret()
    transaction.execute("INSERT INTO seals (name, sealed) VALUES (?, ?)", (_PSEUDONYMS, seal.seal(secret, _PSEUDONYMS)))
    return secret


def _seal_anew(transaction: Transaction, seal: Seal) -> tuple[int, bool]:
    """How many credentials were not sealed with the first key, and whether some were not sealed at all."""
    rows = [row for row in transaction.execute(_SELECT) if row["sealed"] is None or not seal.is_current(row["sealed"])]
    anew = [_anew(row, seal) for row in rows]
    transaction.many(_SEAL, anew)
    return len(anew), any(row["sealed"] is None for row in rows)


def _anew(row: Row, seal: Seal) -> tuple[str, str, str]:
    named = context(row["id"], row["participant"], row["kind"])
    matches = row["unsealed"] if row["sealed"] is None else seal.open(row["sealed"], named)
    return seal.lookup(matches), seal.seal(matches, named), row["id"]
