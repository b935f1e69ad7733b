"""What a file is, by how it begins and not by its name alone, before it is sent to auth."""

from pathlib import Path

from swarm.errors import InputError

MOST_BYTES = 20_000_000  # that auth takes of one item
LINKS = "text/uri-list"
_MAGIC = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_ENDINGS = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
}
_HEAD = 8192


def media_type(path: Path) -> str:
    """InputError when no screen shows it, it is not what its name says, or it is too large."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise InputError([f"{path}: cannot be read: {error.strerror}"]) from None
    if not head:
        raise InputError([f"{path}: is empty"])
    if size > MOST_BYTES:
        raise InputError([f"{path}: has {size / 1e6:.1f} MB, and {MOST_BYTES / 1e6:.0f} MB are taken; make it smaller"])
    is_called = _ENDINGS.get(path.suffix.lower())
    begins_as = next((found for magic, found in _MAGIC.items() if head.startswith(magic)), None)
    if begins_as is None and is_called not in (*_MAGIC.values(), None):
        return str(is_called)
    if begins_as is None and is_called is None and _is_text(head):
        return "text/plain"
    if begins_as is None or is_called not in (begins_as, None):
        raise InputError([_refusal(path, is_called, begins_as)])
    return begins_as


def _refusal(path: Path, is_called: str | None, begins_as: str | None) -> str:
    if is_called is None:
        return f"{path}: is none of PDF, PNG, JPEG, Markdown and text, which the room's screen can show"
    return f"{path}: is called as if it were {is_called}, and " + (f"is {begins_as}" if begins_as else "does not begin as one")


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        if error.end < len(head) - 3:  # the last character may be cut
            return False
        text = head[: error.start].decode()
    return "\0" not in text
