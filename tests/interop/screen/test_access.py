"""Who sees little, hears the page or has only keys; who has no script."""

import pytest

from tests.interop.screen.browser import Browser
from tests.interop.screen.documents import LINKS, pdf, png
from tests.interop.screen.rig import LONG, Rig

pytestmark = pytest.mark.interop
ITEMS = (
    ("agenda.md", "text/markdown", b"# Agenda\n\n1. One\n\n> quoted\n\n| a |\n|---|\n| `b` |\n"),
    ("plan.png", "image/png", png(320, 180)),
    ("offer.pdf", "application/pdf", pdf("Offer")),
    ("links", "text/uri-list", LINKS),
    ("bad.pdf", "application/pdf", b"no"),
)


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=LONG)])
def test_axe_finds_nothing_wrong_in_any_state(browser: Browser, rig: Rig, scheme: str) -> None:
    with browser.page(rig.url, colorScheme=scheme) as page:
        rig.order("hidden", line="Waiting to know who is here")
        page.sees("Waiting to know")
        assert page.do("axe") == []
        rig.show(*ITEMS, ends_in_s=3600)
        page.sees("Agenda")
        for _ in range(4):
            assert page.do("axe") == []
            page.do("press", key="ArrowRight")


def test_who_hears_the_page_is_told_what_is_seen(browser: Browser, rig: Rig) -> None:
    rig.show(*ITEMS)
    rig.shown()
    with browser.page(rig.url) as page:
        page.sees("Agenda")
        tree = page.do("tree")
        for part in (
            'heading "Quarterly plan"',
            'region "Contents"',
            'button "On"',
            'button "Stop turning by itself"',
            "bad.pdf is not shown",
        ):
            assert part in tree, tree
        assert "plan.png" not in tree, "what is on another sheet is not read out"
        page.do("press", key="ArrowRight")
        page.do("press", key="ArrowRight")
        page.until("document.querySelector('canvas')")
        assert 'img "Page 1 of 1"' in page.do("tree")


def test_buttons_do_what_they_say_by_keyboard_alone(browser: Browser, rig: Rig) -> None:
    rig.show(*ITEMS)
    rig.shown()
    with browser.page(rig.url) as page:
        page.sees("1 of 4")
        page.do("press", key="Tab")
        page.do("press", key="Tab")
        assert page.run("document.activeElement.getAttribute('aria-label')") == "On"
        page.do("press", key="Enter")
        page.sees("2 of 4")
        assert page.run("document.querySelector('#bar button:last-child').getAttribute('aria-label')") == "Turn by itself"


@LONG
def test_without_script_everything_is_there_below_each_other(browser: Browser, rig: Rig) -> None:
    rig.show(*ITEMS)
    rig.shown()
    with browser.page(rig.url, javaScriptEnabled=False) as page:
        tree = page.do("tree")
        assert "Agenda" in tree and "plan.png" in tree and "The wiki" in tree


def test_words_are_large_enough_for_five_metres(browser: Browser, rig: Rig) -> None:
    """On a screen 1.2 m wide, capital letters (0.7 of the size) of at least 5 m / 300."""
    rig.show(*ITEMS)
    rig.shown()
    with browser.page(rig.url, viewport={"width": 1920, "height": 1080}) as page:
        page.sees("Agenda")
        size = page.run("parseFloat(getComputedStyle(document.querySelector('.markdown li')).fontSize)")
        assert size / 1920 * 1.2 * 0.7 >= 5 / 300
