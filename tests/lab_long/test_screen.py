"""A room's screen on a Swarm: who may look at it."""

import subprocess
import sys

from swarm import docker_program
from swarm.lab.plan import LabNode
from tests.lab.conftest import Lab
from tests.lab.room import plan_of_the_lab, until

LOOK = """
import http.cookiejar, sys, urllib.error, urllib.request
opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
try:
    print(opener.open(sys.argv[1], timeout=10).status)
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
except OSError as error:
    print(error)
"""


def looks(url: str, node: LabNode | None = None) -> str:
    """What a browser on that node gets, or (without one) on a machine of the same network that is no node."""
    there = () if node is None else ("nsenter", f"--net=/run/netns/{node.namespace}")
    return subprocess.run([*there, sys.executable, "-c", LOOK, url], capture_output=True, text=True, timeout=30).stdout.strip()


def test_screen_is_seen_on_its_own_node_and_elsewhere_only_where_the_admin_allows_it(room: Lab) -> None:
    plan = plan_of_the_lab()
    screen, lobby = (next(node for node in plan.nodes if node.name == name) for name in ("pi-room-1", "pi-lobby"))
    here, from_afar = "http://127.0.0.1:8080/", f"http://{screen.address}:8080/"
    until(lambda: looks(here, screen) == "200", "a browser on the node sees the screen")
    for other in (lobby, None):
        assert looks(from_afar, other).startswith("403 This screen is shown to browsers on its own machine only")

    def update(*words: str) -> None:
        docker_program.run(room.context.manager, "service", "update", "--quiet", *words, "room_meeting")

    key = "a key for tests only"
    update("--env-add", f"NANO_SCREENS={lobby.address}", "--env-add", f"NANO_SCREEN_KEY={key}")
    try:
        until(lambda: looks(from_afar, lobby) == "200", "the lobby is allowed to look")
        assert looks(from_afar).startswith("403")
        assert looks(f"{from_afar}?key=another-key-that-is-wrong").startswith("403")
        assert looks(f"{from_afar}?key={key.replace(' ', '+')}") == "200"
        assert looks(here, screen) == "200"
    finally:
        update("--env-rm", "NANO_SCREENS", "--env-rm", "NANO_SCREEN_KEY")
    until(lambda: looks(from_afar, lobby).startswith("403"), "the lobby may not look any more")
