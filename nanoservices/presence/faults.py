"""Is it a person, or a faulty PIR? Pure: no clock, no I/O; `now` is monotonic seconds.

more than CHATTER rises in `window_s`  -> it chatters: a PIR holds its line for 0.3 s and more, and then rests
                                          (a loose wire, a floating line, a heater's relay beside it)
...until a window has had CALM or less -> it is well again
up for `stuck_s` without a break       -> stuck; well again when it goes down

A line that is stuck low looks like an empty zone, and nothing here can tell the two apart.
"""

from collections import deque

CHATTER, CALM = 20, 5


class SensorFaults:
    """`why` says what is wrong with the sensor; None while nothing is known against it."""

    def __init__(self, stuck_s: float, window_s: float = 10.0):
        self._stuck_s, self._window_s = stuck_s, window_s
        self._rises: deque[float] = deque(maxlen=CHATTER + 1)
        self._up_since: float | None = None
        self._chatters = False
        self._is_stuck = False

    @property
    def why(self) -> str | None:
        if self._chatters:
            return f"the PIR chatters: more than {CHATTER} motions in {self._window_s:g} s are no person's; look at its wires"
        if self._is_stuck:
            return f"the PIR is stuck: motion without a break for {self._stuck_s:g} s; look at its wires and its trimmers"
        return None

    @property
    def moving(self) -> bool:
        """The line as it is, whatever it is worth."""
        return self._up_since is not None

    def motion_changed(self, moving: bool, now: float) -> None:
        if not moving:
            self._up_since, self._is_stuck = None, False
        elif self._up_since is None:
            self._up_since = now
            self._rises.append(now)
        self.time_passed(now)

    def time_passed(self, now: float) -> None:
        """Call at `wake_at`; sooner does no harm."""
        while self._rises and now - self._rises[0] >= self._window_s:
            self._rises.popleft()
        self._chatters = len(self._rises) > (CALM if self._chatters else CHATTER)
        self._is_stuck = self._up_since is not None and now - self._up_since >= self._stuck_s

    def wake_at(self) -> float | None:
        """When something may be another way than it is now, if no edge comes before."""
        times = [] if self._up_since is None or self._is_stuck else [self._up_since + self._stuck_s]
        if self._chatters:
            times.append(self._rises[len(self._rises) - 1 - CALM] + self._window_s)
        return min(times, default=None)
