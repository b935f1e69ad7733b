"""What of each item can be seen on a screen, or why nothing of it. Pure.

What it shows nobody else may choose: text is escaped, Markdown disarmed, a picture has the beginning and the size of one, a
PDF is drawn by the page's own viewer, links are told and not followed.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from markupsafe import Markup

from nanoservices.dataclass import dataclass
from nanoservices.meeting import pictures
from nanoservices.meeting.addresses import refusal
from nanoservices.meeting.markdown import rendered
from nanoservices.meeting.qr import picture as qr_picture

Kind = Literal["text", "markdown", "image", "pdf", "links", "nothing"]
MOST_TEXT = 100_000
MOST_MARKDOWN = 30_000  # what is made to take long takes a second or so then, on a Pi a few
MOST_LINKS = 6  # that fit beside each other
CUT = "\n\n[cut here: the rest is too long for a screen]"
_PDF_END = 2048


@dataclass(frozen=True)
class Paper:
    """One item as it is seen: `html` of texts and links; pictures and PDFs are fetched by their sha256. `why` says what of
    it is not shown; of a `nothing` that is all of it."""

    name: str
    sha256: str
    kind: Kind
    html: Markup | None = None
    why: str | None = None


@dataclass(frozen=True)
class Source:
    """An item's name, kind and bytes."""

    name: str
    media_type: str
    sha256: str
    data: bytes


def papers(items: Iterable[Source]) -> tuple[Paper, ...]:
    given = tuple(items)
    shown = {item.name: f"/items/{item.sha256}" for item in given if pictures.refusal(item.media_type, item.data) is None}
    return tuple(_paper(item, shown) for item in given)


def _paper(item: Source, shown: dict[str, str]) -> Paper:
    if item.media_type in pictures.MEDIA_TYPES:
        why = pictures.refusal(item.media_type, item.data)
        return Paper(item.name, item.sha256, "nothing" if why else "image", None, why)
    if item.media_type == "application/pdf":
        why = _no_pdf(item.data)
        return Paper(item.name, item.sha256, "nothing" if why else "pdf", None, why)
    if item.media_type == "text/uri-list":
        return _links(item)
    if item.media_type == "text/markdown":
        found = rendered(text(item.data, MOST_MARKDOWN), shown)
        return Paper(item.name, item.sha256, "nothing" if found.html is None else "markdown", found.html, found.why)
    if item.media_type == "text/plain":
        return Paper(item.name, item.sha256, "text", Markup("<pre>{}</pre>").format(text(item.data)))
    return Paper(item.name, item.sha256, "nothing", None, "it is of a kind that no screen shows")


def text(data: bytes, most: int = MOST_TEXT) -> str:
    """As far as it can be read, and as a screen can hold."""
    shown = data[: most * 4].decode(errors="replace")
    return shown if len(shown) <= most else shown[:most] + CUT


def _no_pdf(data: bytes) -> str | None:
    """Why a viewer need not even try (ISO 32000-1, 7.5.1: a header, and at the end the place of its table)."""
    if b"%PDF-" not in data[:1024]:
        return "it is not a PDF"
    end = data[-_PDF_END:]
    return None if b"%%EOF" in end or b"startxref" in end else "it is a PDF without its end"


def _links(item: Source) -> Paper:
    """RFC 2483, section 5; a comment before a link is its title."""
    kept, whys = [], []
    for title, address in _told(text(item.data)):
        why = refusal(address)
        if why is None:
            kept.append(Markup('<li>{}<p>{}</p><p class="to">{}</p></li>').format(qr_picture(address), title, address))
        else:
            whys.append(f"a link in it {why} and is left out")
    if len(kept) > MOST_LINKS:
        whys.append(f"it has {len(kept)} links, of which {MOST_LINKS} are shown")
    why = whys[0] if whys else None
    if not kept:
        return Paper(item.name, item.sha256, "nothing", None, why or "it has no link in it")
    shown = Markup("<ul>{}</ul>").format(Markup().join(kept[:MOST_LINKS]))
    return Paper(item.name, item.sha256, "links", shown, why)


def _told(listed: str) -> Iterator[tuple[str, str]]:
    title = ""
    for line in re.split(r"\r?\n", listed):
        if line.startswith("#"):
            title = line[1:].strip()[:120]
        elif line.strip():
            yield title, line.strip()
            title = ""


def told(paper: Paper) -> str | None:
    """The sentence about what of it is not shown."""
    if paper.why is None:
        return None
    return f"{paper.name} is not shown: {paper.why}" if paper.kind == "nothing" else f"{paper.name}: {paper.why}"
