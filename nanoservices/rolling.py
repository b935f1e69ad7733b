"""The kit's own rolling id: what a tag says about itself in one minute, and nobody without its secret can foretell.

`token` is the first 8 bytes of HMAC-SHA256(secret, "nanoswarm-id-1" + counter), the counter being whole periods since 1970 as
8 bytes, big-endian. The simulated tags say it, `auth` recognises it. Pure.
"""

import hmac

PERIOD_S = 60
_CONTEXT = b"nanoswarm-id-1"
_LENGTH = 8


def counter(at_unix: float, period_s: float = PERIOD_S) -> int:
    """The number of the window that a unix time lies in."""
    return int(at_unix // period_s)


def token(secret: bytes, now_unix: float, period_s: float = PERIOD_S) -> str:
    """What the tag with this secret says now, in hex."""
    return token_of(secret, counter(now_unix, period_s))


def token_of(secret: bytes, window: int) -> str:
    """What the tag with this secret says in one window."""
    return hmac.digest(secret, _CONTEXT + window.to_bytes(8, "big", signed=True), "sha256")[:_LENGTH].hex()
