"""What becomes of a datagram on a bad line. Pure: no sockets, no clock; chance is seeded, so that a run can be repeated."""

from dataclasses import dataclass, replace
from random import Random


@dataclass(frozen=True)
class Weather:
    """How bad the line is, one way. `drop`, `duplicate` and `reorder` are probabilities; a datagram that is reordered is
    held back for `held_s`, so that later ones overtake it; `delay_s` is what every one takes."""

    drop: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    held_s: float = 0.1
    delay_s: float = 0.0

    def losing(self, drop: float) -> "Weather":
        return replace(self, drop=drop)


FAIR = Weather()
FOUL = Weather(drop=0.3, duplicate=0.05, reorder=0.1)


@dataclass
class Tally:
    """What became of the datagrams of a line, both ways."""

    seen: int = 0
    lost: int = 0
    doubled: int = 0
    held: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.seen + other.seen, self.lost + other.lost, self.doubled + other.doubled, self.held + other.held
        )  # fmt: skip


class Fates:
    """The fate of one datagram after the other: the n-th of a seed meets the same one in every run of the same weather,
    whatever was lost before it."""

    def __init__(self, seed: str):
        self._chance = Random(seed)
        self.tally = Tally()

    def next(self, weather: Weather, *, out: bool = False) -> tuple[float, ...]:
        """The seconds after which each copy arrives; none: it is lost. `out`: an outage, everything is lost."""
        dropped, doubled, held, later = (self._chance.random() for _ in range(4))
        self.tally.seen += 1
        if out or dropped < weather.drop:
            self.tally.lost += 1
            return ()
        first = weather.delay_s
        if held < weather.reorder:
            self.tally.held += 1
            first += weather.held_s * (0.5 + later)
        if doubled < weather.duplicate:
            self.tally.doubled += 1
            return first, first + weather.held_s * later
        return (first,)
