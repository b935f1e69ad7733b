"""Who is led past a screen on the way, and how that is drawn."""

import re

import pytest

from nanoservices.meeting.floor_plan import drawn, plan_of, sentence
from nanoservices.meeting.page import fragment
from nanoservices.meeting.room import room_of
from nanoservices.meeting.view import View
from nanoservices.meeting.way import Led, led, oldest_open
from nanoservices.place import Node, Place, Room
from nanoservices.wire import Step, Visit

ROOMS = {"red": Room("zone-r", ("door", "hall", "zone-r")), "blue": Room("zone-b", ("door", "hall", "stairs", "zone-b"))}


def visit(number: int, room: str | None = "red", steps: str = "a b d", zone: str = "door", **more: object) -> Visit:
    told = tuple(Step(name, float(at)) for at, name in enumerate(steps.split()))
    return Visit(f"v{number}", zone, told, f"person-{number}", room=room, number=number, colour=number, **more)  # type: ignore[arg-type]


def test_visit_is_shown_from_its_recognition_until_the_person_is_in_the_room() -> None:
    assert led([visit(1, steps="a b c")], ROOMS, "door", False) == ()
    assert led([visit(1)], ROOMS, "door", False) == (Led("red", ROOMS["red"].route, 1),)
    assert len(led([visit(1, steps="a b d e")], ROOMS, "door", False)) == 1
    assert led([visit(1, steps="a b d e e'")], ROOMS, "door", False) == ()


@pytest.mark.parametrize("over", ["completed", "refused", "failed", "abandoned", "nobody"])
def test_visit_that_is_over_is_not_shown(over: str) -> None:
    assert led([visit(1, outcome=over)], ROOMS, "door", False) == ()


def test_refused_and_roomless_visits_are_not_shown() -> None:
    assert led([visit(1, room=None), visit(2, room="gone"), visit(3, reason="not-invited")], ROOMS, "door", False) == ()


def test_screen_shows_only_ways_that_lead_through_its_zone() -> None:
    both = [visit(2, "blue"), visit(1, "red")]
    assert [one.room for one in led(both, ROOMS, "hall", False)] == ["red", "blue"]
    assert [one.room for one in led(both, ROOMS, "stairs", False)] == ["blue"]
    assert [one.route[0] for one in led([visit(1, zone="hall")], ROOMS, "hall", False)] == ["hall"]
    assert led([visit(1, zone="hall")], ROOMS, "door", False) == ()


def test_names_are_there_only_where_the_admin_allows_them() -> None:
    (without,) = led([visit(1)], ROOMS, "door", False)
    (with_name,) = led([visit(1)], ROOMS, "door", True)
    assert sentence(without) == "Follow blue to red"
    assert sentence(with_name) == "person-1: follow blue to red"
    assert "person-1" not in fragment(View("door", way=(without,)), 0.0, plan_of(ROOMS, {}))


def test_oldest_open_visit_is_where_looking_begins_again() -> None:
    assert oldest_open([visit(3), visit(2, outcome="completed"), visit(5)]) == 3
    assert oldest_open([visit(2, outcome="completed")]) is None


def test_plan_follows_from_the_routes() -> None:
    plan = plan_of(ROOMS, {})
    assert set(plan.boxes) == {"door", "hall", "zone-r", "stairs", "zone-b"}
    assert [plan.boxes[zone][0] for zone in ("door", "hall", "zone-r")] == [0, 4, 8]
    assert plan.boxes["stairs"][1] > plan.boxes["hall"][1]
    assert len(set(plan.boxes.values())) == 5


def test_plan_of_labels_yml_is_kept_and_what_it_lacks_lies_below() -> None:
    plan = plan_of(ROOMS, {"door": (1, 1, 2, 2), "hall": (3, 1, 6, 1)})
    assert plan.boxes["hall"] == (3, 1, 6, 1)
    assert all(plan.boxes[zone][1] >= 3 for zone in ("zone-r", "stairs", "zone-b"))


def test_line_goes_through_every_zone_in_the_colour_of_the_visits_light() -> None:
    plan = plan_of(ROOMS, {})
    picture = drawn(plan, "door", [Led("red", ROOMS["red"].route, 0), Led("blue", ROOMS["blue"].route, 1)])
    ways = re.findall(r'class="way" points="([^"]*)" stroke="(#[0-9a-f]{6})"', picture)
    assert [(len(points.split()), colour) for points, colour in ways] == [(3, "#00ff00"), (4, "#0000ff")]
    assert ways[0][0].split()[0] != ways[1][0].split()[0], "two lines lie beside each other"
    assert picture.count("You are here") == 1 and "style=" not in picture


def test_page_says_in_words_what_the_picture_shows_and_escapes_them() -> None:
    page = fragment(View("door", way=(Led("red", ROOMS["red"].route, 0, "<b>Eve"),)), 0.0, plan_of(ROOMS, {}))
    assert "&lt;b&gt;Eve: follow green to red" in page and "<b>" not in page


def test_screen_in_a_zone_on_the_way_is_of_no_room() -> None:
    place = Place({"pi": Node("hall")}, rooms=ROOMS)
    assert room_of(place, "pi") == ("hall", None)
