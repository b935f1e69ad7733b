"""Run inside a task, sent there as text: which names resolve, how the service is, the disk and the clock; JSON out.

    python3 -c "$(cat swarm/inside.py)" '["auth", "controller"]'

Nothing but Python's own modules that every image has. Names are asked of the engine's own resolver, one datagram each
(RFC 1035), as getaddrinfo can take five seconds for one that is absent; health by CoAP (RFC 7252), whose answer fits one.
"""

import json
import os
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

WAIT_S, TRIES, MOST_BLOCKS = 1.0, 2, 16
RESOLVER = ("127.0.0.11", 53)
HEALTH = b"\x40\x01%s\xb6health"  # CON, GET, a message id, /health; no token
BLOCK, PING, RESET = 23, b"\x40\0", b"\x70\0"


def asked(address: tuple[str, int], questions: Callable[[int], bytes], take: Callable[[bytes], int | None]) -> bool:
    """Ask question 0, then those that `take` names when given an answer, until it names none; False when nobody answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(WAIT_S)
        line.connect(address)
        number: int | None = 0
        while number is not None:
            answer = exchanged(line, questions(number))
            if answer is None:
                return False
            number = take(answer)
    return True


def exchanged(line: socket.socket, question: bytes) -> bytes | None:
    for _ in range(TRIES):
        try:
            line.send(question)
            while True:
                answer = line.recv(4096)
                if answer[:2] == PING and len(answer) == 4:
                    line.send(RESET + answer[2:])  # we are who we say we are
                elif question[:2] == answer[:2] or question[2:4] == answer[2:4]:
                    return answer
        except OSError:
            continue
    return None


def addresses(name: str) -> list[str] | None:
    """Of that name; empty when there is no such name, None when nobody answers."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    question = os.urandom(2) + b"\1\0\0\1\0\0\0\0\0\0" + labels + b"\0\0\1\0\1"
    found: list[str] = []

    def take(answer: bytes) -> None:
        at = len(question)
        for _ in range(int.from_bytes(answer[6:8], "big")):
            while answer[at] and answer[at] < 0xC0:
                at += 1 + answer[at]
            at += 2 if answer[at] else 1
            length = int.from_bytes(answer[at + 8 : at + 10], "big")
            if answer[at : at + 2] == b"\0\1" and length == 4:
                found.append(".".join(map(str, answer[at + 10 : at + 14])))
            at += 10 + length

    return sorted(found) if asked(RESOLVER, lambda _number: question, take) else None


def health(port: int) -> Any:
    """What the service on this port says of itself; None when it does not."""
    found: list[bytes] = []

    def question(block: int) -> bytes:
        return HEALTH % os.urandom(2) + (b"\xc1" + bytes([block << 4 | 6]) if block else b"")

    def take(answer: bytes) -> int | None:
        more, payload = of_response(answer)
        found.append(payload)
        return len(found) if more and len(found) < MOST_BLOCKS else None

    if not asked(("127.0.0.1", port), question, take):
        return None
    try:
        return json.loads(b"".join(found))
    except ValueError:
        return None


def of_response(answer: bytes) -> tuple[bool, bytes]:
    """RFC 7252, section 3: whether more blocks follow, and the payload."""
    at, option, more = 4 + (answer[0] & 15), 0, False
    while at < len(answer) and answer[at] != 0xFF:
        delta, length = answer[at] >> 4, answer[at] & 15
        at += 1
        if delta == 13:
            delta, at = 13 + answer[at], at + 1
        if length == 13:
            length, at = 13 + answer[at], at + 1
        option += delta
        if option == BLOCK and length:
            more = bool(answer[at + length - 1] & 8)
        at += length
    return more, answer[at + 1 :]


def free(folder: str) -> tuple[int, float]:
    """Bytes that are free there, and which share of the whole that is."""
    told = os.statvfs(folder)
    return told.f_bavail * told.f_frsize, told.f_bavail / (told.f_blocks or 1)


def main(names: list[str], port: int) -> dict[str, Any]:
    began = time.monotonic()
    return {
        "names": {name: addresses(name) for name in names},
        "health": health(port),
        "free": {folder: free(folder) for folder in ("/", "/data") if os.path.isdir(folder)},  # noqa: PTH112  # it costs 10 ms
        "time": time.time(),
        "took_s": time.monotonic() - began,
    }


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]), int(os.environ.get("NANO_PORT", "5683")))))
