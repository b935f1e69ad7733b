"""Tell the controller who and where this instance is, again and again (the idea of RFC 9176's registrations)."""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from nanoservices import clock, wire
from nanoservices.errors import PeerError
from nanoservices.log import about
from nanoservices.pacing import pause_s

if TYPE_CHECKING:  # the process module imports this one
    from nanoservices.process import Process

log = logging.getLogger(__name__)

FIRST_LEASE_S = 30.0


async def announce(process: "Process[Any]") -> None:
    """Announce at once, whenever readiness changes, and every `announce_s`; sooner again after a failure."""
    failures, process.leased_until = 0, clock.monotonic() + FIRST_LEASE_S
    while True:
        process.readiness_changed.clear()
        began = clock.monotonic()
        try:
            lease: wire.Lease = await process.endpoint.call(
                wire.ANNOUNCE, process.settings.controller, _announcement(process), peer="controller"
            )
            failures, process.leased_until = 0, began + lease.lease_s
            if process.when_leased is not None:
                process.when_leased()
            process.problem("controller", None)
        except PeerError as error:
            if failures == 0:
                log.warning("not announced, trying again", extra=about(why=str(error)))
            failures += 1
            process.problem("controller", str(error))
        wait_s = pause_s(failures, clock.monotonic() - began) if failures else process.settings.announce_s
        try:
            async with asyncio.timeout(wait_s):
                await process.readiness_changed.wait()
        except TimeoutError:
            pass


def _announcement(process: "Process[Any]") -> wire.Announcement:
    why_not = tuple(text for name, text in process.problems.items() if name != "controller")
    return wire.Announcement(
        word=process.word,
        node=process.settings.node,
        boot=process.boot,
        ready=not why_not,
        zone=process.zone,
        uri=process.settings.announce_uri,
        why_not=why_not[:16],
    )
