"""When to ask a peer again that did not answer. Pure.

Counted from the beginning of one try to that of the next: soon at first, and never so seldom that a peer that is back
goes unnoticed for half a second. A try that has waited for an answer sent all the while, and needs no rest after it.
"""

BETWEEN_S = (0.1, 0.2, 0.3)


def pause_s(failures: int, took_s: float) -> float:
    """Seconds to wait after `failures` tries in a row came to nothing, the last of which took `took_s`."""
    return max(0.0, BETWEEN_S[min(failures, len(BETWEEN_S)) - 1] - took_s)
