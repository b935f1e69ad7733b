"""Pictures of every state of the screen, for the documents: python -m tests.interop.screen.states FOLDER (make screens)."""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from nanoservices.wire import Slot, Step, Visit
from tests.interop.screen.browser import Browser, Page, launched
from tests.interop.screen.documents import LINKS, pdf, png
from tests.interop.screen.noon import Noon
from tests.interop.screen.rig import ROOM, WAY_PLACE, Rig, screen

SIZE = {"width": 1280, "height": 720}
AGENDA = b"""# Agenda

1. Where we are
2. What comes next, see [the wiki](https://example.org/wiki)
3. Who does what

| when | what | who |
|---|---|---|
| 10:00 | figures of the quarter | Alice |
| 10:30 | the new room | Bob |
"""
PERSONAL = b"Dentist on Thursday, 8:30\nWater the plants\nCall Bob about the room\n"
OFFER = pdf(
    "Offer|A meeting room that knows its people|Three Pis, six services, one evening", "What it costs|Less than its screen"
)
ITEMS = (
    ("agenda.md", "text/markdown", AGENDA),
    ("offer.pdf", "application/pdf", OFFER),
    ("picture.png", "image/png", png()),
    ("links", "text/uri-list", LINKS),
)
BAD = (
    ("notes.md", "text/markdown", b"# Notes\n\nNothing else was decided.\n"),
    ("old.pdf", "application/pdf", b"%PDF-1.3 cut off here"),
)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with launched() as browser, tempfile.TemporaryDirectory() as home:
        Path(home, "room").mkdir()
        Path(home, "way").mkdir()
        with Rig(Path(home, "room")) as rig:
            noon = Noon()
            rig.auth.titles["personal"] = ROOM
            rig.auth.slots = (
                Slot(noon.at(14), noon.at(15), "Quarterly plan"),
                Slot(noon.at(15, 30), noon.at(16, 15), "Retrospective"),
                Slot(noon.at(9, days=1), noon.at(10, days=1), "Choir"),
            )
            rig.start()
            for scheme in ("light", "dark"):
                _room(browser, rig, folder, scheme, noon)
        with screen(Path(home, "way"), WAY_PLACE) as rig:
            rig.visits = [_visit(1, "room-1"), _visit(2, "room-2")]
            for scheme in ("light", "dark"):
                with browser.page(rig.url, viewport=SIZE, colorScheme=scheme) as page:
                    _shoot(page, folder, "way", scheme, lambda page: page.sees("Follow blue to room-2"))


def _visit(number: int, room: str) -> Visit:
    steps = tuple(Step(name, float(at)) for at, name in enumerate(("a", "b", "d", "e")))
    return Visit(f"v{number}", "entrance", steps, room=room, number=number, colour=number - 1)


def _room(browser: Browser, rig: Rig, folder: Path, scheme: str, noon: Noon) -> None:
    """What a room's screen comes to show, in the order of a day."""
    rig.auth.shelves["personal"] = []
    with browser.page(rig.url, viewport=SIZE, colorScheme=scheme, timezoneId=noon.name) as page:
        rig.order("personal")
        _shoot(page, folder, "idle", scheme, lambda page: page.sees("Next: 14:00"))
        rig.auth.shelves["personal"] = [("notes.txt", "text/plain", PERSONAL)]
        rig.order("hidden", line="Waiting to know who is here")
        _shoot(page, folder, "waiting", scheme, lambda page: page.sees("Waiting to know who is here"))
        rig.order("personal")
        _shoot(page, folder, "personal", scheme, lambda page: page.sees("Dentist"))
        rig.order("hidden", line="Contents are hidden: somebody here is not invited")
        _shoot(page, folder, "stranger", scheme, lambda page: page.sees("not invited"))
        rig.show(*ITEMS, title="Quarterly plan", ends_in_s=noon.at(13, 30) - time.time())
        _shoot(page, folder, "meeting", scheme, lambda page: page.sees("Where we are"))
        for name, ready in (("pdf", "canvas"), ("picture", "img"), ("links", "svg.qr")):
            page.do("press", key="ArrowRight")
            if name == "picture":
                page.do("press", key="ArrowRight")
            seen = f"document.querySelector('article:not(.away) {ready}')"
            _shoot(page, folder, name, scheme, lambda page, seen=seen: page.until(seen))  # type: ignore[misc]
        rig.show(*BAD, title="Retrospective", ends_in_s=900)
        _shoot(page, folder, "refused", scheme, lambda page: page.sees("without its end"))
        rig.auth.wrong = "hash"
        rig.show(*ITEMS)
        _shoot(page, folder, "trouble", scheme, lambda page: page.sees("keeps trying"))
        rig.auth.wrong = None
        rig.order("personal")
        page.sees("Dentist")
        rig.stop()
        _shoot(page, folder, "stale", scheme, lambda page: page.sees("Stale"))
        rig.start()


def _shoot(page: Page, folder: Path, name: str, scheme: str, ready: Callable[[Page], object]) -> None:
    ready(page)
    page.run("new Promise((done) => setTimeout(done, 250))")
    path = folder / f"{name}{'-dark' if scheme == 'dark' else ''}.png"
    page.do("shot", path=str(path))
    print(path)


if __name__ == "__main__":
    main()
