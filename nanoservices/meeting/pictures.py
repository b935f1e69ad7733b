"""Is it a picture, and one that a small browser can hold? Read from its first bytes. Pure.

PNG: RFC 2083, 3.1 and 4.1.1; JPEG: ITU-T T.81, B.1 and B.2.2.
"""

import struct

MEDIA_TYPES = ("image/png", "image/jpeg")
MOST_POINTS = 40_000_000  # four bytes each in the browser's memory; a telephone's largest pictures have 50 million
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_NO_FRAME = (0xC4, 0xC8, 0xCC)  # of 0xC0 to 0xCF, those that tell no size
_BARE = (0x01, *range(0xD0, 0xD9))  # markers without a length


def refusal(media_type: str, data: bytes) -> str | None:
    """Why it is not shown; None for a picture."""
    if media_type not in MEDIA_TYPES:
        return "it is not a picture"
    size = _png(data) if media_type == "image/png" else _jpeg(data)
    if size is None:
        return f"it is not the {media_type.removeprefix('image/').upper()} that it should be"
    if size[0] * size[1] > MOST_POINTS:
        return f"it has {size[0]} by {size[1]} points, more than a screen takes"
    return None


def _png(data: bytes) -> tuple[int, int] | None:
    if not data.startswith(_PNG) or data[12:16] != b"IHDR" or len(data) < 24:
        return None
    width, height = struct.unpack(">II", data[16:24])
    return (width, height) if width and height else None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = len(_JPEG)
    while data.startswith(_JPEG) and at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF or marker in _BARE:
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return (width, height) if width and height else None
        at += 2 + length
    return None
