"""Numbered SQL files, applied in their order and once each. Pure but for reading the files."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from nanoservices.errors import NanoError

_MIGRATION = re.compile(r"(\d{3})_[a-z0-9_]+\.sql")


class SchemaError(NanoError):
    """The database's schema and this version of the service do not go together."""


def found(folder: Path) -> dict[int, Path]:
    """NNN_what.sql in `folder`, by number. SchemaError unless they are numbered from 001 without a gap."""
    files = {int(match[1]): path for path in folder.glob("*.sql") if (match := _MIGRATION.fullmatch(path.name))}
    newest = max(files, default=0)
    if not files or sorted(files) != list(range(1, newest + 1)):
        raise SchemaError(f"{folder}: its NNN_what.sql are not numbered 001 to {newest:03} without a gap")
    return files


def check_not_newer(where: str, newest_there: int, newest_here: int) -> None:
    if newest_there > newest_here:
        raise SchemaError(f"{where} has schema {newest_there}, this version knows up to {newest_here}: use the newer version")


def statements(script: str, is_complete: Callable[[str], bool]) -> Iterator[str]:
    """One by one, as `is_complete` tells of the lines gathered so far."""
    gathered = ""
    for line in script.splitlines(keepends=True):
        gathered += line
        if is_complete(gathered):
            yield gathered
            gathered = ""
    if gathered.strip():
        yield gathered
