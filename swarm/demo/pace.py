"""How long things take in the demo, at a speed. Pure.

People and sensors go faster with the speed; the radio does not, and a computer does not: what waits for one of them has
a floor in real seconds.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    speed: float = 2.5
    advert_s: tuple[float, float] = (0.1, 0.3)  # between two adverts of a tag, in real seconds

    def _scaled(self, seconds: float, floor_s: float = 0.0) -> float:
        return max(seconds / self.speed, floor_s)

    @property
    def walk_s(self) -> float:
        """From the door to the room."""
        return self._scaled(10)

    @property
    def motion_s(self) -> float:
        """How long a PIR's line stays up after the last motion."""
        return self._scaled(2, 0.05)

    @property
    def patience_s(self) -> float:
        """Whoever sees no light for so long turns back."""
        return self._scaled(8, 1.2)

    @property
    def unlit_s(self) -> float:
        """Where a door has no lights, people go on after so long."""
        return self._scaled(1, 0.6)

    @property
    def stir_s(self) -> float:
        """People in a room move so often."""
        return self.hold_s / 3

    @property
    def between_s(self) -> float:
        """Between two who come together."""
        return self._scaled(0.6)

    @property
    def stay_s(self) -> float:
        """How long they look at the screen once everybody is there."""
        return self._scaled(4, 0.5)

    # --- settings of the services

    @property
    def hold_s(self) -> float:
        return self._scaled(6, 0.9)

    @property
    def chatter_s(self) -> float:
        """People who move that much faster are not a faulty sensor."""
        return self._scaled(10)

    @property
    def scan_window_s(self) -> float:
        return self._scaled(6, 1.0)

    @property
    def arrive_s(self) -> float:
        return self._scaled(60, 10)

    @property
    def apart_s(self) -> float:
        """Nobody is in two distant zones within so long, however fast they walk here."""
        return min(2.0, self.walk_s / 4)

    @property
    def away_s(self) -> float:
        return self._scaled(6, 1.2)

    @property
    def alone_s(self) -> float:
        """Whoever has left a room is not led back into it for so long: until that is noticed, the controller's rule (1.5 times
        `away_s`), and a little more."""
        return max(self.away_s, self.motion_s + self.hold_s) + 1.6 * self.away_s

    @property
    def repeat_s(self) -> float:
        """Whoever is still heard must be told of well within `away_s`."""
        return min(1.0, self.away_s / 4)

    @property
    def budget_s(self) -> float:
        """How long the demo waits for one thing before it says that it did not happen."""
        return self._scaled(40, 10)
