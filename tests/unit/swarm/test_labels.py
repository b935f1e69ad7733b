"""labels.yml: everything that is wrong with it, at once, with its line."""

import pytest

from swarm.errors import LabelsError
from swarm.labels import Labels
from swarm.slices import slice_for
from swarm.words import discover
from tests.unit.swarm.conftest import SAMPLE, Reading


def refusals(read: Reading, old: str, new: str) -> list[str]:
    """What is said about the sample with `old` replaced."""
    assert old in SAMPLE
    with pytest.raises(LabelsError) as refusal:
        read(SAMPLE.replace(old, new))
    return refusal.value.problems


def test_sample_is_right_and_gives_no_warning(sample: Labels) -> None:
    assert sample.zones == ("entrance", "corridor", "room-1")
    assert sample.rooms["room-1"].route == ("entrance", "corridor", "room-1")
    assert sample.nodes["pi-lobby"].gpio.leds == (("GPIO17",), ("GPIO27",))
    assert sample.running("presence") == ["pi-lobby", "pi-room-1"]
    assert sample.warnings == ()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("zones: [", "zoness: [", "labels.yml:1: zoness: there is no such key; did you mean zones?"),
        ("zone: entrance", "zone: entrence", "labels.yml:5: nodes.pi-lobby.zone: entrence is not one of `zones`"),
        ("zone: entrance", "zon: entrance", "labels.yml:5: nodes.pi-lobby.zon: there is no such key; did you mean zone?"),
        ("[presence, scanner, guidance]", "[presense]", "run[0]: there is no nanoservice presense; did you mean presence?"),
        ("corridor, room-1]}", "corridor]}", "labels.yml:3: rooms.room-1.route: ends in corridor"),
        ("[entrance, corridor, room-1]}", "[]}", "labels.yml:3: rooms.room-1.route: is empty"),
        ("route: [entrance,", "route: [door,", "labels.yml:3: rooms.room-1.route[0]: door is not one of `zones`"),
        ("{zone: room-1, route", "{zone: room-9, route", "labels.yml:3: rooms.room-1.zone: room-9 is not one of"),
        ("pir: GPIO4, leds", "pir: 4, leds", "lobby.gpio.pir: 4 is not a GPIO line such as GPIO17; did you mean GPIO4?"),
        ("[GPIO17, GPIO27]", "[GPIO17, GPIO4]", "nodes.pi-lobby.gpio.leds[1]: GPIO4 is used by the PIR already"),
        ("[GPIO17, GPIO27]", "[[GPIO17, GPIO27]]", "nodes.pi-lobby.gpio.leds[0]: 2 lines are no LED"),
        ("{pir: GPIO4, leds: [GPIO17, GPIO27]}", "{leds: [GPIO17]}", "lobby.gpio.pir: is missing: presence runs here"),
        (", leds: [GPIO17, GPIO27]", "", "nodes.pi-lobby.gpio.leds: is missing: guidance runs here"),
        ("guidance], ble: hci0", "guidance]", "nodes.pi-lobby.ble: is missing: scanner runs here and needs it"),
        ("rooms:", "plan: {corridor: [0, 0, 4]}\nrooms:", "labels.yml:2: plan.corridor: [0, 0, 4] is no place on a plan"),
        ("rooms:", "plan: {corridor: [0, 0, 4, -1]}\nrooms:", "labels.yml:2: plan.corridor: [0, 0, 4, -1] is no place on"),
        ("rooms:", "plan: {attic: [0, 0, 4, 3]}\nrooms:", "labels.yml:2: plan.attic: attic is not one of `zones`"),
        ("scanner, meeting]", "scanner, meeting, auth]", "nodes.server-1.run: auth runs on pi-room-1 already"),
        ("pi-lobby:", "pi_lobby:", "labels.yml:5: nodes.pi_lobby: pi_lobby is not a name"),
        ("pi-lobby:", "pi-lobby-:", "pi-lobby- is not a name"),
        ("pi-lobby:", f"{'p' * 64}:", "is not a name"),
        ("ip: 192.0.2.21", "ip: 192.0.2.321", "labels.yml:5: nodes.pi-lobby.ip: 192.0.2.321 is not an IP address"),
        ("ip: 192.0.2.21", "ip: 192.0.2.22", "labels.yml:6: nodes.pi-room-1.ip: 192.0.2.22 is the address of pi-lobby already"),
        ("ip: 192.0.2.21", "ip: 127.0.0.1", "127.0.0.1 cannot be the address of a node"),
        ("room-1]\nrooms", "room-1, 5]\nrooms", "labels.yml:1: zones[3]: 5 is not a name (put it in quotes"),
        ("room-1]\nrooms", "room-1, corridor]\nrooms", "labels.yml:1: zones[3]: corridor is there twice"),
        ("run: [controller, auth]", "run: controller", "nodes.server-1.run: controller is not a list; write [controller]"),
        ("{run: [controller, auth]}", "{}", "labels.yml:7: nodes.server-1: `run` is missing"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_and_what_to_do(read: Reading, old: str, new: str, says: str) -> None:
    problems = refusals(read, old, new)
    assert any(says in problem for problem in problems), problems


def test_all_mistakes_are_told_at_once_in_the_order_of_the_lines(read: Reading) -> None:
    text = (
        SAMPLE.replace("zones: [", "zones: [Hall, ")
        .replace("zone: entrance", "zone: entrence")
        .replace("ble: hci0}", "ble: hc i}")
    )
    with pytest.raises(LabelsError) as refusal:
        read(text)
    lines = [int(problem.split(":")[1]) for problem in refusal.value.problems]
    assert lines == sorted(lines)
    assert set(lines) >= {1, 5, 6}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pi-lobby: {ip: 192.0.2.21, zone: entrance", "pi-lobby: {ip: 192.0.2.21, zone: Entrance Hall"),
        ("pir: GPIO4, leds", "pir: 4, leds"),
        ("leds: [GPIO17, GPIO27]", "leds: GPIO17"),
        ("run: [controller, auth]", "run: controller"),
        ("gpio: {pir: GPIO4}", "gpio: GPIO4"),
    ],
)  # fmt: skip
def test_what_is_there_and_wrong_is_not_called_missing_as_well(read: Reading, old: str, new: str) -> None:
    assert len(refusals(read, old, new)) == 1


def test_many_mistakes_on_one_line_keep_their_order(read: Reading) -> None:
    problems = refusals(read, "zones: [", f"zones: [{', '.join(['A'] * 11)}, ")
    assert [problem.split(": ")[1] for problem in problems] == [f"zones[{index}]" for index in range(11)]


@pytest.mark.parametrize("text", ["", "zones: [a]\nnodes: {pi:}\n", "zones: [a]\nnodes:\n"])
def test_what_was_left_empty_is_called_empty(read: Reading, text: str) -> None:
    with pytest.raises(LabelsError, match="is empty; write"):
        read(text)


def test_two_rooms_cannot_share_a_zone(read: Reading) -> None:
    rooms = "rooms:\n  room-2: {zone: room-1, route: [room-1]}\n"
    assert any("is the zone of room-2 already" in problem for problem in refusals(read, "rooms:\n", rooms))


def test_a_room_where_nobody_would_be_noticed_is_a_warning(read: Reading) -> None:
    labels = read(SAMPLE.replace("run: [presence, scanner, meeting]", "run: [meeting]"))
    assert [text.split(": ", 2)[2] for text in labels.warnings] == [
        "no node runs presence in zone room-1: nobody is noticed there",
        "no node runs scanner in zone room-1: nobody is recognised there",
    ]


@pytest.mark.parametrize(
    ("left", "says"),
    [
        ("controller", "no node runs auth, which meeting, controller ask; add it to the `run` of exactly one"),
        ("auth", "no node runs controller, which presence, scanner, guidance, meeting ask; add it to the `run` of exactly one"),
    ],
)
def test_a_place_may_do_without_one_that_others_ask_and_is_warned(read: Reading, left: str, says: str) -> None:
    labels = read(SAMPLE.replace("[controller, auth]", f"[{left}]"))
    assert [text.split(": ", 2)[2] for text in labels.warnings] == [says]


@pytest.mark.parametrize("text", ["", "- 1\n", "zones: 1\nnodes: []\n", "zones: [a]\nnodes: {pi: null}\n"])
def test_what_is_no_labels_file_at_all_is_refused(read: Reading, text: str) -> None:
    with pytest.raises(LabelsError):
        read(text)


def test_screen_may_stand_in_a_room_or_on_the_way_to_one_and_nowhere_else(read: Reading) -> None:
    read(SAMPLE.replace("zone: room-1, run", "zone: corridor, run"))
    off_the_way = SAMPLE.replace("zone: room-1, run", "zone: corridor, run").replace(
        "[entrance, corridor, room-1]}", "[entrance, room-1]}"
    )
    with pytest.raises(
        LabelsError, match=r"labels\.yml:6: nodes\.pi-room-1\.zone: runs meeting in corridor, .* on the way to none"
    ):
        read(off_the_way)


def test_plan_is_read_and_given_to_the_screens(read: Reading) -> None:
    labels = read(SAMPLE.replace("rooms:", "plan: {corridor: [0, 0.5, 4, 3]}\nrooms:"))
    assert labels.plan == {"corridor": (0.0, 0.5, 4.0, 3.0)}
    words = discover()
    assert slice_for(words["meeting"], labels)["plan"] == {"corridor": [0.0, 0.5, 4.0, 3.0]}
    assert "plan" not in slice_for(words["presence"], labels)
