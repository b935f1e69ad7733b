"""The arrows and the doors of the house: who may import whom, and the one place that knows each outside library."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarm.words import discover

ROOT = Path(__file__).parents[2]
WORDS = sorted(discover())
DOORS = {  # library -> the modules that may import it
    "aiocoap": {
        "nanoservices/coap.py",
        "nanoservices/coap_server.py",
        "nanoservices/coap_remote.py",
        "nanoservices/coap_resource.py",
    },
    "sqlite3": {"nanoservices/database.py", "swarm/backup_snapshot.py"},  # the latter runs in a service's image
    "pymysql": {f"nanoservices/database_{part}.py" for part in ("mysql", "connection", "upgrade")},
    "gpiozero": {"nanoservices/gpio.py", "nanoservices/presence/device.py", "nanoservices/guidance/device.py"},
    "pigpio": {"nanoservices/gpio.py"},
    "bleak": {"nanoservices/scanner/device.py"},
    "dbus_fast": {"nanoservices/scanner/bus.py", "swarm/doubles/bluez.py", "swarm/doubles/adapter.py"},
    "waitress": {"nanoservices/web.py", "nanoservices/web_channel.py"},
    "werkzeug": {f"nanoservices/{door}.py" for door in ("auth/web", "auth/gate", "meeting/web", "meeting/viewers")},
    "markdown_it": {"nanoservices/meeting/markdown.py"},
    "segno": {"nanoservices/meeting/qr.py"},
    "yaml": {"swarm/files.py"},
    "docker": {"swarm/engine.py"},
    "cyclonedx": {"swarm/sbom.py"},
    "pyrage": {"swarm/backup_age.py"},
}
NO_HANDS = {"asyncio", "time", "socket", "os", "pathlib", "subprocess", "threading", "logging", "random", "secrets", "sqlite3"}
PURE = [
    "logic.py",
    "model.py",
    "rooms.py",
    "scans.py",
    "encounters.py",
    "screens.py",
    "effects.py",
    "room.py",
    "addresses.py",
    "markdown.py",
    "page.py",
    "floor_plan.py",
    "way.py",
    "palette.py",
    "papers.py",
    "pictures.py",
    "qr.py",
    "visits.py",
    "registry.py",
    "sources.py",
    "keys.py",
    "smoothing.py",
    "faults.py",
    "animation.py",
    "directory.py",
    "rotating.py",
    "rolling.py",
    "aes.py",
    "aes_sbox.py",
    "private_address.py",
    "eddystone.py",
    "kinds.py",
    "beacons.py",
    "memory.py",
    "enrolment.py",
    "enrolments.py",
    "zones.py",
    "api.py",
    "exchange.py",
    "openapi.py",
    "rights.py",
    "routes.py",
    "rows.py",
    "shapes.py",
    "problems.py",
    "limits.py",
    "documents.py",
    "payload_schema.py",
    "world.py",
    "people.py",
    "pace.py",
    "waterfall.py",
    "expectations.py",
    "slices.py",
    "coap_options.py",
    "coap_memory.py",
    "labels_rules.py",
    "compose_keys.py",
    "labels_plan.py",
    "labels_cluster.py",
    "labels_first.py",
    "cluster_plan.py",
    "hosts.py",
]


def modules(folder: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide the arrows"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def service_of(name: str) -> str | None:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "nanoservices" and parts[1] in WORDS else None


@pytest.mark.parametrize("path", modules("nanoservices") + modules("swarm"), ids=lambda path: str(path.relative_to(ROOT)))
def test_arrows_and_doors(path: Path) -> None:
    here = path.relative_to(ROOT)
    own = here.parts[1] if here.parts[0] == "nanoservices" and len(here.parts) > 2 else None
    for name in imports(path):
        assert service_of(name) in (None, own), f"{here} imports {name}: services meet only on the network"
        assert own is None or not name.startswith("swarm"), f"{here} imports {name}: no service knows the manager"
        top = name.split(".")[0]
        if top in DOORS:
            assert str(here) in DOORS[top], f"{here} imports {top}: its door is {' or '.join(sorted(DOORS[top]))}"


@pytest.mark.parametrize(
    "path",
    [path for path in modules("nanoservices") + modules("swarm") if path.name in PURE],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_logic_has_no_hands(path: Path) -> None:
    tops = {name.split(".")[0] for name in imports(path)}
    assert not tops & NO_HANDS, f"{path.relative_to(ROOT)} imports {', '.join(tops & NO_HANDS)}: logic does no I/O"
    shared = {name for name in imports(path) if name in ("nanoservices.clock", "nanoservices.coap", "nanoservices.process")}
    assert not shared, f"{path.relative_to(ROOT)} imports {', '.join(shared)}: time and the network are arguments"


def test_environment_is_read_in_two_places_only() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for path in modules("nanoservices")
        if "os.environ" in path.read_text() or "os.getenv" in path.read_text()
    }
    # process.py hands it to settings.load; alive.py cannot afford to import that
    assert readers == {"nanoservices/process.py", "nanoservices/alive.py"}


@pytest.mark.parametrize("word", WORDS)
def test_every_service_has_the_same_rooms(word: str) -> None:
    folder = ROOT / "nanoservices" / word
    for name in ("__init__.py", "__main__.py", "logic.py", "service.yml"):
        assert (folder / name).is_file(), f"{word} has no {name}"


@pytest.mark.parametrize("word", WORDS)
def test_health_is_answered_before_anything_is_imported(word: str) -> None:
    body = ast.parse((ROOT / "nanoservices" / word / "__main__.py").read_text()).body
    statements = [ast.unparse(node) for node in body[1:3]]  # after the docstring
    assert statements == ["from nanoservices import alive", "alive.exit_if_asked()"]
