"""Times between hosts that share no clock: monotonic seconds, and the name of the boot they count from."""

import time
from pathlib import Path

MOST_AGE_S = 604_800.0  # a week: an event may have waited in an outbox, but not for ever
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def monotonic() -> float:
    """Seconds that only grow, equal for every process and container of one host (CLOCK_MONOTONIC)."""
    return time.monotonic()


def name() -> str:
    """The clock that `monotonic` reads: the kernel's boot id, shortened. Containers of one host share it."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()[:18]
    except OSError:
        return f"unnamed-{time.time_ns() - time.monotonic_ns()}"  # no /proc: right for this process only


def here(at: float, clock: str, sent_at: float, own_clock: str, now: float) -> float:
    """The sender's time `at` on our clock; across hosts it is late by the message's time on the wire.

    Never later than `now`, nor longer ago than MOST_AGE_S: from such a time no calendar could be told.
    """
    there = at if clock == own_clock else now - max(0.0, sent_at - at)
    return max(min(there, now), now - MOST_AGE_S)
