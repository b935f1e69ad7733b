import contextlib
import dataclasses
import json
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanoservices import wire
from nanoservices.errors import PayloadError
from nanoservices.payload import MOST_BYTES, decode, encode, read

SHAPES = [value for value in vars(wire).values() if isinstance(value, type) and dataclasses.is_dataclass(value)]
SHAPES.remove(wire.Resource)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
BATCH = {
    "source": "scanner@pi-lobby",
    "boot": "b1",
    "clock": "c1",
    "sent_at": 12.5,
    "events": [
        {"kind": "presence", "n": 1, "at": 12, "zone": "entrance", "state": "occupied", "edge": True},
        {"kind": "sighting", "n": 2, "at": 12.25, "zone": "entrance", "scan": "s1", "key": "mac:001122334455", "rssi_dbm": -60},
    ],
}


def changed(path: list[Any], value: Any) -> bytes:
    batch = json.loads(json.dumps(BATCH))
    target = batch
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return json.dumps(batch).encode()


def test_batch_of_events_comes_back_as_it_went() -> None:
    batch = decode(wire.EventBatch, json.dumps(BATCH).encode())
    assert isinstance(batch.events[0], wire.PresenceEvent)
    assert isinstance(batch.events[1], wire.SightingEvent)
    assert decode(wire.EventBatch, encode(batch)) == batch


def test_unknown_field_is_ignored() -> None:
    assert decode(wire.EventBatch, changed(["colour"], "red")) == decode(wire.EventBatch, json.dumps(BATCH).encode())


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (["v"], 2, "v: 2 is not one of 1"),
        (["v"], True, "v: true is not one of 1"),
        (["events"], [], "events: length 0 is not between 1 and 32"),
        (["events"], {}, "events: {} is not a list"),
        (["events", 0, "kind"], "smell", 'events[0].kind: "smell" is not one of presence, sighting, screen'),
        (["events", 0, "edge"], 1, "events[0].edge: 1 is not true or false"),
        (["events", 0, "n"], True, "events[0].n: true is not a whole number"),
        (["events", 0, "n"], -1, "events[0].n: -1 is not between"),
        (["events", 0, "state"], "busy", "events[0].state"),
        (["events", 1, "rssi_dbm"], -300, "events[1].rssi_dbm: -300 is not between -127 and 20"),
        (["events", 1, "key"], "mac:xyz", "events[1].key"),
        (["source"], None, "source: null is not a text"),
        (["sent_at"], "soon", 'sent_at: "soon" is not a number'),
        (["sent_at"], 10**400, "sent_at: the number is too large"),
    ],
)
def test_wrong_field_is_named_with_its_reason(path: list[Any], value: Any, says: str) -> None:
    with pytest.raises(PayloadError) as refused:
        decode(wire.EventBatch, changed(path, value))
    assert says in str(refused.value)


def test_missing_field_is_named() -> None:
    with pytest.raises(PayloadError, match=r"events\[0\].zone: is missing"):
        batch = json.loads(json.dumps(BATCH))
        del batch["events"][0]["zone"]
        read(wire.EventBatch, batch)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe", b"[]", b"7", b'{"v": NaN}', b"[" * 20_000, b'"' + b"x" * MOST_BYTES + b'"']
)
def test_what_is_no_object_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(PayloadError):
        decode(wire.EventBatch, data)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@settings(max_examples=30)
@given(value=JSON_VALUES)
def test_any_json_is_taken_or_refused_and_nothing_else(shape: type[Any], value: Any) -> None:
    with contextlib.suppress(PayloadError):
        read(shape, value)


@given(data=st.binary(max_size=200))
def test_any_bytes_are_taken_or_refused_and_nothing_else(data: bytes) -> None:
    with contextlib.suppress(PayloadError):
        decode(wire.Announcement, data)


def test_shape_with_a_field_it_cannot_check_is_a_fault_of_ours() -> None:
    @dataclasses.dataclass(frozen=True)
    class Loose:
        kind: Literal["loose"]
        anything: Any

    with pytest.raises(TypeError):
        read(Loose, {"kind": "loose", "anything": 1})
