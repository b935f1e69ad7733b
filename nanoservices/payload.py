"""Shapes of data that comes from outside: a shape is a frozen dataclass, its annotations are the rules.

`decode` turns JSON bytes into a shape or raises PayloadError naming the field; an unknown field is ignored, a wrong or
missing one is refused. Understood annotations: str, int, float, bool, Literal, `X | None`, tuple[X, ...], dict[str, X],
shapes, a union of shapes told apart by their `kind: Literal[...]`, and Annotated with what limits.py has.
"""

import dataclasses
import functools
import json
import math
import types
import typing
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Literal, TypeVar, Union

from nanoservices.errors import PayloadError
from nanoservices.limits import Between, Matching, Moment, OneLine, shown

__all__ = ["Between", "Matching", "Moment", "OneLine", "decode", "encode", "is_unicode", "parsed", "plain", "read"]

VERSION = 1
MOST_BYTES = 65_536  # no payload of ours comes near it; a larger one is somebody's mistake or worse
_LONGEST_PATH = 80
_EXACT = 2**53
_SCALARS = frozenset((str, int, float, bool, types.NoneType))

Shape = TypeVar("Shape")
Reader = Callable[[Any, str], Any]


def decode(shape: type[Shape], data: bytes) -> Shape:
    """The shape that the JSON in `data` describes. PayloadError says which field is wrong and why."""
    return read(shape, parsed(data))


def parsed(data: bytes, most_bytes: int = MOST_BYTES) -> Any:
    """What the JSON in `data` holds (RFC 8259: UTF-8, finite numbers). PayloadError, and nothing else, when it is none."""
    if len(data) > most_bytes:
        raise PayloadError(f"payload: {len(data)} bytes are more than the {most_bytes} taken here")
    try:
        return json.loads(data.decode(), parse_constant=_refuse_constant)
    except RecursionError:
        raise PayloadError("payload: is nested too deeply") from None
    except ValueError as error:
        raise PayloadError(f"payload: not JSON ({error})") from None


def read(shape: type[Shape], value: Any, path: str = "") -> Shape:
    """The shape that parsed JSON (or YAML) in `value` describes."""
    hint: Any = shape
    reader: Callable[[Any, str], Shape] = _reader(hint)
    return reader(value, path)


def encode(value: Any) -> bytes:
    """Compact JSON of a shape; fields that are None are left out."""
    return json.dumps(plain(value), separators=(",", ":")).encode()


def plain(value: Any) -> Any:
    """A shape as dicts, lists and scalars; fields that are None are left out."""
    if type(value) in _SCALARS:  # most are: this is on every message's path
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = _field_names(type(value))
        return {name: plain(held) for name in names if (held := getattr(value, name)) is not None}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


@functools.cache
def _field_names(shape: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(shape))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number here")


@functools.cache
def _reader(hint: Hashable) -> Any:
    """A function that checks and converts one value; made once per annotation, as this is on every request's path."""
    origin = typing.get_origin(hint)
    if dataclasses.is_dataclass(hint):
        return _shape_reader(hint)
    if origin is typing.Annotated:
        inner, *limits = typing.get_args(hint)
        return _limited_reader(_reader(inner), limits)
    if origin is Literal:
        return _literal_reader(typing.get_args(hint))
    if origin in (Union, types.UnionType):
        return _union_reader(typing.get_args(hint))
    if origin is tuple:
        return _list_reader(_reader(typing.get_args(hint)[0]))
    if origin is dict:
        return _dict_reader(*typing.get_args(hint))
    return _scalar_reader(hint)


