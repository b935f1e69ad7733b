"""auth of the kept demo over its REST: what peers brought up by CoAP, and what they shall bring down."""

import json
import urllib.request
from typing import Any

from nanoservices.settings import Secret
from swarm.auth_api import AuthApi
from swarm.demo import cast
from tests.interop.conftest import KeptDemo
from tests.interop.peers.cases import AUTH


def _token(kept: KeptDemo) -> str:
    return (kept.cwd / ".nanoswarm/demo/secrets/admin-token").read_text().strip()


def _url(kept: KeptDemo) -> str:
    return f"http://127.0.0.1:{kept.state['instances'][AUTH]['http_port']}"


def put_text(kept: KeptDemo, name: str, text: bytes) -> None:
    """One of the meeting's contents."""
    AuthApi(_url(kept), Secret(_token(kept))).put_contents(cast.MEETING, name, text, "text/plain")


def reported(kept: KeptDemo, visit: str) -> list[dict[str, Any]]:
    """How a visit stands in the log: once, if it was reported at all."""
    request = urllib.request.Request(f"{_url(kept)}/api/v1/visits", headers={"Authorization": f"Bearer {_token(kept)}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return [found["visit"] for found in json.load(answer)["visits"] if found["visit"]["id"] == visit]
