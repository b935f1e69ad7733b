"""The door to the docker program, for the few things that docker-py does not do: stacks, BuildKit, streams of images.

Secrets go through `stdin` or a file that `words` name, never through `words`: everybody on the machine can read those.
"""

import contextlib
import os
import shlex
import shutil
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from swarm.errors import DockerError

WITHIN_S = 1800.0
_FIRST = "/usr/bin"  # the distribution's own belongs to its engine; newer ones may lack a builder for it
_LAST_LINES, _MOST_SAID = 6, 800


def run(
    url: str,
    *words: str,
    stdin: str | bytes | None = None,
    env: Mapping[str, str] | None = None,
    told: Callable[[str], None] | None = None,
    within_s: float = WITHIN_S,
) -> str:
    """What `docker WORDS` prints when it is asked of the engine at `url`; `told` gets each line of its stderr at once.

    DockerError says what was asked, of whom, and the last lines of what the program said.
    """
    data = stdin.encode() if isinstance(stdin, str) else stdin
    with tempfile.TemporaryFile() as output:
        process = _start(url, words, env, subprocess.DEVNULL if data is None else subprocess.PIPE, output)
        with _bounded([process], within_s) as late:
            feeding = threading.Thread(target=_feed, args=(process, data), daemon=True)
            feeding.start()
            said = _listen(process, told)
            process.wait()
            feeding.join()
        _check([_Ended(url, words, process.returncode, said)], within_s if late.is_set() else None)
        output.seek(0)
        return output.read().decode(errors="replace")


def stream(source: tuple[str, Sequence[str]], sink: tuple[str, Sequence[str]], within_s: float = WITHIN_S) -> str:
    """Let one docker program's output be the other's input: `save` here, `load` there. What the second prints.

    Each is an engine's URL and the words. DockerError names the one that failed.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
        giving = _start(source[0], source[1], None, subprocess.DEVNULL, subprocess.PIPE, complaints)
        taking = _start(sink[0], sink[1], None, giving.stdout, output)
        assert giving.stdout is not None
        giving.stdout.close()  # so that the giver notices when the taker ends
        with _bounded([giving, taking], within_s) as late:
            said = _listen(taking, None)
            taking.wait()
            giving.wait()
        complaints.seek(0)
        told = complaints.read().decode(errors="replace").splitlines()
        _check(
            [_Ended(*source, giving.returncode, told), _Ended(*sink, taking.returncode, said)],
            within_s if late.is_set() else None,
        )
        output.seek(0)
        return output.read().decode(errors="replace")


def shown(url: str, *words: str) -> str:
    """The command as somebody would type it, for `--dry-run`."""
    kit = "DOCKER_BUILDKIT=1 " if words[0] == "build" else ""  # the default only in newer ones
    return kit + shlex.join(("docker", "--host", url, *words))


def _start(
    url: str,
    words: Sequence[str],
    env: Mapping[str, str] | None,
    stdin: int | IO[bytes] | None,
    stdout: int | IO[bytes],
    stderr: int | IO[bytes] = subprocess.PIPE,
) -> "subprocess.Popen[bytes]":
    program = shutil.which("docker", path=os.pathsep.join((_FIRST, os.environ.get("PATH", os.defpath))))
    if program is None:
        raise DockerError("there is no docker program on this machine; install it (Debian: apt-get install docker.io)")
    environment = {**os.environ, "DOCKER_BUILDKIT": "1", **(env or {}), "DOCKER_HOST": url}
    environment.pop("DOCKER_CONTEXT", None)
    return subprocess.Popen(  # noqa: S603  # our own words, no shell
        [program, *words], stdin=stdin, stdout=stdout, stderr=stderr, env=environment
    )


@contextlib.contextmanager
def _bounded(processes: Sequence["subprocess.Popen[bytes]"], within_s: float) -> Iterator[threading.Event]:
    """End the processes when they take too long, which sets the event, and when we are interrupted."""
    late = threading.Event()

    def end() -> None:
        late.set()
        for process in processes:
            process.kill()

    timer = threading.Timer(within_s, end)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.wait()


def _feed(process: "subprocess.Popen[bytes]", data: bytes | None) -> None:
    if data is not None and process.stdin is not None:
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:  # it may have seen enough
            pipe.write(data)


def _listen(process: "subprocess.Popen[bytes]", told: Callable[[str], None] | None) -> list[str]:
    """The last lines of what it says on stderr, until it says no more."""
    last: deque[str] = deque(maxlen=_LAST_LINES)
    assert process.stderr is not None
    with process.stderr as pipe:
        for raw in pipe:
            line = raw.decode(errors="replace").rstrip()
            if line:
                last.append(line)
            if told is not None:
                told(line)
    return list(last)


@dataclass(frozen=True)
class _Ended:
    url: str
    words: Sequence[str]
    code: int
    said: Sequence[str]

    @property
    def asked(self) -> str:
        return f"`docker {' '.join(self.words[:2])}` at {self.url}"

    @property
    def complaint(self) -> str:
        why = "\n".join(self.said[-_LAST_LINES:])[-_MOST_SAID:] or f"it ended with {self.code} and said nothing"
        return f"{self.asked} failed: {why}"


def _check(ends: Sequence[_Ended], late_s: float | None) -> None:
    """Raise DockerError if one failed, with what each that failed says: the one's end is often the other's complaint."""
    if late_s is not None:
        asked = " | ".join(end.asked for end in ends)
        raise DockerError(f"{asked} was not done within {late_s:g} s and was ended; does that engine still answer?")
    if failed := [end for end in ends if end.code != 0]:
        raise DockerError("\n".join(end.complaint for end in failed))
