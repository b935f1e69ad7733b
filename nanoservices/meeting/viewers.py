"""Whose browser may look at the screen's page: one on this machine, one from where the admin says, one with the key.

A browser that has come with the key once (`/?key=…`) is given a cookie instead, which no script can read and no other site
can send; so the key is in no history and no screenshot.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterable
from pathlib import Path

from werkzeug.wrappers import Request, Response

from nanoservices.errors import SettingsError
from nanoservices.settings import Secret

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
EVERYWHERE = "anywhere"
COOKIE = "screen"
_YEAR_S = 31_536_000
_ROUTES = Path("/proc/net/route")
_IN_CONTAINER = Path("/.dockerenv")
_SAID = (
    "This screen is shown to browsers on its own machine only, at http://localhost. For another one, give the meeting service "
    "NANO_SCREEN_KEY_FILE and open this address with ?key=… once, or say in NANO_SCREENS which networks screens come from.\n"
)


class Viewers:
    """`networks` may look without more."""

    def __init__(self, networks: Iterable[Network], key: Secret | None):
        self._networks = tuple(networks)
        self._key = None if key is None else key.reveal()
        self._token = None if key is None else hmac.digest(key.reveal().encode(), b"screen", "sha256").hex()

    def answer(self, request: Request) -> Response | None:
        """None for who may look; else what they get."""
        offered = request.args.get("key")
        if offered is not None and self._key is not None and self._token is not None and _equal(offered, self._key):
            welcome = Response(status=303, headers={"Location": "/"})
            welcome.set_cookie(COOKIE, self._token, max_age=_YEAR_S, httponly=True, samesite="Strict")
            return welcome
        if self._may_look(request):
            return None
        return Response(_SAID, 403, mimetype="text/plain")

    def _may_look(self, request: Request) -> bool:
        if self._token is not None and _equal(request.cookies.get(COOKIE, ""), self._token):
            return True
        try:
            address = ipaddress.ip_address(request.remote_addr or "")
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def _equal(given: str, right: str) -> bool:
    return hmac.compare_digest(hashlib.sha256(given.encode()).digest(), hashlib.sha256(right.encode()).digest())


def networks(said: str, routes: str | None = None) -> tuple[Network, ...]:
    """This machine, and the networks in `said`: `192.0.2.0/24 198.51.100.7`, or `anywhere`. SettingsError names a wrong one.

    A browser on this machine comes to a container from the container's own gateway, which `routes` (as /proc/net/route) tells.
    """
    if said.strip() == EVERYWHERE:
        return (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
    told = _ROUTES.read_text() if routes is None and _IN_CONTAINER.exists() else routes or ""
    found: list[Network] = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"), *_gateways(told)]
    for word in said.replace(",", " ").split():
        try:
            found.append(ipaddress.ip_network(word))
        except ValueError as error:
            raise SettingsError([f"NANO_SCREENS: {error}; give networks such as 192.0.2.0/24, or {EVERYWHERE}"]) from None
    return tuple(found)


def _gateways(routes: str) -> Iterable[Network]:
    """Default routes: destination and mask are 0, the gateway is in hex with its bytes turned around."""
    for line in routes.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 7 and fields[1] == fields[7] == "00000000" and fields[2] != "00000000":
            yield ipaddress.ip_network(ipaddress.IPv4Address(bytes.fromhex(fields[2])[::-1]))
