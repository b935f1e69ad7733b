"""How soon it is told that the database does not answer, and how soon it is found again."""

import asyncio
import time
from dataclasses import dataclass, field

from bench.auth_store.maria import Maria
from bench.auth_store.serving import Auth, endpoint, visit
from nanoservices import wire
from nanoservices.errors import PeerRefused


@dataclass
class Outage:
    refused_ms: list[float] = field(default_factory=list)  # until 503 or 5.03
    back_s: list[float] = field(default_factory=list)


def frozen(auth: Auth, maria: Maria, times: int, asked: int) -> Outage:
    """The server stops in the middle of its work, so many times; so many requests each time, half of them over CoAP."""
    found = Outage()
    for outage in range(times):
        _until_back(auth)
        maria.freeze()
        for number in range(asked // 2):
            found.refused_ms.append(_over_http(auth, f"o{outage}-{number}"))
            found.refused_ms.append(asyncio.run(_over_coap(auth, f"o{outage}-{number}")))
        maria.thaw()
        found.back_s.append(_until_back(auth))
    return found


def _over_http(auth: Auth, name: str) -> float:
    begun = time.monotonic()
    status, said, _ = auth.rest("PUT", f"/participants/{name}", {"name": name})
    if status != 503:
        raise RuntimeError(f"{status} while the database is frozen: {said}")
    return 1000 * (time.monotonic() - begun)


async def _over_coap(auth: Auth, name: str) -> float:
    async with endpoint() as sender:
        begun = time.monotonic()
        try:
            await sender.call(wire.REPORT, auth.uri, visit(name), peer="auth")
        except PeerRefused as error:
            if error.answer_code == "5.03":
                return 1000 * (time.monotonic() - begun)
            raise
    raise RuntimeError("a report was acknowledged while the database is frozen")


def _until_back(auth: Auth) -> float:
    begun = time.monotonic()
    while auth.rest("PUT", f"/participants/b{time.monotonic_ns()}", {"name": "B"})[0] != 201:
        time.sleep(0.05)
    return time.monotonic() - begun
