"""Asks the probers, which run on every node; each question has a connection of its own."""

import json
import socket
from typing import Any

from bench.swarm.prober import PORT
from swarm.errors import EngineError

PUBLISHED = 19683
SLACK_S = 5.0
GET_HEALTH = bytes.fromhex("40014e4fb66865616c7468")  # RFC 7252: CON, GET, /health; no token
PING = bytes.fromhex("40004e4e")  # section 4.3: an empty CON, answered with a reset


class NotSeen(EngineError):
    """What was waited for has not happened."""


def ask(address: str, within_s: float, **request: Any) -> Any:
    """What the prober at that node's address found. NotSeen says what it found instead."""
    asked = {**request, "within_s": within_s}
    try:
        with socket.create_connection((address, PUBLISHED), timeout=within_s + SLACK_S) as line:
            line.sendall(json.dumps(asked).encode() + b"\n")
            with line.makefile("rb") as answering:
                told = json.loads(answering.readline())
    except (OSError, ValueError) as error:
        raise EngineError(f"the prober at {address}:{PUBLISHED} (TCP {PORT} inside) does not answer: {error}") from None
    if not told["ok"]:
        raise NotSeen(f"not within {within_s:g} s: {json.dumps(asked)}; {told['found']}")
    return told["found"]
