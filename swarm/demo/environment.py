"""What each process of the demo is told: NANO_* by its word, over our own environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nanoservices.settings import PREFIX
from swarm.demo.pace import Pace

GENERAL = ("NODE", "PLACE", "BIND", "PORT", "CONTROLLER", "ANNOUNCE_URI")
MORE = {
    "presence": ("PINS", "WORLD", "HOLD_S", "CHATTER_S"),
    "scanner": ("RADIO", "WORLD", "REPEAT_S"),
    "guidance": ("PINS", "WORLD"),
    "meeting": ("AUTH", "HTTP_BIND", "HTTP_PORT", "ROOM_CREDENTIAL_FILE"),
    "auth": ("DATA", "HTTP_BIND", "HTTP_PORT", "ADMIN_TOKEN_FILE", "ROOM_CREDENTIAL_FILE", "SEAL_KEY_FILE", "APART_S"),
    "controller": ("DATA", "AUTH", "SCAN_WINDOW_S", "ARRIVE_S", "AWAY_S"),
}  # a word that is not here gets the general ones


@dataclass(frozen=True)
class Given:
    """What is the same for all."""

    pace: Pace
    controller: str
    auth: str
    world: Path
    admin_token: Path
    room_credential: Path
    seal_key: Path


def settings(word: str, node: str, port: int, http_port: int, place: Path, data: Path, given: Given) -> dict[str, str]:
    """The NANO_* variables of one instance."""
    values: dict[str, object] = {
        "NODE": node,
        "PLACE": place,
        "BIND": "127.0.0.1",
        "PORT": port,
        "CONTROLLER": given.controller,
        "ANNOUNCE_URI": f"coap://127.0.0.1:{port}",
        "AUTH": given.auth,
        "PINS": "simulated",
        "RADIO": "simulated",
        "WORLD": given.world,
        "DATA": data,
        "HTTP_BIND": "127.0.0.1",
        "HTTP_PORT": http_port,
        "ADMIN_TOKEN_FILE": given.admin_token,
        "ROOM_CREDENTIAL_FILE": given.room_credential,
        "SEAL_KEY_FILE": given.seal_key,
        **_paces(given.pace),
    }
    return {PREFIX + name: str(values[name]) for name in (*GENERAL, *MORE.get(word, ()))}


def paced(word: str, pace: Pace) -> dict[str, str]:
    """What a service has to be told so that it goes as fast as the people do."""
    values = _paces(pace)
    return {PREFIX + name: str(values[name]) for name in MORE.get(word, ()) if name in values}


def _paces(pace: Pace) -> dict[str, float]:
    return {
        "HOLD_S": pace.hold_s,
        "CHATTER_S": pace.chatter_s,
        "REPEAT_S": pace.repeat_s,
        "SCAN_WINDOW_S": pace.scan_window_s,
        "ARRIVE_S": pace.arrive_s,
        "AWAY_S": pace.away_s,
        "APART_S": pace.apart_s,
    }


def inherited(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our environment without settings of services: one that is meant for another instance would be an error here."""
    held = os.environ if environment is None else environment
    return {name: value for name, value in held.items() if not name.startswith(PREFIX)}
