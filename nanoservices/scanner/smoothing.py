"""How strong a key is heard, and whether the radio is deaf. Pure: no clock, no I/O; `now` is monotonic seconds.

Single samples of one tag at rest differ by 10 dB and more. The first one is told as it is, as nobody should wait for a
second; after that it is the median of the latest.
"""

from collections import deque
from statistics import median_low

SAMPLES = 5
FRESH_S = 10.0  # a sample older than this says nothing about where its tag is now
DEAF_SPELLS = 2


class Strength:
    """Of one key."""

    __slots__ = ("_samples",)

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque(maxlen=SAMPLES)

    def heard(self, rssi_dbm: int, now: float) -> int:
        """The strength with this sample taken in."""
        self._samples.append((now, rssi_dbm))
        while now - self._samples[0][0] > FRESH_S:
            self._samples.popleft()
        return median_low(dbm for _, dbm in self._samples)


class Silence:
    """A radio that is on and hears nothing at all is started anew after `limit_s`; after two such spells it is deaf.

    Active scans yield 0.1 to 1 samples a second and tag, as the kernel filters duplicates: at the least of it a single tag
    within earshot is missed for 30 s once in twenty times, and for two spells once in 400. Only time with the radio on counts.
    """

    def __init__(self, limit_s: float):
        self._limit_s = limit_s
        self._quiet_s = 0.0
        self._since: float | None = None
        self.spells = 0

    @property
    def is_deaf(self) -> bool:
        return self.spells >= DEAF_SPELLS

    def turned(self, is_on: bool, now: float) -> None:
        if self._since is not None:
            self._quiet_s += now - self._since
        self._since = now if is_on else None

    def heard(self, now: float) -> None:
        self._quiet_s, self.spells = 0.0, 0
        if self._since is not None:
            self._since = now

    def due_at(self) -> float | None:
        """When the spell is over, if nothing is heard until then."""
        return None if self._since is None else self._since + self._limit_s - self._quiet_s

    def is_over(self, now: float) -> bool:
        """Whether another spell is: then it is counted, and the next begins."""
        due = self.due_at()
        if due is None or now < due:
            return False
        self.spells += 1
        self._quiet_s, self._since = 0.0, now
        return True
