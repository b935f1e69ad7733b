"""The stack that comes of service.yml, stack.yml and labels.yml; golden files show it whole."""

import os
from pathlib import Path
from typing import Any

import pytest

from swarm import files, fragments, images_lock, labels_file, stack, words
from swarm.labels import Labels
from swarm.stack import Kit
from tests.unit.swarm.conftest import SAMPLE, Reading

ROOT = Path(__file__).parents[3]
GOLDEN = Path(__file__).parent / "golden"
SIX = ("auth", "controller", "guidance", "meeting", "presence", "scanner")
IDS = {word: f"sha256:{number:064x}" for number, word in enumerate(dict.fromkeys([*SIX, *words.discover()]))}
PLAIN = {word: f"nanoswarm/{word}" for word in IDS}
NAMES = {"admin-token": "admin-token-0123456789ab", "room-credential": "room-credential-ba9876543210"}


@pytest.fixture(scope="session")
def kit() -> Kit:
    return Kit(words.discover(), fragments.discover(), fragments.every())


def images(kit: Kit) -> dict[str, str]:
    """What room.yml of the tree names: what images.lock has, plain tags without one."""
    lock = ROOT / images_lock.PATH
    return {word: images_lock.load(lock).reference(word, "amd64") for word in kit.words} if lock.exists() else PLAIN


def keys(value: Any) -> set[str]:
    """Every key, however deep."""
    if isinstance(value, list):
        return set().union(*map(keys, value))
    return set(value).union(*map(keys, value.values())) if isinstance(value, dict) else set()


def test_room_yml_of_the_tree_is_what_the_tree_renders(kit: Kit) -> None:
    labels = labels_file.read(ROOT / "labels.yml")
    remedy = "make it anew: .venv/bin/nanoswarm stack show --output swarm"
    assert (ROOT / "swarm/room.yml").read_text() == stack.text(stack.render(kit, labels, images(kit))), remedy
    beside = {f"room/{path.name}": path.read_text() for path in (ROOT / "swarm/room").iterdir()}
    assert beside == stack.place_files(kit, labels), remedy


def test_stack_of_a_lab_is_the_golden_one(kit: Kit, sample: Labels) -> None:
    rendered = stack.text(stack.render(kit, sample, IDS, NAMES, simulated=True))
    path = GOLDEN / "lab.yml"
    if os.environ.get("GOLDEN") == "write":
        path.write_text(rendered)
    assert rendered == path.read_text(), (
        "if that is as it should be: GOLDEN=write .venv/bin/pytest tests/unit/swarm/test_stack.py"
    )


def test_stack_is_plain_compose_and_holds_nothing_for_the_kit(kit: Kit, sample: Labels) -> None:
    rendered = stack.render(kit, sample, PLAIN)
    assert set(rendered) == {"version", "services", "networks", "volumes", "configs", "secrets"}
    assert not [key for key in keys(rendered) if key.startswith("x-")]


def test_every_service_is_unprivileged_and_bounded(kit: Kit, sample: Labels) -> None:
    for service in stack.render(kit, sample, PLAIN)["services"].values():
        assert (service["user"], service["read_only"], service["cap_drop"]) == ("10001:10001", True, ["ALL"])
        assert {"memory"} <= service["deploy"]["resources"]["limits"].keys() & service["deploy"]["resources"][
            "reservations"
        ].keys()
        assert service["deploy"]["update_config"]["failure_action"] == "rollback"
        assert all(port["mode"] == "host" for port in service.get("ports", []))


def test_service_that_no_node_runs_is_left_out_with_all_that_is_its(kit: Kit, read: Reading) -> None:
    alone = read("zones: [hall]\nnodes: {server-1: {run: [auth]}}\n")
    rendered = stack.render(kit, alone, {"auth": "nanoswarm/auth"})
    assert list(rendered["services"]) == ["auth"]
    assert list(rendered["volumes"]) == ["auth-data"]
    assert list(stack.place_files(kit, alone)) == ["room/auth.json"]


def changed(kit: Kit, before: Labels, after: Labels) -> list[str]:
    old, new = (stack.render(kit, labels, PLAIN)["services"] for labels in (before, after))
    return [word for word in new if new[word] != old[word]]


def test_another_pin_of_a_strip_changes_guidance_alone(kit: Kit, read: Reading, sample: Labels) -> None:
    assert changed(kit, sample, read(SAMPLE.replace("GPIO27", "GPIO22"))) == ["guidance"]


def test_another_scanner_node_changes_no_other_service_but_the_controller(kit: Kit, read: Reading, sample: Labels) -> None:
    more = read(SAMPLE + "  pi-2: {zone: corridor, run: [scanner], ble: hci0}\n")
    assert changed(kit, sample, more) == ["controller", "scanner"]


def test_a_secret_with_another_value_changes_those_who_have_it(kit: Kit, sample: Labels) -> None:
    old, new = (
        stack.render(kit, sample, PLAIN, NAMES | {"room-credential": name})["services"]
        for name in ("room-credential-000000000000", "room-credential-111111111111")
    )
    assert [word for word in new if new[word] != old[word]] == ["auth", "meeting"]


def test_every_source_of_a_service_is_declared_and_everything_declared_is_used(kit: Kit, sample: Labels) -> None:
    rendered = stack.render(kit, sample, PLAIN, NAMES)
    services = rendered["services"].values()
    for kind in ("configs", "secrets"):
        assert {entry["source"] for service in services for entry in service.get(kind, [])} == set(rendered[kind])
    used = {volume.split(":")[0] for service in services for volume in service.get("volumes", []) if volume[0] != "/"}
    assert used == set(rendered["volumes"])
    assert {config["file"].removeprefix("./") for config in rendered["configs"].values()} == set(stack.place_files(kit, sample))


def test_a_lab_simulates_the_hardware_and_mounts_none(kit: Kit, sample: Labels) -> None:
    services = stack.render(kit, sample, PLAIN, simulated=True)["services"]
    assert services["scanner"]["environment"]["NANO_RADIO"] == "simulated"
    assert services["scanner"]["volumes"] == ["/run/nanoswarm:/run/nanoswarm"]
    assert services["presence"]["environment"]["NANO_PINS"] == "simulated"
    assert not {"NANO_WORLD", "NANO_PINS", "NANO_RADIO"} & services["auth"]["environment"].keys()
    assert "NANO_WORLD" not in stack.render(kit, sample, PLAIN)["services"]["scanner"]["environment"]


def test_rendering_changes_nothing_that_it_was_given(kit: Kit, sample: Labels) -> None:
    first = files.dumped(stack.render(kit, sample, PLAIN, simulated=True))
    stack.render(kit, sample, PLAIN)["services"]["auth"]["deploy"]["placement"]["constraints"].append("changed")
    assert files.dumped(stack.render(kit, sample, PLAIN, simulated=True)) == first
