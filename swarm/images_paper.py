"""The sizes that were published for the prototype, to be printed beside ours. Data only.

Islam et al., "Docker Enabled Virtualized Nanoservices for Local IoT Edge Networks", Tables II to IV. MB as printed there.
Ours is compared variant by variant; `slim`, which the paper does not have, with its smallest, the multi-stage build.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """`base` and `unique` are None where the printed parts do not add up to the printed total."""

    total: float
    base: float | None = None
    unique: float | None = None
    writable: float | None = None  # MB; printed for the multi-stage build alone


OFFICIAL = {
    "auth": Published(778.7, 690.5, 88.18),
    "controller": Published(599.6, 557.3, 42.31),
    "presence": Published(599.6, 557.3, 42.34),
    "scanner": Published(609.8),
    "meeting": Published(612.2, 557.3, 54.94),
    "guidance": Published(404.7, 128.2, 276.5),
}
ALPINE = {
    "auth": Published(273.8, 86.98, 186.8),
    "controller": Published(184.6, 52.99, 131.6),
    "presence": Published(184.8, 52.99, 131.8),
    "scanner": Published(273.8, 52.99, 220.8),
    "meeting": Published(193.8, 52.99, 140.8),
    "guidance": Published(191.4, 52.99, 138.4),
}
MULTISTAGE = {
    "auth": Published(137.1, 86.98, 50.15, 2.3),
    "controller": Published(92.2, 52.99, 39.2, 1.55),
    "presence": Published(92.4, 52.99, 39.37, 1.54),
    "scanner": Published(93.7, 52.99, 40.72, 2.42),
    "meeting": Published(92.1, 52.99, 39.15, 1.55),
    "guidance": Published(73.9, 52.99, 20.9, 0.776),
}
BESIDE = {"official": OFFICIAL, "alpine": ALPINE, "multistage": MULTISTAGE, "slim": MULTISTAGE}


def published(word: str, variant: str) -> Published | None:
    """None for a service that the paper does not have."""
    return BESIDE.get(variant, {}).get(word)
