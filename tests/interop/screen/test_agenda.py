"""What an idle screen says of the room's day, in a real browser, in the room's own time zone."""

import datetime
import time
from pathlib import Path

import pytest

from nanoservices.wire import Slot
from tests.interop.screen.browser import Browser
from tests.interop.screen.noon import Noon
from tests.interop.screen.rig import LONG, ROOM, Rig
from tests.interop.screen.test_privacy import STRANGER, responses

pytestmark = pytest.mark.interop
TITLES = ("Quarterly plan", "Retrospective", "Choir")


def test_screen_of_an_empty_room_says_what_comes_next_and_to_a_stranger_only_when(browser: Browser, tmp_path: Path) -> None:
    noon = Noon()
    with Rig(tmp_path) as rig:
        rig.auth.slots = (
            Slot(noon.at(14), noon.at(15), TITLES[0]),
            Slot(noon.at(15, 30), noon.at(16), TITLES[1]),
            Slot(noon.at(9, days=1), noon.at(10, days=1), TITLES[2]),
        )
        rig.auth.shelves["personal"], rig.auth.titles["personal"] = [], ROOM
        rig.start()
        with browser.page(rig.url, timezoneId=noon.name) as page:
            rig.order("personal")
            page.sees("Free until 14:00")
            page.sees("Next: 14:00 to 15:00, Quarterly plan")
            page.sees("Then: tomorrow, 09:00 to 10:00, Choir")
            assert "Nothing more today" not in page.text and "UTC" not in page.text
            assert page.do("axe") == []
            began = time.monotonic()
            rig.order("hidden", line=STRANGER)
            said = responses(rig, ["/", "/fragment"])
            page.sees(STRANGER)
            assert time.monotonic() - began < 1.0
            assert "Next: 14:00 to 15:00" in page.text
            assert [title for title in TITLES if title in page.html + said] == []
            assert page.do("axe") == []
            assert page.do("said") == []


def test_meeting_that_is_on_is_followed_and_what_is_tomorrow_is_not_today(browser: Browser, tmp_path: Path) -> None:
    noon, soon = Noon(), time.time() + 3
    with Rig(tmp_path) as rig:
        rig.auth.slots = (
            Slot(noon.at(11), soon, TITLES[0]),
            Slot(noon.at(9, 30, days=1), noon.at(10, days=1), TITLES[1]),
        )
        rig.auth.shelves["personal"] = [("diary.txt", "text/plain", b"Dentist at nine")]
        rig.auth.titles["personal"] = ROOM
        rig.start()
        with browser.page(rig.url, timezoneId=noon.name) as page:
            rig.order("personal")
            page.sees("Dentist at nine")
            until = datetime.datetime.fromtimestamp(soon, noon.zone)
            page.sees(f"Taken until {until:%H:%M}, Quarterly plan")
            page.sees("Next: tomorrow, 09:30 to 10:00, Retrospective")
            page.sees("Nothing more today")
            assert "Dentist at nine" in page.text and "Taken" not in page.text
            assert page.do("axe") == []


@LONG
def test_screen_that_cannot_ask_auth_says_so_beside_what_it_was_told(browser: Browser, tmp_path: Path) -> None:
    noon = Noon()
    with Rig(tmp_path) as rig:
        rig.auth.slots = (Slot(noon.at(14), noon.at(15), TITLES[0]),)
        rig.start()
        with browser.page(rig.url, timezoneId=noon.name) as page:
            page.sees("Free until 14:00")
            rig.wait(rig.lose_auth())
            page.sees("What comes next may have changed: auth cannot be reached")
            assert "Next: 14:00 to 15:00" in page.text
            rig.wait(rig.find_auth())
            page.until("!document.body.innerText.includes('cannot be reached')")


@LONG
@pytest.mark.parametrize(("agenda", "seen"), [("times", "Next: 14:00 to 15:00"), ("off", "")])
def test_admin_may_have_less_said(browser: Browser, tmp_path: Path, agenda: str, seen: str) -> None:
    noon = Noon()
    with Rig(tmp_path) as rig:
        rig.auth.slots = (Slot(noon.at(14), noon.at(15), TITLES[0]),)
        rig.auth.shelves["personal"] = [("diary.txt", "text/plain", b"Dentist at nine")]
        rig.start(AGENDA=agenda)
        with browser.page(rig.url, timezoneId=noon.name) as page:
            rig.order("personal")
            page.sees("Dentist at nine")
            page.sees(seen)
            assert ("14:00" in page.text) == bool(seen)
            assert TITLES[0] not in page.html
