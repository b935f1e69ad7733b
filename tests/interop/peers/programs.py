"""The programs of others that are our peers here. What is absent is skipped, saying how to get it; never under CI."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from nanoservices import payload, wire

HERE = Path(__file__).parent
JSON = 50  # a content format
LIBCOAP = "apt-get install libcoap3-bin"
COAP_CLI = HERE / "node_modules/.bin/coap"


def required(program: str | Path, how_to_get_it: str) -> str:
    """Its path; without it the test that asks is skipped."""
    found = shutil.which(program)
    if found is None:
        reason = f"{Path(program).name} is absent: {how_to_get_it}"
        if os.environ.get("CI"):
            raise FileNotFoundError(reason)
        pytest.skip(reason)
    return found


@dataclass(frozen=True)
class Answer:
    """`code` as in `2.05`; empty when the peer does not tell."""

    body: bytes
    code: str = ""

    @property
    def text(self) -> str:
        return self.body.decode()


def address(row: wire.Resource, uri: str, message: Any) -> str:
    """The URI that asks for `row` there; `message` is its query if it is a GET."""
    if message is None or row.method != "GET":
        return f"{uri}/{row.path}"
    return f"{uri}/{row.path}?{urlencode(payload.plain(message), quote_via=quote)}"


def body(row: wire.Resource, message: Any) -> str | None:
    return None if message is None or row.method == "GET" else payload.encode(message).decode()


def run(command: list[str]) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
