"""The door to PyYAML: one document of plain values, with the line of each.

YAML can do far more than an admin's file needs; what makes two readers see two things is refused: duplicate keys,
aliases (a few lines of them grow to gigabytes), tags, keys that are no texts. A date stays the text it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from swarm.errors import LabelsError

MOST_BYTES = 200_000  # a thousand nodes; PyYAML takes seconds for it
MOST_DEPTH = 20
MOST_SHOWN = 40  # characters of somebody's text in a message of ours
_MOST_SAID = 200
_MOST_DIGITS = 40  # of a number; a longer one stays the text it is

Trail = tuple[str | int, ...]
_PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "value")}


@dataclass
class Document:
    """What a file says. `at` names a place in it for people: `labels.yml:7: nodes.pi-lobby.zone`."""

    name: str
    value: Any = None
    lines: dict[Trail, int] = field(default_factory=dict)

    def at(self, trail: Trail) -> str:
        known = trail
        while known and known not in self.lines:
            known = known[:-1]
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{shown(part)}" for part in trail)
        return f"{self.name}:{self.lines.get(known, 1)}" + (f": {path.lstrip('.')}" if path else "")


def read(path: Path) -> Document:
    """The document in `path`. LabelsError when there is none that can be used, with every duplicate key and tag in it."""
    return parsed(path.name, text_of(path))


def parsed(name: str, text: str) -> Document:
    """The document that a text is; otherwise as `read`."""
    document = Document(name)
    try:
        _check_events(document, text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # the last two from escapes and versions beyond all numbers
        raise LabelsError([_syntax(document, error)]) from None
    problems: list[str] = []
    document.value = None if node is None else _value(document, node, (), problems)
    if problems:
        raise LabelsError(problems)
    return document


def dumped(value: Any) -> str:
    """Plain values as YAML that `read` takes, in the order they are in."""
    return yaml.dump(value, Dumper=_Plain, sort_keys=False, width=10_000, allow_unicode=True)


class _Plain(yaml.SafeDumper):
    """The same value twice is written twice: `read` takes no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


@dataclass(frozen=True)
class Listing:
    """Where a list of plain values stands in a text, from `start` to `end`, and each of its items."""

    is_flow: bool  # [a, b]
    start: int
    end: int
    items: tuple[tuple[str, int, int], ...]  # value, start, end


def listing(text: str, *keys: str) -> Listing | None:
    """The list under these keys; None when there is none, or one of something else."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for key in keys:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((value for name, value in pairs if name.value == key), None)
    if not isinstance(node, yaml.SequenceNode) or not all(isinstance(item, yaml.ScalarNode) for item in node.value):
        return None
    items = tuple((str(item.value), item.start_mark.index, item.end_mark.index) for item in node.value)
    return Listing(bool(node.flow_style), node.start_mark.index, node.end_mark.index, items)


def text_of(path: Path) -> str:
    """A file that an admin wrote. LabelsError when it cannot be read, is too large, or no text."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise LabelsError(
            [f"{path}: cannot be read: {error.strerror}; go to the folder that has it, or name another file"]
        ) from None
    if len(data) > MOST_BYTES:
        raise LabelsError([f"{path.name}: is larger than {MOST_BYTES // 1000} kB; is it the right file?"])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LabelsError(
            [f"{path.name}:{line}: is not UTF-8 text (byte {data[error.start]:#04x}); save it as UTF-8"]
        ) from None


def _check_events(document: Document, text: str) -> None:
    """Refuse, before anything is built, what would grow while it is built."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = 1 if event.start_mark is None else event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            raise LabelsError(
                [f"{document.name}:{line}: *{shown(event.anchor)} is an alias, which is not taken here; write it out"]
            )
        if depth > MOST_DEPTH:
            raise LabelsError([f"{document.name}:{line}: is nested more than {MOST_DEPTH} deep; is a bracket missing?"])


def shown(value: Any) -> str:
    """A text for a message: short, and of characters that a terminal only shows."""
    text = "nothing" if value is None else str(value)
    text = text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 3] + "..."
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def _syntax(document: Document, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = 1 if mark is None else mark.line + 1
    says = getattr(error, "problem", None) or getattr(error, "reason", None) or f"cannot be read ({error})"
    says = str(says)[:_MOST_SAID]
    says = says if says.isprintable() else says.encode("unicode_escape").decode()
    return f"{document.name}:{line}: is not YAML: {says}; look at this line and the one above"


def _value(document: Document, node: yaml.Node, trail: Trail, problems: list[str]) -> Any:
    document.lines[trail] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
        return dict(_pairs(document, node, trail, problems))
    if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
        return [_value(document, item, (*trail, index), problems) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode) and node.tag in _PLAIN:
        return _scalar(node)
    problems.append(f"{document.at(trail)}: the tag {shown(node.tag)} is not taken here; remove it")
    return None


def _pairs(document: Document, node: yaml.MappingNode, trail: Trail, problems: list[str]) -> Iterator[tuple[str, Any]]:
    seen: dict[str, int] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        key = _scalar(key_node) if isinstance(key_node, yaml.ScalarNode) and key_node.tag in _PLAIN else None
        if not isinstance(key, str):
            says = shown(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "this key"
            problems.append(f"{document.name}:{line}: {says} is not a text as a key; put it in quotes")
        elif key in seen:
            problems.append(f"{document.name}:{line}: {shown(key)} is there twice, first on line {seen[key]}; remove one")
        else:
            seen[key] = line
            value = _value(document, value_node, (*trail, key), problems)
            document.lines[(*trail, key)] = line
            yield key, value


def _scalar(node: yaml.ScalarNode) -> Any:
    kind = node.tag.rpartition(":")[2]
    if kind in ("str", "timestamp", "value") or (kind in ("int", "float") and len(node.value) > _MOST_DIGITS):
        return node.value
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node)
    except (yaml.YAMLError, ValueError, LookupError):  # `0x_` resolves to an int and is none; `!!bool maybe` says it is one
        return node.value
    finally:
        loader.dispose()
