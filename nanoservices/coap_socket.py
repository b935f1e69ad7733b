"""One UDP socket over IPv4, many peers: datagrams as they come, and what ICMP says of those that did not arrive.

IPv4 only: a container has no IPv6 by default, and binding to it fails there. Answers leave from the address that the
request was sent to, as RFC 7252 section 5.3.2 wants, also on a host with several addresses.
"""

import asyncio
import errno
import socket
import struct
from collections.abc import Callable
from typing import Any

from nanoservices.coap_memory import Address
from nanoservices.errors import PortTaken

MOST_BYTES = 4096  # ours are below 1,200; of a longer one enough is read to refuse it
_AT_ONCE = 16  # datagrams before the loop's other work gets its turn
_IP_PKTINFO, _IP_RECVERR = 8, 11  # <linux/in.h>; Python has no names for them
_ROOM = socket.CMSG_SPACE(12)
_ERROR_ROOM = socket.CMSG_SPACE(64)

Local = list[tuple[int, int, bytes]]  # which address of ours it is about, as the kernel tells it and wants it told
Received = Callable[[bytes, Address, Local, bool], None]
Failed = Callable[[OSError, Address], None]


class Socket:
    """Calls `received(datagram, peer, local, whole)` and `failed(error, peer)`."""

    def __init__(self, bind: str, port: int, received: Received, failed: Failed):
        self._received = received
        self._failed = failed
        self._loop = asyncio.get_running_loop()
        self._socket = _bound(bind, port)
        self._loop.add_reader(self._socket, self._readable)

    def send(self, datagram: bytes, peer: Address, local: Local) -> None:
        """Send, or lose it as the network might."""
        for _ in range(2):
            try:
                self._socket.sendmsg((datagram,), local, 0, peer)
                return
            except BlockingIOError:
                return
            except OSError as error:  # may be the news of an earlier datagram to somebody else: once more
                problem = error
        self._loop.call_soon(self._failed, problem, peer)

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._socket.close()

    def _readable(self) -> None:
        for count in range(_AT_ONCE):
            try:
                datagram, told, flags, peer = self._socket.recvmsg(MOST_BYTES, _ROOM)
            except BlockingIOError:
                if count == 0:  # woken for what ICMP said
                    self._read_errors()
                return
            except OSError:
                self._read_errors()
            else:
                self._received(datagram, peer, _answering(told), not flags & socket.MSG_TRUNC)
            if self._socket.fileno() < 0:  # closed by what it was given
                return

    def _read_errors(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                _, told, _, peer = self._socket.recvmsg(0, _ERROR_ROOM, socket.MSG_ERRQUEUE)
            except OSError:
                return
            for level, kind, data in told:
                if (level, kind) == (socket.IPPROTO_IP, _IP_RECVERR):
                    number = struct.unpack_from("=I", data)[0]
                    self._failed(OSError(number, errno.errorcode.get(number, str(number))), peer)


def _answering(told: list[Any]) -> Local:
    """The address a datagram came to, in the form that makes an answer leave from there."""
    for level, kind, data in told:
        if kind == _IP_PKTINFO and level == socket.IPPROTO_IP:
            return [(level, kind, b"\0\0\0\0" + data[4:8] + b"\0\0\0\0")]
    return []


def _bound(bind: str, port: int) -> socket.socket:
    """No address is shared with another process: a port that is taken is an error."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)
        opened.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        opened.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        opened.bind((bind, port))
    except (OSError, UnicodeError) as error:
        opened.close()
        if isinstance(error, socket.gaierror | UnicodeError):
            raise PortTaken(f"{bind} is not an IPv4 address; set NANO_BIND to one of this host") from None
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(f"UDP port {port} on {bind} is taken by another process; set NANO_PORT to a free one") from None
        raise PortTaken(f"cannot listen on UDP {bind}:{port}: {error.strerror}; check NANO_BIND and NANO_PORT") from None
    return opened
