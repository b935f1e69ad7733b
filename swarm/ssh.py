"""The door to the ssh program: a Docker engine's socket on another machine, as a socket on this one.

It never asks for a password or to trust a new host: who has not got in by hand before does not get in here. It ends with
us, however we end, because then its input ends.
"""

import contextlib
import shutil
import subprocess
import tempfile
import time
import weakref
from pathlib import Path

from swarm.errors import EngineError
from swarm.hosts import ssh_parts

SOCKET = "/var/run/docker.sock"
WITHIN_S = 20.0
_OPTIONS = {
    "BatchMode": "yes",
    "ConnectTimeout": "10",
    "ControlMaster": "no",
    "ControlPath": "none",
    "ExitOnForwardFailure": "yes",
    "ServerAliveInterval": "10",
    "ServerAliveCountMax": "3",
}
_REMEDIES = {
    "Host key verification failed": "look at its key, and accept it: ssh {where}",
    "Permission denied": "let your key in: ssh-copy-id {where}",
    "Could not resolve hostname": "is the name right? an address does as well",
    "open failed": "let the user there speak to Docker (as root, there: usermod -aG docker USER), and see that it runs",
}


class Tunnel:
    """`url` is the socket here. EngineError says why there is none, and what to do."""

    def __init__(self, url: str):
        self._remote = url
        program = shutil.which("ssh")
        if program is None:
            raise EngineError(
                f"{url}: there is no ssh program on this machine; install it (Debian: apt-get install openssh-client)"
            )
        folder = Path(tempfile.mkdtemp(prefix="nanoswarm-"))
        self._socket, self._said = folder / "docker.sock", folder / "said"
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(  # noqa: S603  # our own words; a host is never an option
                [program, *_words(url, self._socket)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
            )
        weakref.finalize(self, _end, self._process, folder)
        self._await()

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def complaint(self) -> str:
        """What ssh said last and what to do about it; empty when it has said nothing."""
        lines = self._said.read_text(errors="replace").strip().splitlines()[-3:]
        said = " ".join(line.strip() for line in lines)
        if not said:
            return ""
        user, host, port = ssh_parts(self._remote.removeprefix("ssh://"))
        where = f"{f'-p {port} ' if port else ''}{f'{user}@' if user else ''}{host}"
        remedy = next((remedy for sign, remedy in _REMEDIES.items() if sign in said), "try by hand: ssh {where}")
        return f"ssh says: {said}; {remedy.format(where=where)}"

    def _await(self) -> None:
        until = time.monotonic() + WITHIN_S
        while not self._socket.exists():
            if self._process.poll() is not None or time.monotonic() > until:
                raise EngineError(f"{self._remote}: cannot be reached; {self.complaint() or 'ssh says nothing; does it run?'}")
            time.sleep(0.02)


def _words(url: str, socket: Path) -> list[str]:
    user, host, port = ssh_parts(url.removeprefix("ssh://"))
    words = [word for name, value in _OPTIONS.items() for word in ("-o", f"{name}={value}")]
    words += ["-l", user] if user else []
    words += ["-p", str(port)] if port else []
    return [*words, "-T", "-L", f"{socket}:{SOCKET}", "--", host, "cat"]  # cat ends with our end of its input


def _end(process: "subprocess.Popen[bytes]", folder: Path) -> None:
    process.terminate()
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    try:
        process.wait(2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    shutil.rmtree(folder, ignore_errors=True)
