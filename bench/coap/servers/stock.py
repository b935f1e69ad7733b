"""aiocoap as it comes: its own Site and Context, no setting but those it cannot run without, an answer made beforehand."""

import asyncio
import sys

import aiocoap
from aiocoap import resource

from bench.coap.datagrams import ANSWER, PATH


class Presence(resource.Resource):  # type: ignore[misc]
    async def render_get(self, _request: aiocoap.Message) -> aiocoap.Message:
        return aiocoap.Message(payload=ANSWER, content_format=50)


async def main(port: int) -> None:
    site = resource.Site()
    site.add_resource([PATH], Presence())
    # Kept in a variable: a context nobody holds is collected, and its socket with it.
    context = await aiocoap.Context.create_server_context(site, bind=("127.0.0.1", port), transports=["udp6"])
    await asyncio.Event().wait()
    await context.shutdown()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
