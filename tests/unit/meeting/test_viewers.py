"""Whose browser may look."""

import ipaddress

import pytest
from werkzeug.test import Client

from nanoservices.errors import SettingsError
from nanoservices.meeting.view import Pane, View
from nanoservices.meeting.viewers import Viewers, networks
from nanoservices.meeting.web import App
from nanoservices.settings import Secret

KEY = "a-key-of-sixteen-or-more"
ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth2\t00000000\t010012AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""
PATHS = ("/", "/fragment", "/events", "/items/" + "1" * 64)


def browser(address: str, said: str = "", key: str | None = None) -> Client:
    pane = Pane("room-1")
    pane.show(View("room-1", line="nobody but us"))
    client = Client(App(pane, Viewers(networks(said, ROUTES), Secret(key) if key else None), beat_s=0.01))
    asked = client.open

    def opened(*arguments: object, **more: object) -> object:
        return asked(*arguments, environ_base={"REMOTE_ADDR": address}, **more)  # type: ignore[arg-type]

    client.open = opened  # type: ignore[method-assign,assignment]
    return client


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "172.18.0.1"])
def test_browser_on_this_machine_may_look(address: str) -> None:
    assert "nobody but us" in browser(address).get("/").text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("address", ["192.0.2.7", "172.18.0.2", "10.0.0.1", "fe80::1", "", "nonsense"])
def test_any_other_is_told_what_to_do_and_sees_nothing(address: str, path: str) -> None:
    refused = browser(address).get(path)
    assert refused.status_code == 403
    assert "NANO_SCREENS" in refused.text and "nobody but us" not in refused.text


def test_networks_of_the_admin_may_look() -> None:
    there = "192.0.2.0/24, 2001:db8::/32"
    assert browser("192.0.2.7", there).get("/").status_code == 200
    assert browser("2001:db8::7", there).get("/").status_code == 200
    assert browser("192.0.3.7", there).get("/").status_code == 403
    assert browser("203.0.113.9", "anywhere").get("/").status_code == 200


def test_network_that_is_none_is_named() -> None:
    with pytest.raises(SettingsError, match=r"NANO_SCREENS: .*192\.0\.2\.7/24"):
        networks("192.0.2.7/24", ROUTES)


def test_gateway_is_read_from_the_routes() -> None:
    assert ipaddress.ip_network("172.18.0.1/32") in networks("", ROUTES)
    assert len(networks("", "")) == len(networks("", ROUTES)) - 1


def test_browser_that_came_with_the_key_once_may_look_from_then_on() -> None:
    client = browser("192.0.2.7", key=KEY)
    assert client.get("/").status_code == 403
    assert client.get("/?key=another-key-of-sixteen").status_code == 403
    welcome = client.get(f"/?key={KEY}")
    assert (welcome.status_code, welcome.headers["Location"]) == (303, "/")
    cookie = welcome.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and KEY not in cookie
    assert client.get("/").status_code == 200
    assert browser("192.0.2.7", key=KEY + "x").get("/", headers={"Cookie": cookie.partition(";")[0]}).status_code == 403


def test_key_opens_nothing_where_none_was_set() -> None:
    client = browser("192.0.2.7")
    assert client.get("/?key=").status_code == 403
    assert client.get("/", headers={"Cookie": "screen="}).status_code == 403
