"""Who is led along this strip? Pure: no clock, no I/O; `now` is monotonic seconds.

lead, and this zone is on the route    -> the visit's light runs, for `for_s` at most
lead again, with a higher seq          -> it runs on, with what is new about it
lead, and this zone is not on it       -> no light for the visit here
stop                                   -> no light; a late lead with a lower seq changes nothing
an order of a boot that was replaced   -> changes nothing
one of a boot earlier than the last    -> refused for a while: it is late, or of a controller whose calendar went back
`for_s` is over                        -> no light until a newer order
"""

from collections import OrderedDict

from nanoservices.dataclass import dataclass
from nanoservices.errors import Unavailable
from nanoservices.guidance import animation
from nanoservices.wire import GuideOrder

MOST_VISITS = 64  # led at once
MOST_REMEMBERED = 1000  # visits whose last order is known
MOST_BOOTS = 64
REPLACED_S = 30.0  # nothing is on its way for so long


class LatestOrders:
    """Which order is news. The seq counts for its visit alone: orders for different visits overtake each other."""

    def __init__(self) -> None:
        self._boot: str | None = None
        self._heard_at = 0.0
        self._replaced: OrderedDict[str, None] = OrderedDict()
        self._last: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def is_news(self, order: GuideOrder, now: float) -> bool:
        """Unavailable for an order of a boot that seems to be an earlier one than the last."""
        boot, seq = self._last.get(order.visit, (order.boot, -1))
        if order.boot in self._replaced or (order.boot == boot and order.seq <= seq):
            return False
        if self._boot is not None and order.boot < self._boot and now - self._heard_at < REPLACED_S:
            raise Unavailable(f"boot: {self._boot} seems to be a later one than {order.boot}; ask again", retry_s=REPLACED_S)
        return True

    def remember(self, order: GuideOrder, now: float) -> None:
        if self._boot not in (None, order.boot):
            self._replaced[str(self._boot)] = None
        self._boot, self._heard_at = order.boot, now
        self._last[order.visit] = (order.boot, order.seq)
        self._last.move_to_end(order.visit)
        for memory, most in ((self._replaced, MOST_BOOTS), (self._last, MOST_REMEMBERED)):
            if len(memory) > most:
                memory.popitem(last=False)


@dataclass
class Led:
    """A visit that is led here. `lit_at` is when its first light went on."""

    runner: animation.Runner
    ends_at: float
    lit_at: float | None = None


class Guide:
    """The visits led in `zone`. `wide` says of each LED, in walking order, whether it has red, green and blue."""

    def __init__(self, zone: str, wide: tuple[bool, ...]):
        self._zone = zone
        self._wide = wide
        self._orders = LatestOrders()
        self._led: dict[str, Led] = {}  # oldest first

    @property
    def visits(self) -> tuple[str, ...]:
        return tuple(self._led)

    def lit_at(self, visit: str) -> float | None:
        """When the first light of `visit` went on; None when it is not lit here."""
        led = self._led.get(visit)
        return None if led is None else led.lit_at

    def apply(self, order: GuideOrder, now: float) -> bool:
        """Whether the order was news. Unavailable for one visit too many, and then it may be given again."""
        self.time_passed(now)
        if not self._orders.is_news(order, now):
            return False
        if order.state == "stop" or self._zone not in order.route or order.for_s <= 0:
            self._led.pop(order.visit, None)
        else:
            self._lead(order, now)
        self._orders.remember(order, now)
        return True

    def _lead(self, order: GuideOrder, now: float) -> None:
        led = self._led.get(order.visit)
        if led is None and len(self._led) >= MOST_VISITS:
            raise Unavailable(f"{MOST_VISITS} visits are led in zone {self._zone} already; stop one before {order.visit}")
        since, lit_at = (now, None) if led is None else (led.runner.since, led.lit_at)
        self._led[order.visit] = Led(animation.Runner(order.colour, since), now + order.for_s, lit_at)

    def time_passed(self, now: float) -> bool:
        """Forget who has been led long enough; whether anybody has. Call at `wake_at`; sooner does no harm."""
        over = [visit for visit, led in self._led.items() if led.ends_at <= now]
        for visit in over:
            del self._led[visit]
        return bool(over)

    def begin(self, now: float) -> None:
        """The lights that have never been on start at `now`: at their first LED."""
        for led in self._led.values():
            if led.lit_at is None:
                led.runner = animation.Runner(led.runner.colour, now)

    def shown(self, at: float) -> None:
        """The strip shows the frame now; lights that had not been on before went on `at` then."""
        for led in self._led.values():
            if led.lit_at is None:
                led.lit_at = at

    def frame(self, now: float) -> animation.Frame:
        return animation.frame(self._runners(now), self._wide, now)

    def wake_at(self, now: float) -> float | None:
        """When the next frame is due, or somebody has been led long enough; None when the strip is dark."""
        change = animation.next_change(self._runners(now), self._wide, now)
        return None if change is None else min(change, *(led.ends_at for led in self._led.values()))

    def _runners(self, now: float) -> list[animation.Runner]:
        return sorted((led.runner for led in self._led.values() if led.ends_at > now), key=lambda runner: runner.since)
