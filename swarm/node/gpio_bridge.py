"""The GPIO daemon where pigpiod does not run, as on a Pi 5: pigpio's socket protocol over the kernel's own lines.

    python3 gpio_bridge.py --socket /run/nanoswarm/gpio/pigpiod.sock

One file without the kit, as `nanoswarm node prepare` puts it on a node by itself; python3-lgpio is all it needs there. It
speaks what gpiozero's client uses and refuses the rest. Unlike pigpiod it gives a line to one client at a time, and puts out
what a client has lit that is gone. Written from pigpio's description of its socket interface.
"""

import argparse
import asyncio
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

MODES, MODEG, PUD, READ, WRITE, PWM, PRS, PFS = range(8)
BR1, TICK, HWVER, NB, NC, PRG, PFG, PIGPV, GDC, FG, NOIB = 10, 16, 17, 19, 21, 22, 23, 26, 83, 97, 99
BAD_GPIO, BAD_MODE, BAD_LEVEL, BAD_PUD, BAD_DUTY = -3, -4, -5, -6, -8
BAD_HANDLE, NOT_PERMITTED, UNKNOWN_COMMAND = -25, -41, -88
LINES = 28  # on the header of a Pi
VERSION = 79  # of pigpio, whose protocol this is
_COMMAND, _NOTE = struct.Struct("<IIIi"), struct.Struct("<HHII")
_BACKLOG = 1 << 16  # bytes of notifications that a client may leave unread before it is let go


class Lines(Protocol):
    """The kernel's half. OSError when a line is somebody else's."""

    def listen(self, line: int, pull: int, changed: Callable[[int, int], object]) -> None:
        """Make it an input; `changed` is called with line and level, from any thread. `pull`: 0 none, 1 down, 2 up."""

    def drive(self, line: int, level: int) -> None:
        """Make it an output, and set it."""

    def pulse(self, line: int, hertz: int, share: float) -> None:
        """The same, on for `share` of the time."""

    def read(self, line: int) -> int: ...

    def free(self, line: int) -> None: ...


class LgpioLines:
    """Over /dev/gpiochipN by lgpio. It needs a Pi: no test runs it, and so it decides nothing."""

    def __init__(self) -> None:
        import lgpio  # type: ignore[import-not-found,unused-ignore]

        self._lgpio = lgpio
        self._chip = self._header()
        self._callbacks: dict[int, Any] = {}
        self._driven: set[int] = set()

    def _header(self) -> int:
        """The chip that the header's lines are on: its number differs between kernels, its label does not."""
        for number in range(16):
            try:
                chip = self._lgpio.gpiochip_open(number)
            except self._lgpio.error:
                continue
            if str(self._lgpio.gpio_get_chip_info(chip)[3]).startswith("pinctrl-"):
                return int(chip)
            self._lgpio.gpiochip_close(chip)
        raise OSError("no /dev/gpiochip* with a Pi's header can be opened; is this user of group gpio?")

    def listen(self, line: int, pull: int, changed: Callable[[int, int], object]) -> None:
        self.free(line)
        flags = (self._lgpio.SET_PULL_NONE, self._lgpio.SET_PULL_DOWN, self._lgpio.SET_PULL_UP)[pull]
        self._call(self._lgpio.gpio_claim_alert, line, self._lgpio.BOTH_EDGES, flags)
        told = lambda _chip, gpio, level, _at: changed(gpio, level)  # noqa: E731
        self._callbacks[line] = self._lgpio.callback(self._chip, line, self._lgpio.BOTH_EDGES, told)

    def drive(self, line: int, level: int) -> None:
        if line in self._driven:
            self._call(self._lgpio.tx_pwm, line, 0, 0)  # the pulses end
            self._call(self._lgpio.gpio_write, line, level)
            return
        self.free(line)
        self._call(self._lgpio.gpio_claim_output, line, level)
        self._driven.add(line)

    def pulse(self, line: int, hertz: int, share: float) -> None:
        self._call(self._lgpio.tx_pwm, line, min(hertz, 10_000), 100 * share)

    def read(self, line: int) -> int:
        return int(self._call(self._lgpio.gpio_read, line))

    def free(self, line: int) -> None:
        self._driven.discard(line)
        told = self._callbacks.pop(line, None)
        if told is not None:
            told.cancel()
        try:
            self._lgpio.gpio_free(self._chip, line)
        except self._lgpio.error:
            return  # it was free

    def _call(self, work: Callable[..., Any], *words: Any) -> Any:
        try:
            return work(self._chip, *words)
        except self._lgpio.error as error:
            raise OSError(str(error)) from None