def _at(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _fail(path: str, text: str) -> PayloadError:
    if len(path) > _LONGEST_PATH:  # a key of somebody else's making
        path = path[: _LONGEST_PATH - 3] + "..."
    return PayloadError(f"{path or 'payload'}: {text}")


def _shape_reader(shape: Any) -> Reader:
    hints = typing.get_type_hints(shape, include_extras=True)
    fields = [
        (field.name, _reader(hints[field.name]), field.default is field.default_factory is dataclasses.MISSING)
        for field in dataclasses.fields(shape)
    ]

    def read_shape(value: Any, path: str) -> Any:
        if not isinstance(value, Mapping):
            raise _fail(path, f"{shown(value)} is not an object")
        found = {}
        for name, reader, required in fields:
            if name in value:
                found[name] = reader(value[name], _at(path, name))
            elif required:
                raise _fail(_at(path, name), "is missing")
        return shape(**found)

    return read_shape


def is_unicode(text: str) -> bool:
    """Whether it can be kept, sent and shown: JSON's escapes can say what UTF-8 cannot."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _limited_reader(inner: Reader, limits: list[Any]) -> Reader:
    wrongs = [limit.wrong() for limit in limits]

    def read_limited(value: Any, path: str) -> Any:
        found = inner(value, path)
        for wrong in wrongs:
            if (why := wrong(found)) is not None:
                raise _fail(path, why)
        return found

    return read_limited


def _literal_reader(allowed: tuple[Any, ...]) -> Reader:
    def read_literal(value: Any, path: str) -> Any:
        for choice in allowed:  # == alone would take True for 1
            if value == choice and type(value) is type(choice):
                return value
        raise _fail(path, f"{shown(value)} is not one of {', '.join(map(str, allowed))}")

    return read_literal


def _union_reader(choices: tuple[Any, ...]) -> Reader:
    shapes = [choice for choice in choices if choice is not types.NoneType]
    optional = len(shapes) < len(choices)
    reader = _reader(shapes[0]) if len(shapes) == 1 else _kind_reader(shapes)

    def read_union(value: Any, path: str) -> Any:
        return None if optional and value is None else reader(value, path)

    return read_union


def _kind_reader(shapes: list[Any]) -> Reader:
    readers: dict[str, Reader] = {}
    for shape in shapes:
        for kind in typing.get_args(typing.get_type_hints(shape)["kind"]):
            readers[kind] = _reader(shape)

    def read_kind(value: Any, path: str) -> Any:
        kind = value.get("kind") if isinstance(value, Mapping) else None
        if not isinstance(kind, str) or kind not in readers:
            raise _fail(_at(path, "kind"), f"{shown(kind)} is not one of {', '.join(readers)}")
        return readers[kind](value, path)

    return read_kind


def _list_reader(reader: Reader) -> Reader:
    def read_list(value: Any, path: str) -> Any:
        if not isinstance(value, list | tuple):
            raise _fail(path, f"{shown(value)} is not a list")
        return tuple(reader(item, f"{path}[{index}]") for index, item in enumerate(value))

    return read_list


def _dict_reader(key_hint: Any, item_hint: Any) -> Reader:
    key_reader, item_reader = _reader(key_hint), _reader(item_hint)

    def read_dict(value: Any, path: str) -> Any:
        if not isinstance(value, Mapping):
            raise _fail(path, f"{shown(value)} is not an object")
        return {key_reader(key, path): item_reader(item, _at(path, str(key))) for key, item in value.items()}

    return read_dict


def _scalar_reader(hint: Any) -> Reader:
    names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
    if hint not in names:
        raise TypeError(f"a shape cannot hold {hint!r}")

    def read_scalar(value: Any, path: str) -> Any:
        if hint is int and isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
            value = int(value)  # 1.0 is an integer, says JSON Schema
        fits = isinstance(value, int | float if hint is float else hint)
        if not fits or (isinstance(value, bool) and hint is not bool):
            raise _fail(path, f"{shown(value)} is not {names[hint]}")
        if hint is str and not is_unicode(value):
            raise _fail(path, f"{shown(value)} has half a surrogate pair, which is no character")
        if hint is not float:
            return value
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise _fail(path, "the number is too large")
        return number

    return read_scalar
