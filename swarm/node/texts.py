"""What is put on a node: the files beside this one."""

from collections.abc import Mapping
from pathlib import Path

_HERE = Path(__file__).parent


def text(name: str, words: Mapping[str, str] | None = None) -> str:
    """A file of files/, or a program beside it; `{word}` in it is replaced."""
    path = _HERE / "files" / name
    found = (path if path.exists() else _HERE / name).read_text(encoding="utf-8")
    for word, value in (words or {}).items():
        found = found.replace(f"{{{word}}}", value)
    return found
