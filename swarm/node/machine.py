"""A machine to be set up: its files and its commands, here or over SSH, as root.

SSH never asks for a password or to trust a new host; as anybody but root it goes through `sudo -n`.
"""

import base64
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import PurePosixPath

from swarm.errors import InputError, NodeError
from swarm.hosts import ssh_parts

LONG_S = 1800.0  # packages over a slow line
_SSH = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=10", "-T")
_REMEDIES = {
    "Host key verification failed": "look at its key, and accept it: ssh {where}",
    "Permission denied": "let your key in: ssh-copy-id {where}",
    "Could not resolve hostname": "is the name right? an address does as well",
    "a password is required": "let it become root without one (as root, there): echo 'USER ALL=(ALL) NOPASSWD: ALL' > "
    "/etc/sudoers.d/010-USER; or go as root: root@...",
}


class Machine:
    """`root` is where its file system begins: another folder than / is that of a card, mounted here, and nothing runs there."""

    def __init__(self, host: str | None = None, root: str = "/"):
        if not root.startswith("/"):
            raise InputError([f"--root {root}: write the whole path, such as /mnt/card"])
        self.host = host
        self.root = PurePosixPath(root)
        self._words = ["sh", "-c"] if host is None else _ssh_words(host)

    @property
    def name(self) -> str:
        where = self.host or "this machine"
        return where if self.is_live else f"{self.root} on {where}"

    @property
    def is_live(self) -> bool:
        """Its commands can be run."""
        return self.root == PurePosixPath("/")

    def where(self, path: str) -> str:
        return str(self.root / path.lstrip("/"))

    def read(self, paths: Sequence[str]) -> dict[str, str]:
        """What files hold, of those that are there."""
        each = "if [ -f {0} ]; then printf %s' ' {1}; base64 {0} | tr -d '\\n'; echo; fi"
        script = "\n".join(each.format(shlex.quote(self.where(path)), shlex.quote(path)) for path in paths)
        lines = [line.split(" ") for line in self.shell(script).splitlines()]
        return {path: base64.b64decode(data).decode(errors="replace") for path, data in lines}

    def write(self, path: str, text: str, mode: int) -> None:
        """In one step, and on the disk: it is never half there."""
        at = shlex.quote(self.where(path))
        folder = shlex.quote(str(PurePosixPath(self.where(path)).parent))
        self.shell(
            f"umask 022; mkdir -p {folder} && cat > {at}.nanoswarm-new && chmod {mode:o} {at}.nanoswarm-new"
            f" && sync {at}.nanoswarm-new && mv {at}.nanoswarm-new {at}",
            text,
        )

    def remove(self, path: str) -> None:
        self.shell(f"rm -f {shlex.quote(self.where(path))}")

    def run(self, words: Sequence[str]) -> str:
        """What it says. NodeError when it fails."""
        return self.shell(shlex.join(words))

    def shell(self, script: str, given: str = "") -> str:
        """NodeError says which machine and why."""
        script = f"export LC_ALL=C; {script}"
        script = script if self.host is None else _as_root(self.host, script)
        try:
            done = subprocess.run(  # noqa: S603  # our own words; what is from outside is quoted
                [*self._words, script], input=given.encode(), capture_output=True, check=False, timeout=LONG_S
            )
        except subprocess.TimeoutExpired:
            raise NodeError(f"{self.name}: no end after {LONG_S:g} s of: {script[:120]}") from None
        if done.returncode:
            raise NodeError(f"{self.name}: {self._complaint(done.stderr.decode(errors='replace'))}")
        return done.stdout.decode(errors="replace")

    def _complaint(self, said: str) -> str:
        lines = " ".join(line.strip() for line in said.strip().splitlines()[-3:]) or "failed, and said nothing"
        remedy = next((remedy for sign, remedy in _REMEDIES.items() if self.host and sign in said), None)
        return lines if remedy is None else f"{lines}; {remedy.format(where=self.host)}"

    def must_hold_a_system(self) -> None:
        """InputError when `root` is no card's: nothing is mounted there, or its smaller part."""
        if not self.is_live and not self.read(["/etc/os-release"]):
            raise InputError(
                [f"{self.name}: holds no Linux system (no etc/os-release); mount the card's larger part there first"]
            )

    def must_be_ours(self) -> None:
        """InputError when we may not change it."""
        if self.host is None and self.is_live and os.geteuid() != 0:
            raise InputError(["this machine is set up by root; go on with: sudo $(which nanoswarm) node prepare ..."])


def _ssh_words(host: str) -> list[str]:
    if shutil.which("ssh") is None:
        raise InputError(["there is no ssh program on this machine; install it (Debian: apt-get install openssh-client)"])
    user, name, port = ssh_parts(host)
    words = ["-l", user] if user else []
    words += ["-p", str(port)] if port else []
    return ["ssh", *_SSH, *words, "--", name]


def _as_root(host: str, script: str) -> str:
    """Over there a shell of the user's takes it apart once more."""
    is_root = re.match(r"root@", host) is not None
    return ("" if is_root else "sudo -n ") + shlex.join(["sh", "-c", script])
