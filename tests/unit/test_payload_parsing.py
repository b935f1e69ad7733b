"""Whatever the bytes: a value of the shape asked for, or one PayloadError that is short and names the field."""

import json
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices import payload, wire
from nanoservices.errors import PayloadError
from nanoservices.place import Place
from tests.unit.hostile import LONGEST_REFUSAL, changed_somewhere, deep, odd_json, often, shaped

SHAPES = sorted(
    {shape for row in wire.TABLE for shape in (row.request, row.response) if shape not in (None, bytes)} | {Place},
    key=lambda shape: shape.__name__,
)


def decoded(shape: type, data: bytes) -> object | None:
    """The value; None for a refusal, which has to be in order."""
    try:
        value = payload.decode(shape, data)
    except PayloadError as refusal:
        field, colon, why = str(refusal).partition(": ")
        assert field and colon and why, refusal
        assert len(str(refusal)) <= LONGEST_REFUSAL
        str(refusal).encode()  # a diagnostic payload is UTF-8
        return None
    return value


def test_every_shape_of_the_contract_is_tried() -> None:
    assert len(SHAPES) > 20


@often
@given(st.sampled_from(SHAPES), odd_json)
def test_any_bytes_are_a_value_or_a_short_refusal(shape: type, data: bytes) -> None:
    decoded(shape, data)


@often
@given(st.data())
def test_what_has_the_shape_is_taken_and_comes_back_as_it_went(data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from(SHAPES))
    said = data.draw(shaped(shape))
    value = payload.decode(shape, json.dumps(said).encode())
    sent = payload.encode(value)
    assert payload.decode(shape, sent) == value
    assert payload.encode(payload.decode(shape, sent)) == sent


@often
@given(st.data())
def test_one_odd_value_anywhere_is_taken_or_refused_naming_a_field(data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from(SHAPES))
    said = data.draw(changed_somewhere(data.draw(shaped(shape))))
    try:
        sent = json.dumps(said).encode()
    except ValueError:  # more digits than Python writes
        return
    value = decoded(shape, sent)
    if value is not None:
        assert payload.decode(shape, payload.encode(value)) == value


@pytest.mark.parametrize("levels", range(900, 1000, 3))
def test_nesting_is_refused_at_every_depth(levels: int) -> None:
    """json reads a little deeper than it writes: what is shown in the refusal must not bring it down."""
    assert decoded(wire.Health, b'{"word":' + deep(levels) + b"}") is None


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (b'{"lease_s": 1e999999}', "lease_s: the number is too large"),
        (b'{"lease_s": NaN}', "payload: not JSON"),
        (b'{"lease_s": ' + b"9" * 4000 + b"}", "lease_s: the number is too large"),
        (b'{"lease_s": ' + b"9" * 5000 + b"}", "payload: not JSON"),
        (b'{"lease_s": 1, "lease_s": "2"}', "lease_s:"),
        (b'\xff{"lease_s": 1}', "payload: not JSON"),
        ('{"lease_s": 1}'.encode("utf-16"), "payload: not JSON"),
        (b" " * 65_537, "payload: 65537 bytes are more"),
    ],
)
def test_refusal_says_what_is_wrong(said: bytes, says: str) -> None:
    with pytest.raises(PayloadError) as refused:
        payload.decode(wire.Lease, said)
    assert says in str(refused.value)
    assert len(str(refused.value)) <= LONGEST_REFUSAL


@pytest.mark.parametrize("digits", [20, 4000])
def test_number_out_of_range_is_not_repeated_at_length(digits: int) -> None:
    with pytest.raises(PayloadError, match=r"^upto: 9+(\.\.\.)? is not between 0 and 9.0072e\+15$"):
        payload.decode(wire.Acknowledgement, b'{"upto": ' + b"9" * digits + b"}")


def test_half_a_surrogate_pair_is_no_text() -> None:
    """It could be stored nowhere, and shown on no screen."""
    said = b'{"room": "r", "boot": "b", "seq": 1, "mode": "hidden", "line": "\\ud800"}'
    with pytest.raises(PayloadError, match=r"^line: "):
        payload.decode(wire.ScreenOrder, said)
    whole = payload.decode(wire.ScreenOrder, said.replace(b"\\ud800", b"\\ud83d\\ude00"))
    assert whole.line == "\U0001f600"


def test_field_that_somebody_else_named_is_not_repeated_at_length() -> None:
    hints = typing.get_type_hints(wire.Health)
    assert hints["figures"] == dict[str, float] | None
    said = {"word": "a", "node": "a", "boot": "b", "ready": True, "uptime_s": 1, "figures": {"f" * 30_000: "high"}}
    with pytest.raises(PayloadError, match=r"^figures\.f+\.\.\.: ") as refused:
        payload.decode(wire.Health, json.dumps(said).encode())
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("uri", ["coap://auth", "coap://auth:5683", "coap://192.0.2.7:1", "coap://room_auth:65535"])
def test_address_that_can_be_called_is_taken(uri: str) -> None:
    assert payload.read(wire.Announcement, {"word": "a", "node": "a", "boot": "b", "ready": True, "uri": uri}).uri == uri


@pytest.mark.parametrize(
    "uri",
    ["coap://a:b", "coap://a:0", "coap://a:65536", "coap://[::1]:5683", "coap://a:1:2", "coap://:1", "coap://a/b", "http://a"],
)
def test_address_that_cannot_be_called_is_refused(uri: str) -> None:
    with pytest.raises(PayloadError, match=r"^uri: "):
        payload.read(wire.Announcement, {"word": "a", "node": "a", "boot": "b", "ready": True, "uri": uri})
