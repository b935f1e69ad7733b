"""What the screen's logic asks for, in the order in which it is to be done. Pure."""

from nanoservices.dataclass import dataclass
from nanoservices.wire import ScreenEvent


@dataclass(frozen=True)
class Hide:
    """Contents are dropped before anything else happens."""


@dataclass(frozen=True)
class Download:
    """Fetch contents `of` a meeting, or `personal`, after `wait_s`, and say how it went under `ticket`."""

    ticket: int
    of: str
    wait_s: float = 0.0


@dataclass(frozen=True)
class Show:
    """What was downloaded under `ticket` may be seen now."""

    ticket: int


@dataclass(frozen=True)
class Report:
    event: ScreenEvent


Effect = Hide | Download | Show | Report
Effects = tuple[Effect, ...]
