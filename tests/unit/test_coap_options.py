"""Options, taken apart and put together: against aiocoap's own codec, and against anything at all."""

import contextlib

from aiocoap import Message
from aiocoap.error import UnparsableMessage
from hypothesis import given
from hypothesis import strategies as st

from nanoservices.coap_options import BLOCK2, ECHO, URI_PATH, URI_QUERY, Block, Malformed, encoded, split, uint, understand

OPTIONS = st.lists(st.tuples(st.integers(0, 65_535), st.binary(max_size=300)), max_size=6)


@given(OPTIONS, st.binary(max_size=20))
def test_what_is_put_together_comes_apart_the_same(options: list[tuple[int, bytes]], payload: bytes) -> None:
    ordered = sorted(options, key=lambda option: option[0])
    data = b"head" + encoded(*ordered) + (b"\xff" + payload if payload else b"")
    assert data[split(data, 4) + 1 :] == payload


@given(st.binary(max_size=200))
def test_any_bytes_are_options_or_malformed_and_aiocoap_agrees(data: bytes) -> None:
    try:
        end: int | None = split(data, 0)
        understand(data[:end])
    except Malformed:
        end = None
    try:
        theirs: Message | None = Message.decode(b"\x40\x01\x00\x01" + data)
    except (UnparsableMessage, UnicodeDecodeError, ValueError):
        theirs = None
    if theirs is not None:
        assert end is not None and theirs.payload == data[end + 1 :]
        with contextlib.suppress(ValueError):
            asked = understand(data[:end])
            if asked.refusal is None:
                assert asked.path == theirs.opt.uri_path and asked.query == theirs.opt.uri_query


@given(OPTIONS)
def test_aiocoap_reads_what_is_written_here(options: list[tuple[int, bytes]]) -> None:
    texts = [(number, b"text") if number in (3, 8, 11, 15, 20, 35, 39) else (number, value[:3]) for number, value in options]
    ordered = sorted(texts, key=lambda option: option[0])
    with contextlib.suppress(ValueError):  # content formats and blocks it will not have
        theirs = Message.decode(b"\x40\x01\x00\x01" + encoded(*ordered))
        assert [int(option.number) for option in theirs.opt.option_list()] == [number for number, _ in ordered]


def test_marker_within_an_option_is_not_the_end_of_them() -> None:
    data = b"head" + encoded((URI_PATH, b"a"), (ECHO, b"\xff\xff\xff")) + b"\xff\xffbody"
    end = split(data, 4)
    assert data[end + 1 :] == b"\xffbody"
    assert understand(data[4:end]).echo == b"\xff\xff\xff"


def test_path_and_query_keep_their_order_and_their_repetitions() -> None:
    asked = understand(encoded((URI_PATH, b"b"), (URI_PATH, b"a"), (URI_QUERY, b"x=1"), (URI_QUERY, b"x=1")))
    assert asked.path == ("b", "a") and asked.query == ("x=1", "x=1") and asked.plain


def test_block_is_its_number_its_more_and_its_size() -> None:
    block = understand(encoded((BLOCK2, uint(Block(3, True, 6).value)))).block2
    assert block == Block(3, True, 6) and block.start == 3072


def test_numbers_take_as_few_bytes_as_they_need() -> None:
    assert [uint(number) for number in (0, 1, 255, 256, 65_536)] == [b"", b"\x01", b"\xff", b"\x01\x00", b"\x01\x00\x00"]
