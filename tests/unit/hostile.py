"""For hypothesis: what somebody might send instead of what was asked for; and what was asked for, from annotations."""

import dataclasses
import json
import types
import typing
from typing import Any, Literal, Union

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from nanoservices.payload import Between, Matching

LONGEST_REFUSAL = 400  # characters: it is answered to one datagram, written to one line, read by one person

often = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
seldom = settings(often, max_examples=30)

any_text = st.text(st.characters(codec=None, exclude_categories=()), max_size=30)  # with half surrogate pairs
_NUMBERS = (0, -1, 2**53, 2**64, -(10**30), 10**4000, 0.0, -0.0, 1e-320, 1e308, -1e308)
_TEXTS = ("", "\0", "\ud800", "\x1b[2J", "NaN", "1e999999", "0x10", "-1", "a" * 5000, "é" * 3000)
odd_scalars = st.sampled_from([None, True, False, *_NUMBERS, *_TEXTS, [], {}, [[]], {"": None}])
odd_values = st.recursive(
    odd_scalars | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=12,
)


def deep(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


odd_json = st.one_of(
    st.binary(max_size=200),
    odd_values.map(lambda value: json.dumps(value).encode()),
    st.sampled_from([deep(levels) for levels in (50, 900, 960, 980, 990, 1000, 30_000)]),
    st.sampled_from(
        [b"NaN", b"-Infinity", b"1e999999", b"9" * 5000, b'"\\ud800"', b"\xef\xbb\xbf{}", b"{}x", b'{"a":1,"a":2}']
    ),
    st.sampled_from(
        [b'"' + b"a" * 65_000 + b'"', b"[" + b"0," * 32_000 + b"0]", b"x" * 1_000_000, '{"ä": 1}'.encode("utf-16")]
    ),
)


def shaped(hint: Any) -> st.SearchStrategy[Any]:
    """JSON that has the shape `hint`: as wide as its annotations allow."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _object(hint)
    if origin is typing.Annotated:
        return _limited(inner[0], inner[1:])
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in (Union, types.UnionType):
        return st.one_of([st.none() if choice is types.NoneType else shaped(choice) for choice in inner])
    if origin is tuple:
        return st.lists(shaped(inner[0]), max_size=3)
    if origin is dict:
        return st.dictionaries(shaped(inner[0]), shaped(inner[1]), max_size=3)
    return {
        str: st.text(max_size=20),
        int: st.integers(-(2**70), 2**70),
        float: st.floats(allow_nan=False, allow_infinity=False),
        bool: st.booleans(),
    }[hint]


def _object(shape: Any) -> st.SearchStrategy[dict[str, Any]]:
    hints = typing.get_type_hints(shape, include_extras=True)
    fields = {field.name: field.default is field.default_factory is dataclasses.MISSING for field in dataclasses.fields(shape)}
    required = {name: shaped(hints[name]) for name, is_required in fields.items() if is_required}
    return st.fixed_dictionaries(required, optional={name: shaped(hints[name]) for name in fields if name not in required})


def _limited(inner: Any, limits: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    (limit,) = limits
    if isinstance(limit, Matching):
        return st.from_regex(limit.pattern, fullmatch=True)
    assert isinstance(limit, Between)
    low, high = limit.low, limit.high
    if inner is float:
        return st.floats(low, high)
    if inner is int:
        return st.integers(int(low), int(high))
    if inner is str:
        return st.text(st.characters(codec="utf-8"), min_size=int(low), max_size=min(int(high), 40))
    return st.lists(shaped(typing.get_args(inner)[0]), min_size=int(low), max_size=min(int(high), max(int(low), 3)))


def changed_somewhere(value: Any, odd: st.SearchStrategy[Any] = odd_values) -> st.SearchStrategy[Any]:
    """`value` with one place in it, or all of it, replaced by something odd."""
    return st.tuples(st.sampled_from(list(_places(value))), odd).map(lambda drawn: _with(value, *drawn))


def _places(value: Any, trail: tuple[Any, ...] = ()) -> typing.Iterator[tuple[Any, ...]]:
    yield trail
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, held in items:
        yield from _places(held, (*trail, name))


def _with(value: Any, trail: tuple[Any, ...], odd: Any) -> Any:
    if not trail:
        return odd
    if isinstance(value, dict):
        return {**value, trail[0]: _with(value[trail[0]], trail[1:], odd)}
    return [_with(held, trail[1:], odd) if index == trail[0] else held for index, held in enumerate(value)]
