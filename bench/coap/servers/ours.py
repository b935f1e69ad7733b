"""Our door, as a service serves with it: a shape per answer, encoded each time; a shape per request, checked each time.

    python -m bench.coap.servers.ours [coroutine] PORT

With `coroutine` the handlers are coroutines, which a service needs where there is something to wait for.
"""

import asyncio
import gc
import sys

from nanoservices import wire
from nanoservices.coap import Endpoint, Handlers


def presence(_message: None, _sender: str) -> wire.Presence:
    return wire.Presence("entrance", "unknown", 12.345, "the sensor has not been read yet")


def events(message: wire.EventBatch, _sender: str) -> wire.Acknowledgement:
    return wire.Acknowledgement(message.events[-1].n)


async def presence_later(message: None, sender: str) -> wire.Presence:
    return presence(message, sender)


async def events_later(message: wire.EventBatch, sender: str) -> wire.Acknowledgement:
    return events(message, sender)


PLAIN: Handlers = {wire.PRESENCE: presence, wire.EVENTS: events}
COROUTINES: Handlers = {wire.PRESENCE: presence_later, wire.EVENTS: events_later}


async def main(port: int, handlers: Handlers) -> None:
    endpoint = Endpoint()
    await endpoint.open("127.0.0.1", port, handlers)
    gc.collect()
    gc.freeze()  # as nanoservices/process.py does
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[-1]), COROUTINES if "coroutine" in sys.argv else PLAIN))
