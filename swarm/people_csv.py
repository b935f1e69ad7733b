"""Participants from a CSV file, as rows of auth's import: each keeps its place, `people.csv:7`.

    id,name,email,key,secret
    bob,Bob Stone,bob@example.org,mac:c01122334455,
    ,Carl Sand,carl@example.org,,00112233445566778899aabbccddeeff

Without an id a participant's is the e-mail address. `key` is a static key, `secret` that of a rolling one.
"""

import csv
import difflib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from swarm.errors import InputError
from swarm.importing import Row

COLUMNS = ("id", "name", "email", "key", "secret")
MOST_BYTES = 50_000_000
MOST_PROBLEMS = 50
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_DELIMITERS = ",;\t"


def read(path: Path) -> list[Row]:
    """InputError names every line that cannot be used, and why."""
    lines = csv.reader(io.StringIO(_text(path), newline=""), delimiter=_delimiter(_text(path)), strict=True)
    problems: list[str] = []
    try:
        header = [cell.strip().lower() for cell in next(lines, [])]
        _check_header(path, header)
        rows = list(_rows(path.name, header, lines, problems))
    except csv.Error as error:
        raise InputError([f"{path.name}:{lines.line_num}: is not CSV: {error}; is a quotation mark missing?"]) from None
    problems += _twice(rows)
    if problems:
        more = [f"... and {len(problems) - MOST_PROBLEMS} more"] if len(problems) > MOST_PROBLEMS else []
        raise InputError([*problems[:MOST_PROBLEMS], *more])
    return rows


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError([f"{path}: cannot be read: {error.strerror}"]) from None
    if len(data) > MOST_BYTES:
        raise InputError([f"{path.name}: is larger than {MOST_BYTES // 1_000_000} MB; is it the right file?"])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError([f"{path.name}:{line}: is not UTF-8 text; save it as CSV UTF-8"]) from None


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def _check_header(path: Path, header: list[str]) -> None:
    problems = []
    for column in header:
        if column not in COLUMNS:
            near = difflib.get_close_matches(column, COLUMNS, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(COLUMNS)}"
            problems.append(f"{path.name}:1: there is no column {column[:40]!r}{hint}")
    if "name" not in header or not {"id", "email"} & set(header):
        problems.append(f"{path.name}:1: the first line names the columns: name, and id or email (or both)")
    if len(set(header)) < len(header):
        problems.append(f"{path.name}:1: a column is there twice")
    if problems:
        raise InputError(problems)


def _rows(name: str, header: list[str], lines: Any, problems: list[str]) -> Iterator[Row]:
    for cells in lines:
        place = f"{name}:{lines.line_num}"
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            problems.append(f"{place}: has {len(cells)} columns, and the first line {len(header)}")
            continue
        given = {column: cell.strip() for column, cell in zip(header, cells, strict=True) if cell.strip()}
        own_id = given.get("id") or given.get("email", "").lower()
        if not own_id:
            problems.append(f"{place}: has neither an id nor an e-mail address")
        elif not _ID.fullmatch(own_id):
            problems.append(f"{place}: id: {own_id[:70]!r} is not up to 64 letters, digits and _.@-; give another as id")
        elif "name" not in given:
            problems.append(f"{place}: name: is missing")
        else:
            yield Row(place, own_id, {"id": own_id, **_body(given)})


def _body(given: dict[str, str]) -> dict[str, Any]:
    kinds = (("static", "key"), ("rolling", "secret"))
    credentials = [{"kind": kind, column: given[column]} for kind, column in kinds if column in given]
    body: dict[str, Any] = {"name": given["name"]}
    if "email" in given:
        body["email"] = given["email"]
    return {**body, "credentials": credentials} if credentials else body


def _twice(rows: list[Row]) -> Iterator[str]:
    """What auth could only say of rows that come in one request. Keys are not repeated: they are nobody's business."""
    seen: dict[tuple[str, str], str] = {}
    for row in rows:
        keys = [(field, said) for new in row.body.get("credentials", ()) for field, said in new.items() if field != "kind"]
        for field, value in [("id", row.id), ("email", row.body.get("email", "")), *keys]:
            first = seen.setdefault((field, value.lower() if field != "id" else value), row.place)
            if value and first != row.place:
                yield f"{row.place}: {field}: is that of {first} as well"
