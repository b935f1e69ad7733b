"""libcoap's client, an implementation that is not ours, against every service."""

import json
import os
import shutil
import subprocess

import pytest

from tests.interop.conftest import KeptDemo

pytestmark = pytest.mark.interop
CLIENT = shutil.which("coap-client-notls") or shutil.which("coap-client")
INSTANCES = [
    "presence@pi-lobby",
    "scanner@pi-lobby",
    "guidance@pi-lobby",
    "presence@pi-room-1",
    "scanner@pi-room-1",
    "meeting@pi-room-1",
    "controller@server-1",
    "auth@server-1",
]

if CLIENT is None and not os.environ.get("CI"):
    pytest.skip("libcoap's client is absent: apt-get install libcoap3-bin", allow_module_level=True)


def get(uri: str, *options: str) -> tuple[str, str]:
    """The payload, and what the client says of errors: it exits 0 on 4.xx."""
    assert CLIENT is not None, "libcoap's client is absent: apt-get install libcoap3-bin"
    done = subprocess.run([CLIENT, "-B", "5", *options, uri], capture_output=True, text=True, timeout=20)
    return done.stdout.strip(), done.stderr.strip()


@pytest.mark.parametrize("name", INSTANCES)
def test_every_service_lists_its_resources(kept: KeptDemo, name: str) -> None:
    listing, errors = get(f"{kept.uri(name)}/.well-known/core")
    assert not errors
    word = name.split("@")[0]
    paths = {
        "presence": ["presence"],
        "scanner": ["scan"],
        "guidance": ["guide"],
        "meeting": ["screen"],
        "controller": ["instances", "events", "visits", "zones"],
        "auth": ["recognise", "visits", "contents", "item"],
    }
    for path in ["health", *paths[word]]:
        assert f"</{path}>" in listing
    assert 'rt="nano.health"' in listing and 'if="nano.state"' in listing


@pytest.mark.parametrize("name", INSTANCES)
def test_every_service_says_how_it_is(kept: KeptDemo, name: str) -> None:
    kept.until_ready()
    answer, errors = get(f"{kept.uri(name)}/health")
    assert not errors
    health = json.loads(answer)
    assert (health["v"], f"{health['word']}@{health['node']}", health["ready"]) == (1, name, True)


def test_what_is_not_there_is_4_04_and_what_is_not_allowed_4_05(kept: KeptDemo) -> None:
    assert "4.04" in get(f"{kept.uri('presence@pi-lobby')}/nothing")[1]
    assert "4.05" in get(f"{kept.uri('presence@pi-lobby')}/presence", "-m", "put", "-e", "{}")[1]


def test_malformed_request_is_4_00_and_says_which_field(kept: KeptDemo) -> None:
    _, errors = get(f"{kept.uri('scanner@pi-lobby')}/scan", "-m", "put", "-t", "50", "-e", '{"v":1,"scan":"s1","zone":7}')
    assert "4.00" in errors and "zone" in errors
