"""Which secret says a rolling id? A table per window, made once: 1,000 tags cost two milliseconds a minute, and a megabyte for
the hour that is remembered. Pure.

Another thread may `prepare` while `whose` is asked: a table is complete before it can be seen, and is not changed then.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from nanoservices.rolling import PERIOD_S, counter, token_of

TOLERANCE = 1  # windows that a tag's clock may be off, either way
REMEMBERED = 60  # windows, one hour: an id from one of them has been heard before, by somebody who plays it again
_AHEAD = TOLERANCE + 1
_DIGITS = 16  # 8 bytes, in hex


class Said(NamedTuple):
    secret: bytes
    window: int
    is_now: bool


class Rotating:
    """`prepare` it now and then; asked unprepared it is right all the same, only slower."""

    def __init__(self, period_s: float = PERIOD_S):
        self._period_s = period_s
        self._secrets: frozenset[bytes] = frozenset()
        self._windows: dict[int, _Table] = {}

    def prepare(self, secrets: Iterable[bytes], now_unix: float) -> None:
        """Know exactly these secrets, in every window that may be asked about until the next one begins."""
        wanted = frozenset(secrets)
        fresh = wanted - self._secrets
        self._secrets = wanted
        current = counter(now_unix, self._period_s)
        span = range(max(0, current - REMEMBERED), current + _AHEAD + 1)
        for window in span:
            table = self._windows.get(window)
            if table is None:
                self._windows[window] = _Table(_said(wanted, window))
            elif fresh:
                self._windows[window] = table.with_more(_said(fresh, window))
        for window in list(self._windows):
            if window not in span:
                self._windows.pop(window, None)

    def whose(self, rolling_id: str, now_unix: float) -> Said | None:
        """The secret that says this id about now, or said it within the last hour."""
        if len(rolling_id) != _DIGITS:
            return None
        current = counter(now_unix, self._period_s)
        for window in range(current + TOLERANCE, current - REMEMBERED - 1, -1):
            is_now = window >= current - TOLERANCE
            secret = (self._now(window) if is_now else self._windows.get(window, _NOTHING)).whose(rolling_id)
            if secret in self._secrets:  # the tables still hold those that were taken away
                return Said(secret, window, is_now)
        return None

    def _now(self, window: int) -> "_Table":
        if window not in self._windows:  # setdefault: a table that `prepare` has made meanwhile knows more
            self._windows.setdefault(window, _Table(_said(self._secrets, window)))
        return self._windows[window]


class _Table:
    """Ids in their order, and beside each its secret: 16 bytes for both, where a dict takes a hundred."""

    def __init__(self, said: "Iterable[_Said]"):
        pairs = sorted(said)
        self._ids = array("Q", [rolling_id for rolling_id, _ in pairs])
        self._secrets = [secret for _, secret in pairs]

    def whose(self, rolling_id: str) -> bytes | None:
        wanted = int(rolling_id, 16)
        at = bisect_left(self._ids, wanted)
        return self._secrets[at] if at < len(self._ids) and self._ids[at] == wanted else None

    def with_more(self, said: "Sequence[_Said]") -> "_Table":
        if len(said) > _FEW:
            return _Table([*zip(self._ids, self._secrets, strict=True), *said])
        made = _Table([])
        made._ids, made._secrets = self._ids[:], self._secrets[:]
        for rolling_id, secret in said:
            at = bisect_left(made._ids, rolling_id)
            made._ids.insert(at, rolling_id)
            made._secrets.insert(at, secret)
        return made


_Said = tuple[int, bytes]
_FEW = 32  # that are put into their places one by one
_NOTHING = _Table([])


def _said(secrets: Iterable[bytes], window: int) -> list[_Said]:
    return [(int(token_of(secret, window), 16), secret) for secret in secrets]
