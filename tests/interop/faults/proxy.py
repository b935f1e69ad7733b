"""Bad lines between real processes: a UDP proxy that loses, doubles, holds back and cuts off, as fate.py has it.

    proxy = Proxy(seed=1, weather=FOUL)
    line = proxy.line("presence@pi-1 to controller", "coap://127.0.0.1:23000")
    ...                                # let the peer use line.uri as the controller's address
    line.go_out()                      # an outage, until it comes back
    proxy.close()

Every sender is shown to the target under an address of its own, which stays the same; answers go back where they belong.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from functools import partial

from tests.interop.faults.fate import FAIR, Fates, Tally, Weather

MOST_BYTES = 65_536
_AT_ONCE = 64
_ROOM = 1 << 20  # what the kernel keeps for us while we are busy: only fate loses here

Address = tuple[str, int]


def _nothing(_: bytes) -> bool:
    return False


class Line:
    """What is sent to `uri` arrives at the target, in the line's `weather`. `swallows` picks datagrams that never do."""

    def __init__(self, name: str, target: Address, weather: Weather, seed: int):
        self.weather = weather
        self._is_out = False
        self.swallows: Callable[[bytes], bool] = _nothing
        self._there, self._back = (Fates(f"{seed}/{name}/{way}") for way in ("there", "back"))
        self._target = target
        self._loop = asyncio.get_running_loop()
        self._front = self._bound(0)
        self._port: int = self._front.getsockname()[1]
        self._shown: dict[Address, socket.socket] = {}

    @property
    def uri(self) -> str:
        return f"coap://127.0.0.1:{self._port}"

    @property
    def tally(self) -> Tally:
        return self._there.tally + self._back.tally

    def _bound(self, port: int) -> socket.socket:
        front = _socket()
        front.bind(("127.0.0.1", port))
        self._loop.add_reader(front, self._from_sender)
        return front

    def go_out(self) -> None:
        """An outage: everything is lost, and nobody is told."""
        self._is_out = True

    def come_back(self) -> None:
        self._is_out = False

    def shut(self) -> None:
        """Nobody listens at `uri` any more: the kernel tells whoever sends there (ICMP port unreachable)."""
        if self._front.fileno() >= 0:
            self._loop.remove_reader(self._front)
            self._front.close()

    def reopen(self) -> None:
        self._front = self._bound(self._port)

    def _from_sender(self) -> None:
        for data, sender in _read(self._front):
            back = self._shown.get(sender) or self._show(sender)
            self._pass(data, self._there, partial(_send, back, data))

    def _show(self, sender: Address) -> socket.socket:
        back = self._shown[sender] = _socket()
        back.connect(self._target)
        self._loop.add_reader(back, self._from_target, back, sender)
        return back

    def _from_target(self, back: socket.socket, sender: Address) -> None:
        for data, _ in _read(back):
            self._pass(data, self._back, partial(self._answer, data, sender))

    def _answer(self, data: bytes, sender: Address) -> None:
        _send(self._front, data, sender)

    def _pass(self, data: bytes, fates: Fates, send: Callable[[], None]) -> None:
        for after_s in fates.next(self.weather, out=self._is_out or self.swallows(data)):
            if after_s > 0:
                self._loop.call_later(after_s, send)
            else:
                send()

    def close(self) -> None:
        for back in self._shown.values():
            self._loop.remove_reader(back)
            back.close()
        self.shut()


class Proxy:
    """Lines that end together."""

    def __init__(self, seed: int = 1, weather: Weather = FAIR):
        self._seed, self._weather = seed, weather
        self.lines: list[Line] = []

    def line(self, name: str, target: str) -> Line:
        """A line to the coap:// address `target`. The same name meets the same fates in every run."""
        host, _, port = target.removeprefix("coap://").partition(":")
        self.lines.append(Line(name, (host, int(port)), self._weather, self._seed))
        return self.lines[-1]

    def become(self, weather: Weather) -> None:
        """Of all lines, also those to come."""
        self._weather = weather
        for line in self.lines:
            line.weather = weather

    @property
    def tally(self) -> Tally:
        return sum((line.tally for line in self.lines), Tally())

    def close(self) -> None:
        for line in self.lines:
            line.close()


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
    return made


def _read(source: socket.socket) -> list[tuple[bytes, Address]]:
    found: list[tuple[bytes, Address]] = []
    with contextlib.suppress(OSError):  # no more of them; or the target does not listen, which is for it to be
        while len(found) < _AT_ONCE:
            found.append(source.recvfrom(MOST_BYTES))
    return found


def _send(source: socket.socket, data: bytes, *to: Address) -> None:
    with contextlib.suppress(OSError):  # closed meanwhile, or nobody listens: lost, as on any network
        if to:
            source.sendto(data, *to)
        else:
            source.send(data)
