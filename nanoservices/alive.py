"""The first thing a service does: answer `--health`, or get ready to be small.

`python -m nanoservices.<word> --health`: is the service on this port alive?

A CoAP ping (an empty confirmable message, RFC 7252 section 4.3) is answered with a reset by any live CoAP endpoint whose
loop turns. It says nothing about readiness: a container is replaced when this fails, and a dead peer must not do that.
It runs every few seconds on a Pi, so it imports nothing beyond the C socket module: 12 ms instead of 60.
"""

import gc
import sys

_PING = b"\x40\x00\x4e\x4e"  # version 1, CON, no token; code 0.00; message id
_RESET = b"\x70\x00\x4e\x4e"
_WAIT_S = 2.0


def exit_if_asked() -> None:
    """Answer `--health` and leave, before the service's main imports anything; else go on, without OpenSSL."""
    if "--health" in sys.argv[1:]:
        sys.exit(_probe())
    _leave_out_openssl()
    if sys._getframe(1).f_globals.get("__name__") == "__main__":  # not where a test imports a service
        gc.disable()  # nothing that is imported is garbage; process.py turns it on again


def _leave_out_openssl() -> None:
    """No service speaks TLS, but asyncio and hashlib load OpenSSL where they find it: 4.4 MB of memory in every one of six
    services. Both do without it when it cannot be imported; hashes then come from Python's own C code."""
    for name in ("ssl", "_hashlib"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]


def _probe() -> int:
    import _socket
    import os

    host = os.environ.get("NANO_BIND", "0.0.0.0")
    port = os.environ.get("NANO_PORT", "5683")
    try:
        probe = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
        probe.settimeout(_WAIT_S)
        probe.connect(("127.0.0.1" if host == "0.0.0.0" else host, int(port)))
        probe.send(_PING)
        answer = probe.recv(16)
    except (OSError, ValueError, OverflowError) as error:  # the last is a port above 65535
        sys.stderr.write(f"not alive: nothing answers a CoAP ping at {host}:{port} ({error})\n")
        return 1
    if answer != _RESET:
        sys.stderr.write(f"not alive: {host}:{port} answers a CoAP ping with {answer.hex()}, not with a reset\n")
        return 1
    return 0
