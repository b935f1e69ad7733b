"""The first thing a service does: answer `--health`, or get ready to be small.

`python -m nanoservices.<word> --health`: is the service on this port alive?

A CoAP ping (an empty confirmable message, RFC 7252 section 4.3) is answered with a reset by any live CoAP endpoint whose
loop turns. It says nothing about readiness: a container is replaced when this fails, and a dead peer must not do that.
It runs again and again on a Pi, so it imports nothing beyond the C socket module: 12 ms instead of 60.

`--health --patient` is for an engine's health check, which has one interval for all of a container's life (Docker < 25) and
whose price is the engine's: a process in a container costs it three times what the probe itself does. So the interval is
short, as a service's name is unknown to the others until the first check has passed, and the probe takes its time: it
waits for a service that is starting, and for one that has been there for long it rests before it asks.
"""

import gc
import sys

_PING = b"\x40\x00\x4e\x4e"  # version 1, CON, no token; code 0.00; message id
_RESET = b"\x70\x00\x4e\x4e"
_WAIT_S = 2.0
_START_S, _AGAIN_S = 10.0, 0.05  # how long a patient one waits for an answer, and how often it asks meanwhile
_YOUNG_S, _REST_S = 5.0, 20.0  # one that young is asked at once; an older one after a rest as long as it is older


def exit_if_asked() -> None:
    """Answer `--health` and leave, before the service's main imports anything; else go on, without OpenSSL."""
    if "--health" in sys.argv[1:]:
        sys.exit(_probe("--patient" in sys.argv[1:]))
    _leave_out_openssl()
    if sys._getframe(1).f_globals.get("__name__") == "__main__":  # not where a test imports a service
        gc.disable()  # nothing that is imported is garbage; process.py turns it on again


def _leave_out_openssl() -> None:
    """No service speaks TLS, but asyncio and hashlib load OpenSSL where they find it: 4.4 MB of memory in every one of six
    services. Both do without it when it cannot be imported; hashes then come from Python's own C code."""
    for name in ("ssl", "_hashlib"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]


def _probe(is_patient: bool) -> int:
    import os
    import time

    host = os.environ.get("NANO_BIND", "0.0.0.0")
    port = os.environ.get("NANO_PORT", "5683")
    if is_patient:
        time.sleep(_rest_s(_uptime_s()))
    until = time.monotonic() + (_START_S if is_patient else 0)
    while why := _not_alive(host, port):
        if time.monotonic() >= until:
            sys.stderr.write(f"not alive: {why}\n")
            return 1
        time.sleep(_AGAIN_S)
    return 0


def _not_alive(host: str, port: str) -> str:
    """Why not; nothing when it is."""
    import _socket

    probe = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    try:
        probe.settimeout(_WAIT_S)
        probe.connect(("127.0.0.1" if host == "0.0.0.0" else host, int(port)))
        probe.send(_PING)
        answer = probe.recv(16)
    except (OSError, ValueError, OverflowError) as error:  # the last is a port above 65535
        return f"nothing answers a CoAP ping at {host}:{port} ({error})"
    finally:
        probe.close()
    return "" if answer == _RESET else f"{host}:{port} answers a CoAP ping with {answer.hex()}, not with a reset"


def _rest_s(uptime_s: float) -> float:
    """In its first minute a container is asked six times, later three times a minute."""
    return min(_REST_S, max(0.0, uptime_s - _YOUNG_S))


def _uptime_s() -> float:
    """Since the container began: its first process counts from the machine's boot, in ticks (proc(5), field 22)."""
    import os

    with open("/proc/1/stat") as stat, open("/proc/uptime") as uptime:  # noqa: PTH123  # pathlib would cost more than all this
        begun_s = int(stat.read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
        return float(uptime.read().split()[0]) - begun_s
