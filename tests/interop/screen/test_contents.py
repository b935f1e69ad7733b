"""What people see of each kind of document, in a real browser."""

import contextlib
import re
import urllib.request
from pathlib import Path

import pytest

from tests.interop.screen.browser import Browser
from tests.interop.screen.documents import LINKS, pdf, png
from tests.interop.screen.rig import LONG, Rig

pytestmark = pytest.mark.interop
SHEET = "document.querySelector('article:not(.away)')"
AGENDA = b"# Agenda\n\n1. Where we are\n2. What comes next\n\n| who | what |\n|---|---|\n| Ada | figures |\n"
REPORT = "\n\n".join(f"Paragraph {n} of a long report, which goes on for a while." for n in range(60)).encode()


def test_every_kind_of_document_is_seen_on_a_sheet_of_its_own(browser: Browser, rig: Rig) -> None:
    items = (
        ("agenda.md", "text/markdown", AGENDA),
        ("plan.png", "image/png", png()),
        ("offer.pdf", "application/pdf", pdf("Offer|Page one", "Terms", "Dates")),
        ("figures.txt", "text/plain", b"Visitors   41\nRooms       3\n"),
        ("links", "text/uri-list", LINKS),
    )
    with browser.page(rig.url) as page:
        rig.show(*items, ends_in_s=3600)
        page.sees("Where we are")
        page.until("document.querySelector('#bar').innerText.includes('1 of 7')")
        assert "until" in page.text and "Quarterly plan" in page.text
        page.do("press", key="ArrowRight")
        page.until(f"{SHEET}.querySelector('img')?.naturalWidth === 640")
        for number, words in enumerate(("Offer Page one", "Terms", "Dates"), 3):
            page.do("press", key="PageDown")
            page.until(f"{SHEET}.querySelector('canvas')?.textContent.includes('{words}')")
            assert f"{number} of 7" in page.text
            assert page.run(DARK_POINTS) > 500, "the page is drawn, not empty"
        page.do("press", key="ArrowRight")
        page.until(f"{SHEET}.innerText.includes('Visitors   41')")
        page.do("press", key="ArrowRight")
        page.until(f"{SHEET}.querySelectorAll('svg.qr').length === 2")
        page.do("press", key="ArrowRight")
        page.until(f"{SHEET}.innerText.includes('Agenda')")
        page.do("press", key="ArrowLeft")
        page.until(f"{SHEET}.innerText.includes('Minutes')")
        assert page.do("said") == []


def test_pages_upright_stand_two_and_two_on_a_wide_screen_and_one_by_one_on_a_narrow_one(browser: Browser, rig: Rig) -> None:
    labels = f"[...{SHEET}.querySelectorAll('canvas')].map((canvas) => canvas.ariaLabel).join()"
    rig.show(("paper.pdf", "application/pdf", pdf("Offer", "Terms", "Dates", box="0 0 595 842")))
    rig.shown()
    with browser.page(rig.url) as page:
        page.until(f"{labels} === 'Page 1 of 3,Page 2 of 3'")
        assert "1 of 2" in page.text
        left, right = page.run(
            f"[...{SHEET}.querySelectorAll('canvas')].map((canvas) => canvas.getBoundingClientRect()).map((box) => "
            "[box.left, box.right, box.top, box.bottom])"
        )
        assert left[1] < right[0] and left[2:] == right[2:] and right[1] < 1280
        page.do("press", key="ArrowRight")
        page.until(f"{labels} === 'Page 3 of 3'")
        assert "2 of 2" in page.text
    with browser.page(rig.url, viewport={"width": 720, "height": 1280}) as page:
        page.until(f"{labels} === 'Page 1 of 3'")
        assert "1 of 3" in page.text
        assert page.do("said") == []


DARK_POINTS = """(() => {
  const canvas = document.querySelector('article:not(.away) canvas');
  const points = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let dark = 0;
  for (let at = 0; at < points.length; at += 4) dark += points[at] < 128 && points[at + 3] > 128;
  return dark;
})()"""
SEEN = """[...document.querySelectorAll('.body p')].filter((p) => {
  const [its, box] = [p.getBoundingClientRect(), p.parentElement.getBoundingClientRect()];
  return its.left >= box.left - 1 && its.right <= box.right + 1 && its.bottom <= box.bottom + 1;
}).map((p) => p.innerText)"""


