"""How long a tag is waited for, simulated: its advertising interval, what is lost, how weakly it is heard. Pure.

A tag advertises every interval plus 0 to 10 ms at random (Bluetooth Core, Vol 6 Part B, 4.4.2.2.1), on three channels of
which the radio listens on one; what arrives at -90 dBm and below is lost ever more often (a logistic curve, 50 % at -94).
A PIR's own delay is uniform from 0.1 to 1 s: modules differ, and no software changes it. The scan begins at a random moment.
"""

import math
from random import Random
from typing import Any

from bench.sensors.figures import spread

INTERVALS_MS = (100, 250, 500, 1000, 2000)
LOSSES = (0.0, 0.1, 0.3, 0.5)
STRENGTHS_DBM = (-60, -85, -92)
ADVERT_DELAY_MS = 10.0
PIR_S = (0.1, 1.0)
_MOST_ADVERTS = 1000


def lost(rssi_dbm: float, loss: float) -> float:
    """The share of adverts not heard."""
    return 1 - (1 - loss) / (1 + math.exp(-(rssi_dbm + 94)))


def wait_ms(interval_ms: float, loss: float, rssi_dbm: float, random: Random) -> float:
    """From the scan's beginning to the first advert that is heard."""
    at = random.uniform(0, interval_ms)
    for _ in range(_MOST_ADVERTS):
        if random.random() >= lost(rssi_dbm, loss):
            break
        at += interval_ms + random.uniform(0, ADVERT_DELAY_MS)
    return at


def sweep(software_ms: float, count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Each combination: the wait, and which of PIR, tag and our software takes most of the time on average."""
    random, rows = Random(seed), []
    for interval in INTERVALS_MS:
        for loss in LOSSES:
            for dbm in STRENGTHS_DBM:
                waits = [wait_ms(interval, loss, dbm, random) for _ in range(count)]
                pirs = [random.uniform(*PIR_S) * 1000 for _ in range(count)]
                hops = {"PIR": sum(pirs) / count, "tag": sum(waits) / count, "software": software_ms}
                whole = spread([wait + pir + software_ms for wait, pir in zip(waits, pirs, strict=True)])
                dominates = max(hops, key=lambda hop: hops[hop])
                about = {"interval_ms": interval, "loss": loss, "rssi_dbm": dbm, "dominates": dominates}
                rows.append(about | {"wait_ms": spread(waits), "whole_ms": whole})
    return rows
