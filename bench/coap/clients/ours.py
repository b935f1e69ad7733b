"""Our door's call: the answer checked and made a shape."""

import asyncio
import gc
import sys

from bench.coap.clients import pace
from nanoservices import wire
from nanoservices.coap import Endpoint


async def main(uri: str) -> None:
    endpoint = Endpoint()
    await endpoint.open("127.0.0.1", 0, {})
    gc.collect()
    gc.freeze()  # as nanoservices/process.py does

    async def call() -> None:
        presence: wire.Presence = await endpoint.call(wire.PRESENCE, uri)
        assert presence.zone == "entrance", f"another answer than the one that was sent: {presence}"

    await pace.keep(call)
    await endpoint.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
