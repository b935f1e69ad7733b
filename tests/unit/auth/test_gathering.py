"""Many small writes as few large ones: each is answered once it is written, in order, and a failure is everybody's of it."""

import threading
from collections.abc import Sequence

import pytest

from nanoservices.auth import gathering
from nanoservices.auth.gathering import Gathering
from nanoservices.errors import Unavailable


class Slow:
    """A disk that writes when it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.go = threading.Semaphore(0)
        self.failure: Exception | None = None
        self.is_asked = threading.Event()

    def write(self, items: Sequence[int]) -> list[int]:
        self.is_asked.set()
        assert self.go.acquire(timeout=10)
        if self.failure is not None:
            raise self.failure
        self.batches.append(list(items))
        return [10 * item for item in items]


def test_what_comes_while_the_disk_is_busy_is_written_together() -> None:
    disk = Slow()
    gathered: Gathering[int, int] = Gathering(disk.write)
    first = gathered.put(0)
    assert disk.is_asked.wait(10)
    others = [gathered.put(number) for number in range(1, 30)]
    disk.go.release(2)
    assert [waiting.result(10) for waiting in [first, *others]] == [10 * number for number in range(30)]
    assert disk.batches == [[0], list(range(1, 30))]
    gathered.close()


def test_nothing_is_answered_before_it_is_written() -> None:
    disk = Slow()
    gathered: Gathering[int, int] = Gathering(disk.write)
    waiting = gathered.put(1)
    assert disk.is_asked.wait(10)
    assert not waiting.done()
    disk.go.release()
    assert waiting.result(10) == 10
    gathered.close()


def test_failure_is_told_to_all_of_the_batch_and_the_next_is_tried() -> None:
    disk = Slow()
    gathered: Gathering[int, int] = Gathering(disk.write)
    disk.failure = Unavailable("the disk is full")
    first = gathered.put(1)
    disk.go.release()
    with pytest.raises(Unavailable, match="the disk is full"):
        first.result(10)
    disk.failure = None
    second = gathered.put(2)
    disk.go.release()
    assert second.result(10) == 20
    gathered.close()


def test_who_does_not_wait_any_more_is_not_written() -> None:
    disk = Slow()
    gathered: Gathering[int, int] = Gathering(disk.write)
    first = gathered.put(1)
    assert disk.is_asked.wait(10)
    given_up, last = gathered.put(2), gathered.put(3)
    assert given_up.cancel()
    disk.go.release(2)
    assert (first.result(10), last.result(10)) == (10, 30)
    assert disk.batches == [[1], [3]]
    gathered.close()


def test_too_many_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "MOST_WAITING", 3)
    disk = Slow()
    gathered: Gathering[int, int] = Gathering(disk.write)
    gathered.put(0)
    assert disk.is_asked.wait(10)
    for number in range(3):
        gathered.put(number)
    with pytest.raises(Unavailable, match="3 reports wait for the disk already"):
        gathered.put(4)
    disk.go.release(10)
    gathered.close()


def test_closing_writes_what_waits_and_takes_no_more() -> None:
    disk = Slow()
    gathered: Gathering[int, int] = Gathering(disk.write)
    waiting = [gathered.put(number) for number in range(5)]
    disk.go.release(10)
    gathered.close()
    assert [done.result(0) for done in waiting] == [0, 10, 20, 30, 40]
    with pytest.raises(Unavailable, match="stopping"):
        gathered.put(6)
