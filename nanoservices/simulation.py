"""The device side of the simulated world: a room to try without any hardware, chosen by a setting.

One Unix stream socket per device, one JSON object per line. The device begins with {"node", "word"}; then

    world to device:  {"pin": "GPIO4", "value": 1}            a line of this node has changed
                      {"advert": {"address", "rssi", "services": {uuid: hex}, "manufacturer": {id: hex}}}
    device to world:  {"leds": [[r, g, b], ...], "at": s}     what the strip shows, 0..255, monotonic seconds
                      {"radio": true}                         adverts reach a device only while its radio is on
"""

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nanoservices import payload
from nanoservices.errors import PayloadError, SettingsError
from nanoservices.log import about

log = logging.getLogger(__name__)

RETRY_S = 0.2


class World:
    """A device's line to the world. `heard` gets each message; `state` is told what is wrong (None: nothing)."""

    def __init__(self, path: Path | None, node: str, word: str, heard: Callable[[dict[str, Any]], None]):
        if path is None:
            raise SettingsError(["NANO_WORLD: is missing (the simulated world's socket, as a device is simulated)"])
        self._path = path
        self._hello = {"node": node, "word": word}
        self._heard = heard
        self._writer: asyncio.StreamWriter | None = None
        self._last: dict[str, dict[str, Any]] = {}

    def say(self, **message: Any) -> None:
        """Tell the world; the newest of each kind is repeated when the line comes back."""
        self._last[next(iter(message))] = message
        if self._writer is not None:
            self._writer.write(json.dumps(message).encode() + b"\n")

    async def live(self, state: Callable[[str | None], None]) -> None:
        """Keep the line up, for ever."""
        while True:
            try:
                reader, self._writer = await asyncio.open_unix_connection(str(self._path))
            except OSError as error:
                state(f"the simulated world at {self._path} does not answer: {error.strerror}")
                await asyncio.sleep(RETRY_S)
                continue
            self._writer.write(json.dumps(self._hello).encode() + b"\n")
            for message in self._last.values():
                self._writer.write(json.dumps(message).encode() + b"\n")
            state(None)
            await self._read(reader)
            state(f"the line to the simulated world at {self._path} broke")
            await asyncio.sleep(RETRY_S)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                self._take(line)
        except (OSError, ValueError) as error:  # ValueError: a line without an end
            log.warning("nothing can be read from the simulated world", extra=about(why=str(error)))
        finally:
            if self._writer is not None:
                self._writer.close()
            self._writer = None

    def _take(self, line: bytes) -> None:
        try:
            message = payload.parsed(line)
        except PayloadError:
            message = None
        if isinstance(message, dict):
            self._heard(message)
        else:
            log.warning("the simulated world said what is no JSON object; ignored")