@LONG
def test_long_text_goes_on_from_sheet_to_sheet_and_nothing_is_lost(browser: Browser, rig: Rig) -> None:
    with browser.page(rig.url) as page:
        rig.show(("report.md", "text/markdown", REPORT))
        page.sees("Paragraph 0")
        sheets = int(page.run("document.querySelector('#bar').innerText.match(/of (\\d+)/)[1]"))
        assert sheets > 3
        read: list[str] = []
        for _ in range(sheets):
            read += page.run(SEEN)
            page.do("press", key="ArrowRight")
        assert {text.split()[1] for text in read} == {str(n) for n in range(60)}


def test_sheet_stays_where_it_is_when_only_the_line_below_changes(browser: Browser, rig: Rig) -> None:
    rig.order("hidden")  # nothing that looks the same is there before
    with browser.page(rig.url) as page:
        rig.show(("report.md", "text/markdown", REPORT))
        page.sees("Paragraph 0")
        page.do("press", key="ArrowRight")
        page.until("document.querySelector('#bar').innerText.includes('2 of')")
        meeting = list(rig.auth.shelves)[-1]
        rig.order("meeting", meeting, line="The room is booked until noon")
        page.sees("booked until noon")
        assert "2 of" in page.text


def test_pdf_viewer_is_fetched_only_when_there_is_a_pdf_and_from_nowhere_else(browser: Browser, rig: Rig) -> None:
    with browser.page(rig.url) as page:
        rig.show(("agenda.md", "text/markdown", AGENDA))
        page.sees("Where we are")
        assert not [url for url in page.do("requests") if "/pdf/" in url]
        rig.show(("offer.pdf", "application/pdf", pdf("Offer")))
        page.until("document.querySelector('canvas')?.textContent.includes('Offer')")
        assert [url for url in page.do("requests") if "pdf.worker" in url]
        assert all(url.startswith(rig.url) for url in page.do("requests"))


def test_screen_that_is_told_what_it_waits_for_says_it(browser: Browser, rig: Rig) -> None:
    rig.order("hidden", line="Waiting to know who is here")
    with browser.page(rig.url) as page:
        page.sees("Waiting to know who is here")
        assert page.run("getComputedStyle(document.querySelector('.quiet')).fontSize.replace('px', '') / innerHeight") > 0.05


@LONG
def test_twenty_megabytes_are_fetched_kept_and_shown(browser: Browser, rig: Rig) -> None:
    large = pdf("A large one") + b"\n% " + b"x" * 19_900_000 + b"\nstartxref\n"
    whole = large + str(pdf("A large one").rindex(b"xref\n0 ")).encode() + b"\n%%EOF\n"
    with browser.page(rig.url) as page:
        rig.show(("large.pdf", "application/pdf", whole))
        page.until("document.querySelector('canvas')?.textContent.includes('A large one')", 60)
    assert rig.process is not None
    status = Path(f"/proc/{rig.process.pid}/status").read_text()
    assert int(status.split("VmHWM:")[1].split()[0]) < 96_000, "the container may have 96 MB"


def test_fifty_screens_hear_of_a_change_and_pages_are_still_served(rig: Rig) -> None:
    with contextlib.ExitStack() as held:
        streams = [held.enter_context(urllib.request.urlopen(f"{rig.url}events", timeout=20)) for _ in range(50)]
        for stream in streams:
            assert stream.readline().startswith(b"id:")
        rig.order("hidden", line=f"for all {len(streams)} screens")
        with urllib.request.urlopen(rig.url, timeout=20) as page:
            now = re.search(b'data-version="([0-9]+)"', page.read())
        assert now is not None
        for stream in streams:
            seen = b""
            while seen != b"id: " + now[1] + b"\n":
                seen = stream.readline()
