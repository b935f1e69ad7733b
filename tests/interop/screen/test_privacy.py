"""A stranger enters: within one second nothing personal is left in the page or in any response."""

import re
import time
import urllib.error
import urllib.request

import pytest

from tests.interop.screen.browser import Browser
from tests.interop.screen.documents import pdf, png
from tests.interop.screen.rig import LONG, Rig, screen

pytestmark = pytest.mark.interop
DIARY = b"Dentist at nine; call the bank about the loan"
PERSONAL = (
    ("diary.txt", "text/plain", DIARY),
    ("photo.png", "image/png", png(320, 180)),
    ("loan.pdf", "application/pdf", pdf("Loan contract")),
)
WORDS = ("Dentist", "diary", "photo.png", "loan", "Loan", "Alice at home")
STRANGER = "Contents are hidden: somebody here is not invited"


def responses(rig: Rig, paths: list[str]) -> str:
    found = ""
    for path in paths:
        try:
            with urllib.request.urlopen(rig.url.rstrip("/") + path, timeout=5) as response:
                assert response.headers["Cache-Control"] == "no-store"
                found += response.read().decode("latin-1")
        except urllib.error.HTTPError as error:
            found += error.read().decode("latin-1")
    return found


def test_within_a_second_of_a_stranger_nothing_personal_is_in_the_page_or_in_any_response(browser: Browser, rig: Rig) -> None:
    rig.auth.shelves["personal"], rig.auth.titles["personal"] = list(PERSONAL), "Alice at home"
    with browser.page(rig.url) as page:
        rig.order("personal")
        page.sees("Dentist at nine")
        for _ in range(2):
            page.do("press", key="ArrowRight")
        page.until("document.querySelector('canvas')?.textContent.includes('Loan contract')")
        items = sorted({f"/items/{digest}" for digest in re.findall("[0-9a-f]{64}", page.html)})
        assert len(items) == 2
        began = time.monotonic()
        rig.order("hidden", line=STRANGER)
        said = responses(rig, ["/", "/fragment", *items])
        page.sees(STRANGER)
        took = time.monotonic() - began
        left = page.html + said
        assert took < 1.0
        assert [word for word in WORDS if word in left] == []
        assert b"PNG" not in left.encode("latin-1") and "%PDF" not in left
        assert page.run("document.querySelectorAll('img, canvas, article').length") == 0
        assert page.run("caches.keys().then((keys) => keys.length)") == 0
        assert page.run("document.title") == "room-1" and page.run("localStorage.length + sessionStorage.length") == 0


@LONG
def test_item_on_its_way_when_a_stranger_enters_breaks_off(browser: Browser, rig: Rig) -> None:
    large = (("large.pdf", "application/pdf", pdf("Secret") + b"\n%" + b"x" * 12_000_000 + b"\n%%EOF"),)
    rig.auth.shelves["personal"] = list(large)
    rig.order("personal")
    rig.shown()
    with urllib.request.urlopen(rig.url, timeout=5) as response:
        (item,) = set(re.findall("[0-9a-f]{64}", response.read().decode())) or {""}
    with urllib.request.urlopen(f"{rig.url}items/{item}", timeout=5) as response:
        response.read(65_536)
        rig.order("hidden", line=STRANGER)
        with pytest.raises(Exception, match=r"IncompleteRead|reset"):
            response.read()


@LONG
def test_screen_that_loses_its_room_says_so_and_forgets_what_it_showed(browser: Browser, rig: Rig) -> None:
    rig.auth.shelves["personal"] = list(PERSONAL)
    with browser.page(rig.url) as page:
        rig.order("personal")
        page.sees("Dentist at nine")
        rig.stop()
        page.sees("Stale: not connected to the room")
        page.until("!document.body.innerText.includes('Dentist')", 6)
        rig.start()
        rig.order("personal")
        page.sees("Dentist at nine")
        page.until("document.getElementById('stale').hidden")


def test_controller_that_falls_silent_hides_everything_by_the_end_of_its_lease(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with screen(tmp_path_factory.mktemp("silent")) as rig:
        rig.lease_s = 1.0
        rig.auth.shelves["personal"] = list(PERSONAL)
        with browser.page(rig.url) as page:
            rig.order("personal")
            page.sees("Dentist at nine")
            rig.announces = False
            page.sees("Contents are hidden: the controller is silent")
            assert "Dentist" not in page.html
            rig.announces = True
            page.sees("Dentist at nine")
