#!/usr/bin/env python3
"""A test tag: any Linux machine with Bluetooth says one participant's rolling id. Needs Python and BlueZ's btmgmt, no more.

    openssl rand -hex 16 > bobs-tag                             # on the admin's machine
    nanoswarm credential add bob rolling --file bobs-tag
    scp bobs-tag tag.py pi-2: && ssh pi-2 sudo python3 tag.py bobs-tag

It goes on until Ctrl-C. `--print` shows the 29 bytes of the advertisement of this minute instead: what any firmware's have to
be. The clock may be wrong by a minute, not more. docs/identity.md tells what this id is worth.
"""

import hmac
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

SERVICE = uuid.UUID("6e616e6f-7377-6172-6d00-000000000001")
PERIOD_S, INSTANCE = 60, "1"


def rolling_id(secret: bytes, now_unix: float) -> bytes:
    """The first 8 bytes of HMAC-SHA256(secret, "nanoswarm-id-1" + minutes since 1970 as 8 bytes, big-endian)."""
    return hmac.digest(secret, b"nanoswarm-id-1" + (int(now_unix) // PERIOD_S).to_bytes(8, "big"), "sha256")[:8]


def advertisement(secret: bytes, now_unix: float) -> bytes:
    """Flags (LE only, anybody may find it), then service data of a 128-bit UUID (0x21), the UUID from its last byte on."""
    said = SERVICE.bytes[::-1] + rolling_id(secret, now_unix)
    return bytes([2, 0x01, 0x06, 1 + len(said), 0x21]) + said


def btmgmt(*words: str) -> None:
    """Needs root. Its input is a pipe that stays open: of /dev/null, as services have it, it waits for ever."""
    pipe = subprocess.PIPE
    with subprocess.Popen(["btmgmt", *words], stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True) as program:
        code = program.wait(10)
        said = program.stdout.read().strip()
    if code or "failed" in said.lower():
        sys.exit(f"btmgmt {words[0]}: {said}; are you root, and is the adapter on (`btmgmt power on`)?")


def secret_of(path: str) -> bytes:
    try:
        secret = bytes.fromhex(Path(path).read_text(encoding="ascii"))
    except (OSError, ValueError) as error:
        sys.exit(f"{path}: holds no secret in hex: {getattr(error, 'strerror', None) or 'it is something else'}")
    return (
        secret if 16 <= len(secret) <= 32 else sys.exit(f"{path}: holds no secret in hex: {len(secret)} bytes are not 16 to 32")
    )


def main() -> None:
    words = [word for word in sys.argv[1:] if word != "--print"]
    if len(words) != 1:
        sys.exit("usage: tag.py SECRET-FILE [--print]")
    secret = secret_of(words[0])
    if "--print" in sys.argv:
        print(advertisement(secret, time.time()).hex())
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while True:
            btmgmt("add-adv", "-d", advertisement(secret, time.time()).hex(), INSTANCE)  # in place of the last one
            time.sleep(PERIOD_S - time.time() % PERIOD_S + 0.05)
    except KeyboardInterrupt:
        btmgmt("rm-adv", INSTANCE)


if __name__ == "__main__":
    main()
