"""The GPIO daemon as gpiozero's pigpio client meets it: 16-byte commands, a stream of notifications, a Unix socket or TCP.

    python -m swarm.doubles.pigpiod --socket /run/nanoswarm/gpio/pigpiod.sock --port 8888 < levels

A line on stdin is `GPIO4 1`; one on stdout, as `GPIO17 0.50`, says what an LED there shows from now on. Written from
pigpio's description of its socket interface. Like the real one it lets every client use every line, also one that another
uses, and lights what a client that was killed has lit until somebody puts it out.
"""

import argparse
import asyncio
import contextlib
import re
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

MODES, MODEG, PUD, READ, WRITE, PWM, PRS, PFS = range(8)
BR1, TICK, HWVER, NB, NC, PRG, PFG, PIGPV, GDC, FG, NOIB = 10, 16, 17, 19, 21, 22, 23, 26, 83, 97, 99
BAD_GPIO, BAD_LEVEL, BAD_HANDLE, NOT_PERMITTED, UNKNOWN_COMMAND = -3, -5, -25, -41, -88
PI_3B_PLUS = 0xA020D3
LINES = 28  # on the header of a Pi
_COMMAND = struct.Struct("<IIIi")
_NOTE = struct.Struct("<HHII")


class Pigpiod:
    """`drive` is the wire from a sensor, `lit` what an LED on a line would show, 0 to 1."""

    def __init__(self, taken: frozenset[int] = frozenset(), revision: int = PI_3B_PLUS):
        self.taken = taken  # lines that the daemon was told to leave alone
        self.hangs = False
        self.writes = 0
        self.when_lit: Callable[[int, float], object] = lambda line, share: None
        self._shown: dict[int, float] = {}
        self._revision = revision
        self._levels = 0
        self._modes = dict.fromkeys(range(LINES), 0)
        self._duty: dict[int, int] = {}
        self._range: dict[int, int] = {}
        self._frequency: dict[int, int] = {}
        self._listeners: dict[int, asyncio.StreamWriter] = {}  # handle -> who is told
        self._watched: dict[int, int] = {}  # handle -> bits
        self._servers: list[asyncio.Server] = []
        self._clients: set[asyncio.StreamWriter] = set()
        self._told = 0
        self._answers: dict[int, Callable[[int, int], int]] = {
            MODES: self._set_mode,
            MODEG: lambda line, _: self._modes.get(line, BAD_GPIO),
            PUD: lambda line, _: 0 if line in self._modes else BAD_GPIO,
            READ: lambda line, _: self._levels >> line & 1 if line in self._modes else BAD_GPIO,
            WRITE: self._write,
            PWM: self._set_duty,
            PRS: lambda line, most: self._kept(self._range, line, most),
            PFS: lambda line, hertz: self._kept(self._frequency, line, hertz),
            PRG: lambda line, _: self._range.get(line, 255),
            PFG: lambda line, _: self._frequency.get(line, 800),
            GDC: lambda line, _: self._duty.get(line, 0),
            FG: lambda line, _: 0 if line in self._modes else BAD_GPIO,
            BR1: lambda _, __: self._levels,
            TICK: lambda _, __: _tick(),
            HWVER: lambda _, __: self._revision,
            PIGPV: lambda _, __: 79,
            NB: self._watch,
            NC: self._forget,
        }

    async def start(self, socket: Path | None = None, host: str = "127.0.0.1", port: int | None = None) -> int:
        """Listen; the TCP port, which is any free one for 0, and 0 without one."""
        if socket is not None:
            with contextlib.suppress(FileNotFoundError):
                await asyncio.to_thread(socket.unlink)  # of one that was killed
            self._servers.append(await asyncio.start_unix_server(self._serve, socket))
        if port is None:
            return 0
        server = await asyncio.start_server(self._serve, host, port)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def kill(self) -> None:
        """A sudden death: every connection is gone."""
        loop = asyncio.get_running_loop()
        for server in self._servers:
            for listening in server.sockets:
                loop.remove_reader(listening.fileno())
        for _ in range(3):  # who is at the door comes in first: asyncio drops them unclosed if it is shut just then
            await asyncio.sleep(0)
        for server in self._servers:
            server.close()
        self._servers.clear()
        for client in tuple(self._clients):
            client.transport.abort()
        await asyncio.sleep(0)

    def drive(self, line: int, level: bool) -> None:
        """The level of an input, from outside; who watches it is told, as of this moment."""
        before = self._levels
        self._levels = before | 1 << line if level else before & ~(1 << line)
        if self._levels == before or self.hangs:
            return
        for handle, bits in self._watched.items():
            if bits >> line & 1 and handle in self._listeners:
                self._listeners[handle].write(_NOTE.pack(self._told & 0xFFFF, 0, _tick(), self._levels))
                self._told += 1

    def lit(self, line: int) -> float:
        if line in self._duty:
            return self._duty[line] / self._range.get(line, 255)
        return float(self._modes.get(line) == 1 and self._levels >> line & 1)

    def mode(self, line: int) -> int:
        """0 for an input, 1 for an output."""
        return self._modes[line]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients.add(writer)
        try:
            while command := await reader.readexactly(_COMMAND.size):
                number, first, second, _ = _COMMAND.unpack(command)
                if self.hangs:
                    continue
                result = self._open(writer) if number == NOIB else self._answered(number, first, second)
                writer.write(command[:12] + struct.pack("<I", result & 0xFFFFFFFF))
                self._show(first)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._clients.discard(writer)
            for handle in [handle for handle, who in self._listeners.items() if who is writer]:
                self._forget(handle, 0)
            writer.close()

    def _show(self, line: int) -> None:
        share = self.lit(line) if line in self._modes else 0.0
        if share != self._shown.get(line, 0.0):
            self._shown[line] = share
            self.when_lit(line, share)

    def _answered(self, number: int, first: int, second: int) -> int:
        answer = self._answers.get(number)
        return UNKNOWN_COMMAND if answer is None else answer(first, second)

    def _open(self, writer: asyncio.StreamWriter) -> int:
        handle = next(free for free in range(32) if free not in self._listeners)
        self._listeners[handle] = writer
        return handle

    def _watch(self, handle: int, bits: int) -> int:
        if handle not in self._listeners:
            return BAD_HANDLE
        self._watched[handle] = bits
        return 0

    def _forget(self, handle: int, _: int) -> int:
        self._watched.pop(handle, None)
        return 0 if self._listeners.pop(handle, None) is not None else BAD_HANDLE

    def _set_mode(self, line: int, mode: int) -> int:
        if line not in self._modes:
            return BAD_GPIO
        if line in self.taken:
            return NOT_PERMITTED
        self._modes[line] = mode
        return 0

    def _write(self, line: int, level: int) -> int:
        if line not in self._modes or level not in (0, 1):
            return BAD_GPIO if line not in self._modes else BAD_LEVEL
        self._modes[line] = 1
        self._duty.pop(line, None)
        self.writes += 1
        self._levels = self._levels | 1 << line if level else self._levels & ~(1 << line)
        return 0

    def _set_duty(self, line: int, duty: int) -> int:
        if line not in self._modes:
            return BAD_GPIO
        self._modes[line], self._duty[line] = 1, duty
        self.writes += 1
        return 0

    def _kept(self, values: dict[int, int], line: int, value: int) -> int:
        if line not in self._modes:
            return BAD_GPIO
        values[line] = value
        return value


def _tick() -> int:
    """Microseconds, in 32 bits."""
    return time.monotonic_ns() // 1000 & 0xFFFFFFFF


async def _main(socket: Path | None, port: int | None) -> None:
    daemon = Pigpiod()
    daemon.when_lit = lambda line, share: print(f"GPIO{line} {share:.2f}", flush=True)
    await daemon.start(socket, port=port)
    while line := await asyncio.to_thread(sys.stdin.readline):
        said = re.fullmatch(r"GPIO([0-9]{1,2}) ([01])", line.strip())
        if said is None or int(said[1]) >= LINES:
            sys.stderr.write(f"no level, left out: {line.strip()[:80]} (it is like: GPIO4 1)\n")
        else:
            daemon.drive(int(said[1]), said[2] == "1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A double of the GPIO daemon; levels as lines on stdin.")
    parser.add_argument("--socket", type=Path)
    parser.add_argument("--port", type=int)
    asked = parser.parse_args()
    if asked.socket is None and asked.port is None:
        parser.error("--socket or --port, or both")
    asyncio.run(_main(asked.socket, asked.port))
