"""Waiting in tests for what others bring about."""

import asyncio
from collections.abc import Callable


async def until(holds: Callable[[], bool]) -> None:
    """Let the loop turn until `holds`; a test that waits in vain fails after 5 s."""
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110  a test may look at what has no event of its own
            await asyncio.sleep(0.001)
