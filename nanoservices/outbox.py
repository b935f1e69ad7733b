"""Events on their way to the controller: numbered, in order, kept until they are acknowledged.

`Outbox` is the bookkeeping and does no I/O; `deliver` sends what is in it. One batch is under way at a time, so the
controller can tell a repetition by its number alone; what gathers meanwhile goes with the next batch.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from nanoservices import clock, wire
from nanoservices.coap import Endpoint
from nanoservices.errors import PeerRefused, PeerSilent
from nanoservices.log import about
from nanoservices.pacing import pause_s

log = logging.getLogger(__name__)

MOST_EVENTS = 1000
BATCH = 16
_MALFORMED = "4.00"


class Outbox:
    """Bounded: beyond `most` the oldest sighting goes first, then the oldest event of any kind; `dropped` counts both."""

    def __init__(self, most: int = MOST_EVENTS):
        self._events: deque[wire.Event] = deque()
        self._most = most
        self._n = 0
        self.dropped = 0
        self.filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: wire.Event) -> None:
        """Number `event` and keep it; its own `n` is of no account."""
        self._n += 1
        self._events.append(replace(event, n=self._n))
        if len(self._events) > self._most:
            self._drop()
        self.filled.set()

    def _drop(self) -> None:
        oldest = next((event for event in self._events if event.kind == "sighting"), self._events[0])
        self._events.remove(oldest)
        self.dropped += 1

    def batch(self, most: int = BATCH) -> tuple[wire.Event, ...]:
        """The oldest events, at most one message full."""
        return tuple(event for event, _ in zip(self._events, range(most), strict=False))

    def acknowledge(self, upto: int) -> None:
        """Forget what is safe with the controller."""
        while self._events and self._events[0].n <= upto:
            self._events.popleft()
        if not self._events:
            self.filled.clear()


async def deliver(
    outbox: Outbox, endpoint: Endpoint, controller: str, source: str, boot: str, state: Callable[[str | None], None]
) -> None:
    """Send for ever. `state` is told what is wrong (None: nothing), for readiness.

    An event that the controller calls malformed is given up, and only that one; any other no may be another's, who has
    the controller's address for a while.
    """
    own_clock = clock.name()
    failures, size = 0, BATCH
    while True:
        await outbox.filled.wait()
        events, began = outbox.batch(size), clock.monotonic()
        message = wire.EventBatch(source=source, boot=boot, clock=own_clock, sent_at=began, events=events)
        try:
            answer = await endpoint.call(wire.EVENTS, controller, message, peer="controller")
        except PeerRefused as error:
            if error.answer_code != _MALFORMED:
                failures = await _pause(failures, began, error, state)
            elif len(events) > 1:  # one by one, to find which
                size = 1
            else:  # it will never be taken: keeping it would block all that follow
                log.error("event refused", extra=about(why=str(error), event=events[0].kind))
                outbox.acknowledge(events[0].n)
                outbox.dropped += 1
                size = BATCH
        except PeerSilent as error:
            failures = await _pause(failures, began, error, state)
        else:
            outbox.acknowledge(answer.upto)
            failures = 0
            size = size if len(outbox) else BATCH
            state(None)


async def _pause(failures: int, began: float, error: Exception, state: Callable[[str | None], None]) -> int:
    state(f"events wait for the controller: {error}")
    if failures == 0:
        log.warning("events not delivered, trying again", extra=about(why=str(error)))
    await asyncio.sleep(pause_s(failures + 1, clock.monotonic() - began))
    return failures + 1
