"""The way to the GPIO daemon of this node's host, for the devices that use gpiozero's pigpio client."""

import asyncio
from typing import Any

from nanoservices.errors import Unavailable

REACH_S = 3.0


async def connect(host: str, port: int) -> Any:
    """gpiozero's pin factory. Unavailable, saying what to look at, when the daemon does not answer.

    Tried with a bound of our own first: pigpio's own attempt has none, and prints a page when it fails.
    """
    try:
        async with asyncio.timeout(REACH_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, UnicodeError) as error:  # TimeoutError is one of the first; a host that is no name of the second
        why = str(error) or "no answer"
        raise Unavailable(f"the GPIO daemon at {host}:{port} does not answer ({why}); is pigpiod running?") from None
    writer.close()
    from gpiozero.pins.pigpio import PiGPIOFactory

    try:
        return PiGPIOFactory(host, port)
    except Exception as error:  # what gpiozero and pigpio raise has no nearer ancestor
        raise Unavailable(f"the GPIO daemon at {host}:{port} cannot be used: {error}") from None
