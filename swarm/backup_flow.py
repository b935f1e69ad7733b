"""Bytes made in one thread while another works on those before: what waits for a node does not wait for a disk as well."""

import contextlib
import queue
import threading
from collections.abc import Iterable, Iterator

_PIECE, _MOST = 1 << 20, 4  # bytes at least, as an engine gives 32 kB at a time; pieces that wait
_LOOK_S = 0.5


class _Stopped(Exception):
    """Nobody wants more."""


def ahead(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, in pieces of a megabyte. What goes wrong while they are made is raised here; whoever stops reading has
    ended the making of them, in its thread, when this is closed."""
    made: queue.Queue[bytes | BaseException | None] = queue.Queue(_MOST)
    stop = threading.Event()
    thread = threading.Thread(target=_make, args=(chunks, made, stop), daemon=True)
    thread.start()
    try:
        while (piece := made.get()) is not None:
            if isinstance(piece, BaseException):
                raise piece
            yield piece
    finally:
        stop.set()
        thread.join()


def _make(chunks: Iterable[bytes], made: "queue.Queue[bytes | BaseException | None]", stop: threading.Event) -> None:
    end: BaseException | None = None
    making = iter(chunks)
    try:
        try:
            for piece in _pieces(making):
                _give(made, piece, stop)
        finally:
            if close := getattr(making, "close", None):
                close()
    except _Stopped:
        return
    except BaseException as error:
        end = error
    with contextlib.suppress(_Stopped):
        _give(made, end, stop)


def _pieces(chunks: Iterator[bytes]) -> Iterator[bytes]:
    gathered: list[bytes] = []
    size = 0
    for chunk in chunks:
        gathered.append(chunk)
        size += len(chunk)
        if size >= _PIECE:
            yield b"".join(gathered)
            gathered, size = [], 0
    if gathered:
        yield b"".join(gathered)


def _give(made: "queue.Queue[bytes | BaseException | None]", what: bytes | BaseException | None, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            made.put(what, timeout=_LOOK_S)
        except queue.Full:
            continue
        else:
            return
    raise _Stopped
