"""What has been heard before, and where: so that a recording, a copy, and luck are told from the tag itself. Pure.

Of known keys only: a stranger's is counted for as long as a person takes to come in, and not kept.

a rolling id older than one its tag has said since           -> a replay
a private address first heard more than 20 minutes ago       -> a replay; phones change theirs every 15
a key strong in two distant zones within `apart_s`           -> an alarm, and a replay where it was heard last
more strangers' private addresses than MOST_STRANGERS        -> an alarm, and no private address proves anything: among so
                                                                many one may fit somebody's IRK by chance (1 in 2**24 each)
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Literal

from nanoservices.dataclass import dataclass
from nanoservices.wire import Reason

RPA_S = 1200.0
EARLIER_S, LATE_S = 60.0, 5.0  # around the first time that its newest id was heard, one from before may still come in
STRONG_DBM = -65
MOST_STRANGERS = 256
STRANGER_S = 120.0
ALARM_AGAIN_S = 600.0
MOST_ADDRESSES = 20_000  # the one heard first longest ago is forgotten
_MOST_PLACES = 20_000

AlarmKind = Literal["two-places", "flood"]
IsDistant = Callable[[str, str], bool]


@dataclass(frozen=True)
class Found:
    """Whose key was heard: `credential` is its id. `window` is there for a rolling id, `is_private` for an address."""

    credential: str
    participant: str
    window: int | None = None
    is_private: bool = False


@dataclass(frozen=True)
class Heard:
    """Where, how strongly and when (unix seconds)."""

    key: str
    zone: str
    rssi_dbm: int
    at: float


@dataclass(frozen=True)
class Raised:
    """An alarm; nothing in it is a key."""

    kind: AlarmKind
    participant: str | None
    zones: tuple[str, ...]


@dataclass(frozen=True)
class NewAddress:
    """A private address that was heard for the first time, as `mark` has it; to be written down by who asks."""

    credential: str
    mark: str
    first: float


class Memory:
    """What is news can be had with `take`. `is_distant`: nobody comes from one of these zones to the other within
    `apart_s`. `mark` makes of an address what it is remembered by."""

    def __init__(
        self,
        is_distant: IsDistant = lambda one, other: False,
        apart_s: float = 2.0,
        mark: Callable[[str], str] = lambda address: address,
    ):
        self._is_distant = is_distant
        self._apart_s = apart_s
        self._mark = mark
        self._newest: dict[str, tuple[int, float]] = {}  # credential -> its newest window, and when that was first heard
        self._addresses: OrderedDict[str, float] = OrderedDict()
        self._places: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._strangers: OrderedDict[int, float] = OrderedDict()
        self._alarmed: dict[tuple[AlarmKind, str], float] = {}
        self._raised: list[Raised] = []
        self._new: list[NewAddress] = []

    def know(self, marks: Iterable[tuple[str, float]]) -> None:
        """What was written down: when the address of each mark was first heard; oldest first."""
        for mark, first in marks:
            self._remember(mark, first)

    def take(self) -> tuple[list[Raised], list[NewAddress]]:
        taken = self._raised, self._new
        self._raised, self._new = [], []
        return taken

    def stranger(self, heard: Heard) -> None:
        """A private address that is nobody's."""
        mark = hash(heard.key)  # of this process alone
        self._strangers[mark] = heard.at
        self._strangers.move_to_end(mark)
        while self._strangers and (
            next(iter(self._strangers.values())) < heard.at - STRANGER_S or len(self._strangers) > 2 * MOST_STRANGERS
        ):
            self._strangers.popitem(last=False)
        if len(self._strangers) > MOST_STRANGERS:
            self._raise("flood", None, (heard.zone,), heard)

    def objection(self, found: Found, heard: Heard) -> Reason | None:
        """Why a known key is not taken for what it says."""
        if found.window is not None and self._is_outdated(found.credential, found.window, heard.at):
            return "replay"
        if found.is_private and heard.at - self._first_heard(found.credential, heard) > RPA_S:
            return "replay"
        if self._is_elsewhere(found, heard):
            return "replay"
        return "too-weak" if found.is_private and self._is_flooded(heard.at) else None

    def _is_outdated(self, credential: str, window: int, at: float) -> bool:
        newest, since = self._newest.get(credential, (window, at))
        if window >= newest:
            self._newest[credential] = (window, since if window == newest else at)
            return False
        return not since - EARLIER_S <= at <= since + LATE_S  # a clock that is set back makes no old id new

    def _first_heard(self, credential: str, heard: Heard) -> float:
        mark = self._mark(heard.key)
        first = self._addresses.get(mark)
        if first is None:
            self._new.append(NewAddress(credential, mark, heard.at))
            self._remember(mark, heard.at)
        return heard.at if first is None else first

    def _remember(self, mark: str, first: float) -> None:
        self._addresses.setdefault(mark, first)
        while len(self._addresses) > MOST_ADDRESSES:
            self._addresses.popitem(last=False)

    def _is_elsewhere(self, found: Found, heard: Heard) -> bool:
        if heard.rssi_dbm < STRONG_DBM:
            return False
        zone, at = self._places.get(found.credential, (heard.zone, heard.at))
        if zone != heard.zone and abs(heard.at - at) < self._apart_s and self._is_distant(zone, heard.zone):
            self._raise("two-places", found.participant, tuple(sorted((zone, heard.zone))), heard)
            return True
        self._places[found.credential] = (heard.zone, max(heard.at, at))
        self._places.move_to_end(found.credential)
        while len(self._places) > _MOST_PLACES:
            self._places.popitem(last=False)
        return False

    def _is_flooded(self, now: float) -> bool:
        lately = sum(1 for at in self._strangers.values() if at >= now - STRANGER_S)
        return lately > MOST_STRANGERS

    def _raise(self, kind: AlarmKind, participant: str | None, zones: tuple[str, ...], heard: Heard) -> None:
        about = (kind, participant or "")
        if heard.at - self._alarmed.get(about, float("-inf")) < ALARM_AGAIN_S:
            return
        self._alarmed[about] = heard.at
        self._raised.append(Raised(kind, participant, zones))
