"""Which scans are open, and which adverts are worth a message? Pure: no clock, no I/O; `now` is monotonic seconds.

an order for a new scan                -> open until `window_s` from now
an order for an open scan              -> its end moves
an order of 0 s                        -> ended for good: a late order for it is refused
the window is over                     -> closed; a later order opens it again
a key not heard in a scan before       -> a sighting, at once
the same key again                     -> a sighting, at most one per `repeat_s` and scan, as strong as its median
any scan is open                       -> the radio is on
"""

from collections import OrderedDict
from dataclasses import field

from nanoservices.dataclass import dataclass
from nanoservices.errors import Conflict, Over, Unavailable
from nanoservices.scanner.keys import Advert, key_of
from nanoservices.scanner.smoothing import Strength

MOST_KEYS = 2000  # of one scan; beyond, the key that was silent longest is forgotten
MOST_SCANS = 16
MOST_ENDED = 500
WEAKEST_DBM, STRONGEST_DBM = -127, 20  # of the Bluetooth core specification


@dataclass
class OpenScan:
    """Keys of strangers live in here, and so no longer than the scan."""

    ends_at: float
    reported: OrderedDict[str, float] = field(default_factory=OrderedDict)  # key -> when, the latest heard last

    def takes(self, key: str, now: float, repeat_s: float) -> bool:
        last = self.reported.get(key)
        is_due = last is None or now - last >= repeat_s
        if is_due:
            self.reported[key] = now
        self.reported.move_to_end(key)
        if len(self.reported) > MOST_KEYS:
            self.reported.popitem(last=False)
        return is_due


@dataclass(frozen=True)
class Heard:
    """A sighting for each of `scans`."""

    key: str
    rssi_dbm: int
    scans: tuple[str, ...]


class ScanBook:
    """The open scans of one zone, and how long its radio has been on."""

    def __init__(self, zone: str, repeat_s: float):
        self._zone = zone
        self._repeat_s = repeat_s
        self._open: dict[str, OpenScan] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._strengths: OrderedDict[str, Strength] = OrderedDict()  # of what is heard in open scans, and of no other
        self._on_since: float | None = None
        self._on_s = 0.0

    def order(self, scan: str, zone: str, window_s: float, now: float) -> bool:
        """Whether anything is another way than before. Conflict for another zone, Over for a scan that was ended,
        Unavailable for one scan too many."""
        if zone != self._zone:
            raise Conflict(f"scan {scan} is for zone {zone}, and this scanner listens in zone {self._zone}")
        self.time_passed(now)
        if window_s <= 0:
            return self._end(scan)
        if scan in self._ended:  # said, as whoever asks would wait in vain for what it hears
            raise Over(f"scan {scan} was ended, and is not begun again; ask for another")
        if scan not in self._open:
            if len(self._open) >= MOST_SCANS:
                raise Unavailable(f"{MOST_SCANS} scans are open in zone {zone} already; end one before scan {scan}")
            self._open[scan] = OpenScan(now)
        self._open[scan].ends_at = now + window_s
        return True

    def _end(self, scan: str) -> bool:
        self._ended[scan] = None
        self._ended.move_to_end(scan)
        if len(self._ended) > MOST_ENDED:
            self._ended.popitem(last=False)
        was_open = self._open.pop(scan, None) is not None
        self._forget()
        return was_open

    def _forget(self) -> None:
        """Keys of strangers are kept no longer than a scan."""
        if not self._open:
            self._strengths.clear()

    def hear(self, advert: Advert, now: float) -> Heard | None:
        """What of `advert`, heard now, is to be reported."""
        self.time_passed(now)
        key = key_of(advert) if self._open else None
        if key is None:
            return None
        strength = self._smoothed(key, _strength(advert.rssi_dbm), now)
        scans = tuple(name for name, scan in self._open.items() if scan.takes(key, now, self._repeat_s))
        return Heard(key, strength, scans) if scans else None

    def _smoothed(self, key: str, rssi_dbm: int, now: float) -> int:
        known = self._strengths.get(key)
        if known is None:
            known = self._strengths[key] = Strength()
            if len(self._strengths) > MOST_KEYS:
                self._strengths.popitem(last=False)
        self._strengths.move_to_end(key)
        return known.heard(rssi_dbm, now)

    def time_passed(self, now: float) -> bool:
        """Close what is over; whether anything was. Call at `wake_at`; sooner does no harm."""
        over = [name for name, scan in self._open.items() if scan.ends_at <= now]
        for name in over:
            del self._open[name]
        self._forget()
        return bool(over)

    def wake_at(self) -> float | None:
        """When the next scan is over."""
        return min((scan.ends_at for scan in self._open.values()), default=None)

    def open_scans(self, now: float) -> dict[str, float]:
        """The seconds that each open scan still has."""
        return {name: scan.ends_at - now for name, scan in self._open.items() if scan.ends_at > now}

    def radio_turned(self, is_on: bool, now: float) -> None:
        """The radio has been turned, and did turn."""
        if self._on_since is not None:
            self._on_s += now - self._on_since
        self._on_since = now if is_on else None

    def radio_on_s(self, now: float) -> float:
        return self._on_s + (0.0 if self._on_since is None else now - self._on_since)


def _strength(rssi_dbm: int) -> int:
    """Within what the specification allows; it says 127 for `not known`, which is no strength at all."""
    return WEAKEST_DBM if rssi_dbm == 127 else min(max(rssi_dbm, WEAKEST_DBM), STRONGEST_DBM)
