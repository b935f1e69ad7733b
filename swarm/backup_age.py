"""The door to age (pyrage): streams encrypted for an admin's public key, and opened with the key that belongs to it."""

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterable, Iterator
from typing import IO, Any, Protocol

from swarm.errors import BackupError, InputError

_PIPE_BYTES, _F_SETPIPE_SZ = 1 << 20, 1031
_MOST_OF_A_KEY = 10_000


class Sink(Protocol):
    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> None: ...


def _library() -> Any:
    try:
        import pyrage
    except ImportError:
        raise InputError(
            ["pyrage is not here (there is none for 32-bit ARM): make backups from a 64-bit machine, or: pip install pyrage"]
        ) from None
    return pyrage


def new_key() -> tuple[str, str]:
    """A private key as age-keygen writes it, and its public one."""
    made = _library().x25519.Identity.generate()
    public = str(made.to_public())
    return f"# public key: {public}\n{made}\n", public


def checked_recipient(text: str) -> str:
    """A public key. InputError when it is none."""
    try:
        return str(_library().x25519.Recipient.from_str(text.strip()))
    except Exception as error:  # pyrage's own errors have no common root
        raise InputError([f"{text[:20]!r} is not an age public key (age1...): {error}"]) from None


class Key:
    """A private key, for as long as it is needed. `text`: as age-keygen writes it."""

    def __init__(self, text: str):
        lines = [line.strip() for line in text[:_MOST_OF_A_KEY].splitlines()]
        secret = [line for line in lines if line and not line.startswith("#")]
        try:
            if len(secret) != 1:
                raise ValueError(f"it has {len(secret)} lines with a key, not one")
            self._identity = _library().x25519.Identity.from_str(secret[0])
        except InputError:
            raise
        except Exception as error:
            raise InputError(
                [f"the key of the backups cannot be used ({error}); it is a file as age-keygen writes it"]
            ) from None

    def __repr__(self) -> str:
        return "Key(...)"

    @property
    def public(self) -> str:
        return str(self._identity.to_public())

    @contextlib.contextmanager
    def opened(self, source: IO[bytes]) -> Iterator[IO[bytes]]:
        """What is encrypted in `source`. BackupError, also after some of it has been read, when it cannot be opened:
        another key, or bytes that are not those that were written."""
        reading, writing = os.pipe()
        _widen(writing)
        failures: list[Exception] = []
        thread = threading.Thread(target=self._pump, args=(source, writing, failures), daemon=True)
        thread.start()
        said: BackupError | None = None
        with os.fdopen(reading, "rb", buffering=_PIPE_BYTES) as plain:
            try:
                yield plain
            except BackupError as error:
                said = error
        thread.join()
        if failures and not isinstance(failures[0], BrokenPipeError):  # that only says that we stopped reading
            raise BackupError(_why(failures[0])) from None
        if said is not None:
            raise said

    def _pump(self, source: IO[bytes], writing: int, failures: list[Exception]) -> None:
        try:
            with os.fdopen(writing, "wb", buffering=1 << 16) as pipe:
                _library().decrypt_io(source, _Pipe(pipe, failures), [self._identity])
        except Exception as error:
            failures.append(error)


class _Pipe:
    """Remembers that nobody reads any more, which the library would say in other words."""

    def __init__(self, pipe: IO[bytes], failures: list[Exception]):
        self._pipe, self._failures = pipe, failures

    def write(self, data: bytes) -> int:
        try:
            return self._pipe.write(data)
        except OSError as error:
            self._failures.append(error)
            raise

    def flush(self) -> None: ...


def _widen(pipe: int) -> None:
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE_BYTES)


def _why(error: Exception) -> str:
    if "No matching keys" in str(error):
        return "it was made for another key than the one given"
    return f"it cannot be decrypted ({error}): its bytes are not those that were written"


class _Reader:
    """A stream of chunks as a file. What goes wrong while they are made is remembered."""

    def __init__(self, chunks: Iterable[bytes]):
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")
        self.failure: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        if not self._rest:
            try:
                self._rest = memoryview(next(self._chunks, b""))
                while not self._rest and (more := next(self._chunks, None)) is not None:
                    self._rest = memoryview(more)
            except BaseException as error:
                self.failure = error
                raise
        found = self._rest if size < 0 else self._rest[:size]
        self._rest = self._rest[len(found) :]
        return bytes(found)


def encrypt(chunks: Iterable[bytes], sink: Sink, recipient: str) -> None:
    """What goes wrong while the chunks are made is raised as it is; what `sink` says, too."""
    pyrage = _library()
    reader, guarded = _Reader(chunks), _Guarded(sink)
    try:
        pyrage.encrypt_io(reader, guarded, [pyrage.x25519.Recipient.from_str(recipient)])
    except BaseException as error:
        if failure := reader.failure or guarded.failure:
            raise failure from None
        if KeyboardInterrupt.__name__ in str(error):  # it came between the two, where the library makes its own of it
            raise KeyboardInterrupt from None
        raise


class _Guarded:
    def __init__(self, sink: Sink):
        self._sink = sink
        self.failure: BaseException | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._sink.write(data)
        except BaseException as error:
            self.failure = error
            raise

    def flush(self) -> None:
        self._sink.flush()
