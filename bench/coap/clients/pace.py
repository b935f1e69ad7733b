"""Calls when it is told to: for every number that comes in, so many calls one after the other; their CPU goes out."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable


async def keep(call: Callable[[], Awaitable[object]]) -> None:
    """Until stdin ends. What goes out is user and system time of the whole process, all its threads, in nanoseconds."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        before = time.process_time_ns()
        for _ in range(int(line)):
            await call()
        print(time.process_time_ns() - before, flush=True)
