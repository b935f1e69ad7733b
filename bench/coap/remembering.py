"""Memory of our server while many requests come, each answered once and from ever new source ports."""

from typing import Any

from bench.coap import datagrams
from bench.coap.datagrams import Ask
from bench.coap.figures import growth
from bench.coap.load import Numbers, clients, drive
from bench.coap.running import Say, free_port, module, running

SAMPLES = 100
SETTLED = 10  # samples, a tenth of all: caches are full and every path was gone by then
MB = 1_000_000


def measure(requests: int, say: Say) -> dict[str, Any]:
    """Resident memory in MB after each hundredth of `requests`, and its growth from the tenth part on."""
    ask, numbers, port = Ask(datagrams.PATH), Numbers(), free_port()
    each = requests // SAMPLES
    with running(module("servers.ours", str(port)), port) as process:
        samples = [(0, process.rss_bytes() / MB)]
        for done in range(each, each * SAMPLES + 1, each):
            with clients(port) as sockets:
                drive(sockets, numbers.exchanges(ask, each), ask, "ours")
            samples.append((done, process.rss_bytes() / MB))
            if len(samples) % SETTLED == 1:
                say(f"memory, {done} of {requests} requests: {samples[-1][1]:.1f} MB")
    shown = [{"requests": at, "rss_mb": round(rss, 2)} for at, rss in samples[::SETTLED]]
    return {"requests": each * SAMPLES, "growth_mb": growth(samples, each * SETTLED), "samples": shown}
