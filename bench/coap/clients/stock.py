"""aiocoap's request as its guide has it, one context for all; the answer is left as bytes."""

import asyncio
import sys

import aiocoap

from bench.coap.clients import pace
from bench.coap.datagrams import ANSWER, PATH


async def main(uri: str) -> None:
    context = await aiocoap.Context.create_client_context(transports=["udp6"])

    async def call() -> None:
        answer = await context.request(aiocoap.Message(code=aiocoap.GET, uri=f"{uri}/{PATH}")).response
        assert answer.payload == ANSWER, f"another answer than the one that was sent: {answer.payload!r}"

    await pace.keep(call)
    await context.shutdown()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
