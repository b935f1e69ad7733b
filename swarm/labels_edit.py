"""Changes what a node runs in labels.yml, and nothing else of it: comments, order and layout stay. Texts in, texts out."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from swarm import files
from swarm.errors import DeployError, InputError, LabelsError
from swarm.files import Listing


def with_word(text: str, nodes: Sequence[str], word: str) -> str:
    """`word` at the end of these nodes' `run`; who has it keeps it. InputError says what to write where that is beyond us."""
    return _each(text, nodes, word, there=True)


def without_word(text: str, nodes: Sequence[str], word: str) -> str:
    """`word` in none of these nodes' `run`."""
    return _each(text, nodes, word, there=False)


def write(path: Path, text: str, before: str) -> None:
    """Whole, and on the disk when this returns. DeployError, and nothing is written, when it no longer says `before`."""
    path = path.resolve()
    if files.text_of(path) != before:
        raise DeployError(f"{path}: somebody has just edited it; look at it, then do it again")
    bom = b"\xef\xbb\xbf" if path.read_bytes().startswith(b"\xef\xbb\xbf") else b""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(bom + text.encode())
            file.flush()
            os.fsync(file.fileno())
        told = path.stat()
        Path(name).chmod(told.st_mode & 0o7777)
        if os.geteuid() == 0:
            os.chown(name, told.st_uid, told.st_gid)  # who may edit it still may
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _each(text: str, nodes: Sequence[str], word: str, *, there: bool) -> str:
    for node in nodes:
        found = files.listing(text, "nodes", node, "run")
        names = [] if found is None else [name for name, _, _ in found.items]
        if found is None or (word in names) == there:
            continue
        wished = [*names, word] if there else [name for name in names if name != word]
        edited = _added(text, found, word) if there else _removed(text, found, word)
        if edited is None or not _differs_so(text, edited, node, wished):
            raise InputError(
                [f"labels.yml: nodes.{node}: is written in a way that is not edited here; write run: [{', '.join(wished)}]"]
            )
        text = edited
    return text


def _added(text: str, found: Listing, word: str) -> str | None:
    if not found.items:
        return f"{text[: found.start]}[{word}]{text[found.end :]}" if found.is_flow else None
    _, start, end = found.items[-1]
    if found.is_flow:
        return f"{text[:end]}, {word}{text[end:]}"
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    newline = "\r\n" if text[:line_end].endswith("\r") else "\n"
    line_end = len(text) if line_end < 0 else line_end
    stem = text[:line_end].removesuffix("\r")
    return f"{stem}{newline}{text[line_start:start]}{word}{text[len(stem) :]}"


def _removed(text: str, found: Listing, word: str) -> str | None:
    index = [name for name, _, _ in found.items].index(word)
    _, start, end = found.items[index]
    if len(found.items) == 1:
        gap = (found.start, found.end) if found.is_flow else (found.start, end)
        return f"{text[: gap[0]]}[]{text[gap[1] :]}"
    if found.is_flow:
        gap = (found.items[index - 1][2], end) if index else (start, found.items[1][1])
        return None if "#" in text[gap[0] : gap[1]] else text[: gap[0]] + text[gap[1] :]
    line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    if text[line_start:start].strip(" ") != "-":
        return None
    return text[:line_start] + ("" if line_end < 0 else text[line_end + 1 :])


def _differs_so(before: str, after: str, node: str, wished: list[str]) -> bool:
    """The node's `run` is as wished, and the rest is what it was."""
    try:
        one, other = (files.parsed("labels.yml", text).value for text in (before, after))
    except LabelsError:
        return False
    one["nodes"][node]["run"] = wished
    return bool(one == other)
