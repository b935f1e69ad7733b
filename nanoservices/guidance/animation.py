"""What a strip shows while people are led along it. Pure: `now` is monotonic seconds.

A visit is a light that runs in walking order and draws a fading tail, so that it shows the direction. On LEDs of three
lines it has a colour of its own; on LEDs of one line a rhythm of its own: its pace, and how its head flashes.
"""

from collections.abc import Sequence
from math import floor

from nanoservices.dataclass import dataclass
from nanoservices.palette import PALETTE, Colour

Frame = tuple[Colour, ...]

PACES = (3.0, 2.0, 4.0)  # steps a second
FLASHES = ("####", "#.#.", "#...", "##.#")  # a head of one line, on and off, in the quarters of a step
RHYTHMS = tuple((pace, flash) for flash in FLASHES for pace in PACES)  # as many as colours
TAIL = (1.0, 0.3, 0.08)  # how bright: the head, and what it has just left
PERIOD = 8  # on a strip longer than this less its tail, another head follows so many LEDs behind
TURN_S = 0.25  # where equals meet, they take turns
_DARK: Colour = (0, 0, 0)
_ROUNDING = 1e-6  # a boundary that was computed is reached, whatever floats make of it


@dataclass(frozen=True)
class Runner:
    """One visit's light: its number in the palette, and when its head was on the first LED."""

    colour: int
    since: float


def frame(runners: Sequence[Runner], wide: Sequence[bool], now: float) -> Frame:
    """The colour of every LED in walking order. `wide` says which have three lines; others get shades of white.

    `runners` come oldest first; the newest has the first turn, so that its first light is on at once.
    """
    newest_first = tuple(reversed(runners))
    turn = _count(now - newest_first[0].since, TURN_S) if newest_first else 0
    return tuple(_led(newest_first, position, wide, turn, now) for position in range(len(wide)))


def next_change(runners: Sequence[Runner], wide: Sequence[bool], now: float) -> float | None:
    """When the frame may be another one; None when it never is."""
    times = [_boundary(runner.since, _hold_s(runner, wide), now) for runner in runners]
    if len(runners) > 1:
        times.append(_boundary(runners[-1].since, TURN_S, now))
    return min(times, default=None)


def _led(newest_first: Sequence[Runner], position: int, wide: Sequence[bool], turn: int, now: float) -> Colour:
    is_wide, period = wide[position], min(PERIOD, len(wide) + len(TAIL) - 1)
    levels = [(_level(runner, position, period, is_wide, now), runner) for runner in newest_first]
    brightest = max((level for level, _ in levels), default=0.0)
    if brightest == 0.0:
        return _DARK
    equals = [runner for level, runner in levels if level == brightest]
    shown = PALETTE[equals[turn % len(equals)].colour] if is_wide else (255, 255, 255)
    red, green, blue = (round(part * brightest) for part in shown)
    return red, green, blue


def _level(runner: Runner, position: int, period: int, is_wide: bool, now: float) -> float:
    pace, flash = RHYTHMS[runner.colour]
    quarters = _count(now - runner.since, _quarter_s(pace))
    behind = (quarters // len(flash) - position) % period
    if behind >= len(TAIL) or (behind == 0 and not is_wide and flash[quarters % len(flash)] == "."):
        return 0.0
    return TAIL[behind]


def _hold_s(runner: Runner, wide: Sequence[bool]) -> float:
    """How long this runner's light stays as it is."""
    pace, flash = RHYTHMS[runner.colour]
    is_steady = all(wide) or "." not in flash
    return 1 / pace if is_steady else _quarter_s(pace)


def _quarter_s(pace: float) -> float:
    return 1 / (pace * 4)


def _count(age_s: float, span_s: float) -> int:
    return floor(age_s / span_s + _ROUNDING)


def _boundary(since: float, span_s: float, now: float) -> float:
    return since + (_count(now - since, span_s) + 1) * span_s
