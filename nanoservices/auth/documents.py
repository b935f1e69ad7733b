"""What a room's screen shows: kinds of documents, and how each begins. Pure."""

import codecs
from collections.abc import Callable, Iterator

from nanoservices import links
from nanoservices.errors import PayloadError

MOST_BYTES = 20_000_000
PIECE_BYTES = 262_144
MOST_LINKS = 50
LINKS = "text/uri-list"  # RFC 2483, section 5
_SIGNATURES = {
    "text/markdown": b"",
    "text/plain": b"",
    LINKS: b"",
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}
MEDIA_TYPES = tuple(_SIGNATURES)


class WrongMedia(PayloadError):
    """A kind of document that no screen shows."""

    status = 415


def pieces(read: Callable[[int], bytes], name: str, media_type: str) -> Iterator[bytes]:
    """An item's bytes as they are read. PayloadError, at the latest after the last, when a room's screen could not list or
    show it."""
    if not 1 <= len(name) <= 120 or not name.isprintable() or len(name.encode()) > 200:
        raise PayloadError("name: is not 1 to 120 printable characters (200 bytes)")
    if name in (".", ".."):
        raise PayloadError(f"name: {name} stands for a folder in every address; take another name")
    if media_type not in _SIGNATURES:
        raise WrongMedia(f"Content-Type: {media_type[:60] or 'nothing'} is not shown here; {', '.join(_SIGNATURES)} are")
    piece = read(PIECE_BYTES)
    if not piece:
        raise PayloadError("body: is empty")
    if not piece.startswith(_SIGNATURES[media_type]):
        raise WrongMedia(f"body: does not begin as {media_type} does")
    if media_type == LINKS:
        if len(piece) == PIECE_BYTES:
            raise PayloadError(f"body: is too long for up to {MOST_LINKS} links")
        _check_links(piece)
    yield from _decodable(piece, read, "utf-8" if media_type.startswith("text/") else "latin-1")


def _decodable(piece: bytes, read: Callable[[int], bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece:
            decoder.decode(piece)
            yield piece
            piece = read(PIECE_BYTES)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise PayloadError(f"body: is not UTF-8 text ({error.reason})") from None


def _check_links(body: bytes) -> None:
    lines = [line for line in body.decode(errors="replace").splitlines() if line and not line.startswith("#")]
    if not 1 <= len(lines) <= MOST_LINKS:
        raise PayloadError(f"body: holds {len(lines)} links; 1 to {MOST_LINKS} are taken, a line each")
    for number, link in enumerate(lines, 1):
        try:
            links.host(link)
        except links.NoPage as error:
            raise PayloadError(f"body: link {number} {error}") from None
