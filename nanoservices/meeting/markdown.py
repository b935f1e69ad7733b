"""The door to markdown-it: CommonMark in, safe markup out. Pure.

Nothing of a document becomes markup by itself: its HTML is shown as the text that it is, its links are words with their
address beside them, its pictures are those of the same contents or nothing. A document with a script in it is refused whole:
who writes one into a paper for a wall means no good.
"""

import re
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from nanoservices.dataclass import dataclass
from nanoservices.meeting.addresses import refusal

_ACTIVE = re.compile(
    r"<\s*/?\s*(script|iframe|frame|object|embed|applet|form|base|meta|link|style|svg|math|template|portal)\b"
    r"|<[^>]*[\s/\"']on[a-z]+\s*=|\b(javascript|vbscript)\s*:|\bdata\s*:\s*text/html",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\s*(javascript|vbscript|data|file)\s*:", re.IGNORECASE)
_DEEPEST = 20


@dataclass(frozen=True)
class Rendered:
    """`html` is None for what is refused, and `why` says it; of what is shown it says what was left out."""

    html: Markup | None
    why: str | None = None


def rendered(text: str, pictures: Mapping[str, str]) -> Rendered:
    """`pictures`: the sources of those that may be shown in it, by the names they have in the contents."""
    reader = MarkdownIt("commonmark", {"html": True, "maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
    reader.validateLink = _anything  # type: ignore[method-assign]  # every link is looked at below
    tokens = reader.parse(text)
    everything = list(_all(tokens))
    if any(_is_active(token) for token in everything):
        return Rendered(None, "it has a script in it")
    why = _disarm(tokens, pictures)
    return Rendered(Markup(reader.renderer.render(tokens, reader.options, {})), why)  # noqa: S704  # disarmed just above


def _anything(url: str) -> bool:
    return True


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or ())


def _is_active(token: Token) -> bool:
    if token.type in ("html_block", "html_inline"):
        return _ACTIVE.search(token.content) is not None
    where = str(token.attrs.get("href") or token.attrs.get("src") or "")
    return _SCHEME.match(urllib.parse.unquote(where)) is not None


def _disarm(tokens: list[Token], pictures: Mapping[str, str]) -> str | None:
    """In place. What was left out, in words; None when nothing was."""
    left_out: list[str] = []
    for token in tokens:
        if token.type == "html_block":
            token.type, token.tag = "code_block", "code"
        if token.children:
            token.children = list(_disarmed(token.children, pictures, left_out))
    return left_out[0] if left_out else None


def _disarmed(children: Sequence[Token], pictures: Mapping[str, str], left_out: list[str]) -> Iterator[Token]:
    where, words = "", ""  # of the link that is open
    for token in children:
        if token.type == "link_open":
            where, words = str(token.attrs.get("href", "")), ""
            why = None if where.startswith("#") else refusal(where)
            if why is not None:
                left_out.append(f"a link in it {why} and is left out")
            where = "" if why is not None or where.startswith("#") else where
            yield Token("link_open", "span", 1, attrs={"class": "link"})
        elif token.type == "link_close":
            if where and urllib.parse.unquote(where) != urllib.parse.unquote(words):
                yield Token("text", "", 0, content=f" ({where})")
            yield Token("link_close", "span", -1)
        elif token.type == "image":
            yield _picture(token, pictures)
        else:
            if token.type == "html_inline":
                token.type = "text"
            words += token.content
            yield token


def _picture(token: Token, pictures: Mapping[str, str]) -> Token:
    source = pictures.get(urllib.parse.unquote(str(token.attrs.get("src", ""))))
    if source is None:
        return Token("text", "", 0, content=token.content)
    token.attrs = {"src": source, "alt": ""}
    return token