class Line:
    """One that a client has taken. Duties and ranges are kept as pigpio keeps them: 255 until said otherwise."""

    def __init__(self, owner: object):
        self.owner = owner
        self.mode, self.pull, self.level = 0, 0, 0
        self.duty, self.range, self.hertz = 0, 255, 800


class Bridge:
    """What clients say, carried out on `lines`."""

    def __init__(self, lines: Lines, revision: int, loop: asyncio.AbstractEventLoop):
        self._lines = lines
        self._loop = loop
        self._revision = revision
        self._taken: dict[int, Line] = {}
        self._levels = 0
        self._told = 0
        self._listeners: dict[int, asyncio.StreamWriter] = {}  # handle -> who is told
        self._watched: dict[int, int] = {}  # handle -> bits

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until it ends."""
        try:
            while True:
                command = await reader.readexactly(_COMMAND.size)
                number, first, second, more = _COMMAND.unpack(command)
                if more:
                    return  # none of ours is followed by anything
                result = self._open(writer) if number == NOIB else self._answered(writer, number, first, second)
                writer.write(command[:12] + struct.pack("<I", result & 0xFFFFFFFF))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._left(writer)
            writer.close()

    def _left(self, client: asyncio.StreamWriter) -> None:
        """Its lines are dark, and anybody's."""
        for handle in [handle for handle, who in self._listeners.items() if who is client]:
            self._forget(handle)
        for number in [number for number, line in self._taken.items() if line.owner is client]:
            line = self._taken.pop(number)
            try:
                if line.mode == 1:
                    self._lines.drive(number, 0)
                self._lines.free(number)
            except OSError:
                continue

    def _answered(self, client: object, number: int, first: int, second: int) -> int:
        if number in (BR1, TICK, HWVER, PIGPV):
            return {BR1: self._levels, TICK: _tick(), HWVER: self._revision, PIGPV: VERSION}[number]
        if number == NB:
            return self._watch(first, second)
        if number == NC:
            return self._forget(first)
        if first >= LINES:
            return BAD_GPIO
        acts = {MODES: self._mode, PUD: self._pull, WRITE: self._write, PWM: self._duty, PRS: self._range, PFS: self._hertz}
        act = acts.get(number)
        try:
            return self._asked(number, first) if act is None else self._act(client, act, first, second)
        except OSError:
            return NOT_PERMITTED

    def _asked(self, number: int, first: int) -> int:
        """What changes nothing, and is anybody's to ask."""
        line = self._taken.get(first, Line(None))
        if number == READ:
            return self._lines.read(first) if first in self._taken and not line.mode else line.level
        return {MODEG: line.mode, PRG: line.range, PFG: line.hertz, GDC: line.duty, FG: 0}.get(number, UNKNOWN_COMMAND)

    def _act(self, client: object, act: Callable[[int, Line, int], int], number: int, value: int) -> int:
        line = self._taken.get(number) or Line(client)
        if line.owner is not client:
            return NOT_PERMITTED
        result = act(number, line, value)
        if result >= 0:
            self._taken[number] = line
        return result

    def _mode(self, number: int, line: Line, mode: int) -> int:
        if mode not in (0, 1):
            return BAD_MODE
        if mode == 1 and (line.mode == 0 or number not in self._taken):
            self._lines.drive(number, 0)
            line.level = 0
        elif mode == 0 and (line.mode == 1 or number not in self._taken):
            self._lines.listen(number, line.pull, self._edge)
            self._note(number, self._lines.read(number))
        line.mode = mode
        return 0

    def _pull(self, number: int, line: Line, pull: int) -> int:
        if pull not in (0, 1, 2):
            return BAD_PUD
        if line.mode == 0 and pull != line.pull:
            self._lines.listen(number, pull, self._edge)
        line.pull = pull
        return 0

    def _write(self, number: int, line: Line, level: int) -> int:
        if level not in (0, 1):
            return BAD_LEVEL
        self._lines.drive(number, level)
        line.mode, line.level, line.duty = 1, level, 0
        return 0

    def _duty(self, number: int, line: Line, duty: int) -> int:
        if duty > line.range:
            return BAD_DUTY
        if line.mode != 1 or duty in (0, line.range):  # steady, and so without the work of pulses
            self._lines.drive(number, int(duty == line.range))
        if 0 < duty < line.range:
            self._lines.pulse(number, line.hertz, duty / line.range)
        line.mode, line.level, line.duty = 1, int(duty > 0), duty
        return 0

    def _range(self, _number: int, line: Line, most: int) -> int:
        line.range = max(25, min(most, 40_000))
        return line.range

    def _hertz(self, _number: int, line: Line, hertz: int) -> int:
        line.hertz = max(1, min(hertz, 8000))
        return line.hertz

    def _edge(self, number: int, level: int) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self._changed, number, level)

    def _changed(self, number: int, level: int) -> None:
        """Whoever watches that line hears of it, as of now."""
        if level in (0, 1) and self._note(number, level):
            for handle in [handle for handle, bits in self._watched.items() if bits >> number & 1]:
                self._tell(self._listeners[handle])

    def _tell(self, client: asyncio.StreamWriter) -> None:
        client.write(_NOTE.pack(self._told & 0xFFFF, 0, _tick(), self._levels))
        self._told += 1
        if client.transport.get_write_buffer_size() > _BACKLOG:
            client.transport.abort()

    def _note(self, number: int, level: int) -> bool:
        before = self._levels
        self._levels = before | 1 << number if level else before & ~(1 << number)
        return self._levels != before

    def _open(self, client: asyncio.StreamWriter) -> int:
        handle = next((free for free in range(32) if free not in self._listeners), None)
        if handle is None:
            return BAD_HANDLE
        self._listeners[handle] = client
        return handle

    def _watch(self, handle: int, bits: int) -> int:
        if handle not in self._listeners:
            return BAD_HANDLE
        self._watched[handle] = bits
        if self._levels & bits:  # clients go by the levels of their start, and no line could be read by then
            self._tell(self._listeners[handle])
        return 0

    def _forget(self, handle: int) -> int:
        self._watched.pop(handle, None)
        return 0 if self._listeners.pop(handle, None) is not None else BAD_HANDLE


def _tick() -> int:
    """Microseconds, in 32 bits."""
    return time.monotonic_ns() // 1000 & 0xFFFFFFFF


async def listen(socket: Path, lines: Lines, revision: int) -> asyncio.Server:
    """Serve whoever may write to the socket: its owner and its group."""
    await asyncio.to_thread(socket.unlink, missing_ok=True)  # of one that was killed
    bridge = Bridge(lines, revision, asyncio.get_running_loop())
    server = await asyncio.start_unix_server(bridge.serve, socket)
    await asyncio.to_thread(socket.chmod, 0o660)
    return server


async def _main(socket: Path) -> None:
    revision = Path("/proc/device-tree/system/linux,revision")  # what gpiozero knows the board by
    server = await listen(socket, LgpioLines(), int.from_bytes(await asyncio.to_thread(revision.read_bytes), "big"))
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="The GPIO daemon of a Pi where pigpiod does not run.")
    parser.add_argument("--socket", type=Path, default=Path("/run/nanoswarm/gpio/pigpiod.sock"))
    asyncio.run(_main(parser.parse_args().socket))
