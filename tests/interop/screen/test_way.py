"""A screen at the entrance: the floor plan, and the ways that are led, in the visits' colours."""

import pytest

from nanoservices.wire import Step, Visit
from tests.interop.screen.browser import Browser
from tests.interop.screen.rig import WAY_PLACE, screen

pytestmark = pytest.mark.interop
LED = tuple(Step(name, float(at)) for at, name in enumerate(("a", "b", "d", "e")))


def visit(number: int, room: str, **more: object) -> Visit:
    return Visit(f"v{number}", "entrance", LED, f"person-{number}", room=room, number=number, colour=number - 1, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("names", [False, True])
def test_ways_are_drawn_while_people_are_led_and_names_only_where_they_are_allowed(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, names: bool
) -> None:
    with screen(tmp_path_factory.mktemp("way"), WAY_PLACE, NAMES=str(names).lower()) as rig, browser.page(rig.url) as page:
        page.sees("Welcome")
        rig.visits = [visit(1, "room-1"), visit(2, "room-2")]
        page.sees("ollow green to room-1")
        page.sees("ollow blue to room-2")
        assert page.run("[...document.querySelectorAll('polyline.way')].map((way) => way.getAttribute('stroke'))") == [
            "#00ff00", "#0000ff",
        ]  # fmt: skip
        assert ("person-1" in page.html) is names
        assert page.do("axe") == []
        rig.visits = [visit(1, "room-1", outcome="completed"), visit(2, "room-2")]
        page.until("document.querySelectorAll('polyline.way').length === 1")
        rig.visits = [visit(1, "room-1", outcome="completed"), visit(2, "room-2", outcome="abandoned")]
        page.sees("Welcome")
        assert page.do("said") == []
