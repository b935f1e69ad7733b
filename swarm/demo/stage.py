"""The world's own process side: devices of the services connect to its Unix socket, and people of the demo walk in it.

It speaks the other end of nanoservices/simulation.py. A line that begins with {"control": {"send", "zone"}} is not a
device but `nanoswarm demo send`; it gets one line back.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nanoservices import clock, payload
from swarm.demo.world import Outgoing, World

log = logging.getLogger(__name__)

MOST_UNREAD = 1_000_000  # a device that reads nothing shall not fill our memory

Control = Callable[[dict[str, Any]], dict[str, Any]]


class Stage:
    """Keeps the world's time, and its lines to the devices."""

    def __init__(self, world: World, control: Control):
        self._world = world
        self._control = control
        self._devices: dict[tuple[str, str], asyncio.StreamWriter] = {}
        self._lines: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}
        self._server: asyncio.Server | None = None
        self._clock: asyncio.Task[None] | None = None
        self._poke = asyncio.Event()

    async def open(self, path: Path) -> None:
        self._server = await asyncio.start_unix_server(self._serve, str(path))
        self._clock = asyncio.create_task(self._live())

    async def close(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
        if self._server is not None:
            self._server.close()
        for writer in self._lines:
            writer.close()
        await asyncio.gather(*(task for task in self._lines.values() if task is not None))

    def check(self) -> None:
        """Raise what has stopped the world's time, if something has."""
        if self._clock is not None and self._clock.done():
            self._clock.result()

    def poke(self) -> None:
        """Something has been done to the world: let it act at once."""
        self._poke.set()

    async def _live(self) -> None:
        while True:
            self._poke.clear()
            for message in self._world.step(clock.monotonic()):
                self._say(message)
            now = clock.monotonic()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self._world.wake_at(now) - now)):
                    await self._poke.wait()

    def _say(self, outgoing: Outgoing) -> None:
        writer = self._devices.get((outgoing.node, outgoing.word))
        if writer is not None and writer.transport.get_write_buffer_size() < MOST_UNREAD:
            writer.write(json.dumps(outgoing.message).encode() + b"\n")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines[writer] = asyncio.current_task()
        try:
            hello = await _line(reader)
            if hello is not None and isinstance(hello.get("control"), dict):
                writer.write(json.dumps(self._control(hello["control"])).encode() + b"\n")
                self.poke()
            elif hello is not None and {"node", "word"} <= hello.keys():
                await self._device(str(hello["node"]), str(hello["word"]), reader, writer)
        except (OSError, ValueError, TypeError) as error:
            log.warning("a line to the world broke: %s", error)
        finally:
            writer.close()
            self._lines.pop(writer, None)

    async def _device(self, node: str, word: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._devices[node, word] = writer
        for message in self._world.hello(node, word):
            self._say(message)
        try:
            while (message_in := await _line(reader)) is not None:
                self._heard(node, message_in)
                self.poke()
        finally:
            if self._devices.get((node, word)) is writer:  # a restarted one may have come already
                del self._devices[node, word]
                self._world.lost(node, word)

    def _heard(self, node: str, message: dict[str, Any]) -> None:
        if "radio" in message:
            self._world.radio(node, bool(message["radio"]))
        if isinstance(message.get("leds"), list):
            self._world.leds(node, message["leds"])


async def _line(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """The next message. ValueError when it is none."""
    line = await reader.readline()
    if not line:
        return None
    message = payload.parsed(line)
    if not isinstance(message, dict):
        raise ValueError(f"{line[:60]!r} is not an object")
    return message
