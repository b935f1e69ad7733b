"""What is read ahead in a thread: the same bytes, the same errors, and nothing goes on when nobody reads any more."""

import threading
from collections.abc import Iterator

import pytest

from swarm import backup_flow


def test_the_same_bytes_come_in_pieces_that_are_worth_handing_over() -> None:
    chunks = [bytes([number % 251]) * 32_768 for number in range(100)]
    pieces = list(backup_flow.ahead(chunks))
    assert b"".join(pieces) == b"".join(chunks)
    assert all(len(piece) >= 1 << 20 for piece in pieces[:-1])
    assert list(backup_flow.ahead([])) == []


def test_what_goes_wrong_while_they_are_made_is_raised_where_they_are_read_after_what_was_made() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"x" * (1 << 20)
        raise OSError("the node is gone")

    reading = backup_flow.ahead(chunks())
    assert len(next(reading)) == 1 << 20
    with pytest.raises(OSError, match="the node is gone"):
        next(reading)


def test_who_stops_reading_ends_the_making() -> None:
    ended, threads = threading.Event(), threading.active_count()
    made = 0

    def chunks() -> Iterator[bytes]:
        nonlocal made
        try:
            while True:
                made += 1
                yield b"x" * (1 << 20)
        finally:
            ended.set()

    reading = backup_flow.ahead(chunks())
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    assert ended.is_set() and threading.active_count() == threads
    assert made < 10  # no more than may wait
