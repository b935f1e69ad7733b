"""Which secret says a rolling id? A table per window, made once: 1,000 tags cost two milliseconds a minute. Pure.

Another thread may `prepare` while `whose` is asked: a table is complete before it can be seen.
"""

from collections.abc import Iterable
from typing import NamedTuple

from nanoservices.rolling import PERIOD_S, counter, token_of

TOLERANCE = 1  # windows that a tag's clock may be off, either way
REMEMBERED = 60  # windows, one hour: an id from one of them has been heard before, by somebody who plays it again
_AHEAD = TOLERANCE + 1


class Said(NamedTuple):
    secret: bytes
    window: int
    is_now: bool


class Rotating:
    """`prepare` it now and then; asked unprepared it is right all the same, only slower."""

    def __init__(self, period_s: float = PERIOD_S):
        self._period_s = period_s
        self._secrets: frozenset[bytes] = frozenset()
        self._windows: dict[int, dict[str, bytes]] = {}

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
                self._windows[window] = _table(wanted, window)
            elif fresh:
                table.update(_table(fresh, window))
        for window in list(self._windows):
            if window not in span:
                self._windows.pop(window, None)

    def whose(self, rolling_id: str, now_unix: float) -> Said | None:
        """The secret that says this id about now, or said it within the last hour."""
        current = counter(now_unix, self._period_s)
        for window in range(current + TOLERANCE, current - REMEMBERED - 1, -1):
            is_now = window >= current - TOLERANCE
            secret = (self._now(window) if is_now else self._windows.get(window, {})).get(rolling_id)
            if secret in self._secrets:  # the tables still hold those that were taken away
                return Said(secret, window, is_now)
        return None

    def _now(self, window: int) -> dict[str, bytes]:
        if window not in self._windows:  # setdefault: a table that `prepare` has made meanwhile knows more
            self._windows.setdefault(window, _table(self._secrets, window))
        return self._windows[window]


def _table(secrets: Iterable[bytes], window: int) -> dict[str, bytes]:
    return {token_of(secret, window): secret for secret in secrets}
