"""The page's own files, read once: what lies under static/. Those that end with .gz are sent as they are."""

from functools import cache
from pathlib import Path

from nanoservices.dataclass import dataclass

FOLDER = Path(__file__).parent / "static"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class File:
    data: bytes
    media_type: str
    encoding: str | None = None


@cache
def load(folder: Path = FOLDER) -> dict[str, File]:
    """By path below `folder`, without the .gz. What is of no kind that a page needs is not offered."""
    found = {}
    for path in sorted(folder.rglob("*")):
        packed = path.suffix == ".gz"
        name = path.relative_to(folder).as_posix().removesuffix(".gz")
        media_type = MEDIA_TYPES.get(Path(name).suffix)
        if media_type is not None and path.is_file():
            found[name] = File(path.read_bytes(), media_type, "gzip" if packed else None)
    return found
