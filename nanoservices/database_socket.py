"""A connected socket to a database, or an error, by a deadline; also when a name server does not answer."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

from nanoservices.database_address import Address

_LEAST_S = 0.001  # no time at all would be for ever
_lookups = ThreadPoolExecutor(1, "lookup")  # one that hangs keeps others waiting, and those give up


def opened(address: Address, deadline: float) -> socket.socket:
    """OSError (TimeoutError is one) when there is none until then (monotonic)."""
    if address.socket is not None:
        return _connected(socket.AF_UNIX, address.socket, deadline)
    found = _lookups.submit(socket.getaddrinfo, address.host, address.port, type=socket.SOCK_STREAM)
    try:
        places = found.result(_left(deadline))
    except TimeoutError:
        found.cancel()
        raise TimeoutError(f"the name {address.host} could not be looked up in time") from None
    failure: OSError = OSError(f"{address.host} has no address")
    for family, *_, where in places:
        try:
            made = _connected(family, where, deadline)
        except OSError as error:
            failure = error
        else:
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            return made
    raise failure


def _connected(family: int, where: object, deadline: float) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.settimeout(_left(deadline))
        made.connect(where)  # type: ignore[arg-type]  # what a family takes, getaddrinfo knows
    except BaseException:
        made.close()
        raise
    return made


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), _LEAST_S)
