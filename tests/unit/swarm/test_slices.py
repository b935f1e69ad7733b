"""What of labels.yml each service is given: what it asked for, and nothing that would restart it for another's sake."""

import json
from dataclasses import replace

import pytest

from nanoservices.payload import read as read_shape
from nanoservices.place import Place
from swarm import slices
from swarm.errors import LabelsError
from swarm.labels import Labels
from swarm.words import ROOT, discover
from tests.unit.swarm.conftest import SAMPLE, WORDS, Reading


def place_of(word: str, labels: Labels) -> Place:
    return read_shape(Place, json.loads(slices.text(slices.slice_for(WORDS[word], labels))))


def test_presence_gets_its_nodes_their_zone_and_their_sensor(sample: Labels) -> None:
    place = place_of("presence", sample)
    assert sorted(place.nodes) == ["pi-lobby", "pi-room-1"]
    assert place.nodes["pi-lobby"].gpio is not None
    assert place.nodes["pi-lobby"].gpio.pir == "GPIO4"
    assert place.nodes["pi-lobby"].gpio.leds == ()
    assert place.nodes["pi-lobby"].ble is None
    assert (place.zones, place.rooms) == ((), {})


def test_controller_gets_all_nodes_what_they_run_zones_and_rooms(sample: Labels) -> None:
    place = place_of("controller", sample)
    assert {name: node.run for name, node in place.nodes.items()} == {
        "pi-lobby": ("guidance", "presence", "scanner"),
        "pi-room-1": ("meeting", "presence", "scanner"),
        "server-1": ("auth", "controller"),
    }
    assert place.nodes["pi-lobby"].zone == "entrance"
    assert place.zones == sample.zones
    assert place.rooms["room-1"].route == ("entrance", "corridor", "room-1")


def test_another_pin_of_a_strip_concerns_guidance_alone(read: Reading, sample: Labels) -> None:
    moved = read(SAMPLE.replace("GPIO27", "GPIO22"))
    changed = [
        name
        for name, word in WORDS.items()
        if slices.text(slices.slice_for(word, sample)) != slices.text(slices.slice_for(word, moved))
    ]
    assert changed == ["guidance"]


def test_equal_content_has_an_equal_hash_whatever_the_order(read: Reading, sample: Labels) -> None:
    head, lobby, room, server = SAMPLE.replace("  pi-", "\x00  pi-").replace("  server", "\x00  server").split("\x00")
    turned = read(head + server + room + lobby)
    for word in WORDS.values():
        assert slices.text(slices.slice_for(word, turned)) == slices.text(slices.slice_for(word, sample))


def test_every_service_of_the_tree_asks_for_what_there_is() -> None:
    found = discover()
    assert {"presence", "controller"} <= found.keys()
    assert found["controller"].single
    assert not found["presence"].single
    assert all((ROOT / name / "__init__.py").exists() for name in found)


def test_a_service_that_asks_for_what_there_is_not_is_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("house")
    (root / "lamp").mkdir()
    (root / "lamp" / "service.yml").write_text("services: {}\nx-nano:\n  place: [zonne]\n")
    with pytest.raises(LabelsError, match=r"lamp/service\.yml:3: x-nano\.place: zonne is not one of zone, "):
        discover(root)


def test_a_seventh_service_is_found_by_its_folder_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("house")
    (root / "lamp").mkdir()
    (root / "lamp" / "service.yml").write_text("services: {lamp: {deploy: {mode: global}}}\nx-nano: {place: [zone]}\n")
    (root / "no-service").mkdir()
    assert [(word.name, word.place, word.single) for word in discover(root).values()] == [("lamp", ("zone",), False)]


def test_a_service_more_on_a_node_is_no_news_for_who_hears_of_it_from_the_service_itself(sample: Labels) -> None:
    def told(labels: Labels) -> str:
        return slices.text(slices.slice_for(WORDS["controller"], labels))

    lobby = sample.nodes["pi-lobby"]
    fewer = replace(sample, nodes={**sample.nodes, "pi-lobby": replace(lobby, run=("presence",))})
    moved = replace(fewer, nodes={**fewer.nodes, "pi-lobby": replace(lobby, zone="corridor")})
    assert slices.only_adds(told(fewer), told(sample))
    assert not slices.only_adds(told(sample), told(fewer))  # what is gone would be waited for
    assert not slices.only_adds(told(moved), told(sample))
    assert not slices.only_adds("no json", told(sample))
