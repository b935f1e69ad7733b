"""An SSH server on a node of a lab, which leads to that node's engine, and a client that may use it."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from swarm.lab import home

PORT = 2222
READY_S = 10.0
# In mounts of its own, so that nothing of it is seen outside: root's home and /run are empty but for what is put there.
_NODE = """
mount --bind "$1" "$2" && mount -t tmpfs -o mode=700 tmpfs /root && mount -t tmpfs -o mode=755 tmpfs /run || exit
mkdir -m 700 /root/.ssh && cp "$3/key.pub" /root/.ssh/authorized_keys && ln -s "$2/docker.sock" /run/docker.sock || exit
exec dropbear -F -E -s -m -r "$3/host" -p "$4" -P "$3/pid" """


@dataclass(frozen=True)
class Server:
    where: str  # root@address:port
    client: Path  # a folder with an ssh that has the key and knows the server; for PATH
    folder: Path

    def forget(self) -> None:
        """The client no longer knows the server."""
        (self.folder / "known_hosts").write_text("")

    def lock_out(self) -> None:
        """The client's key is another."""
        (self.folder / "key").unlink()
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / "key"))


@contextmanager
def serving(node: str, folder: Path) -> Iterator[Server]:
    state = home.load()
    assert state is not None
    there = next(each for each in state.plan.nodes if each.name == node)
    for name in ("engine", "bin"):
        (folder / name).mkdir(parents=True)
    _keys(folder, there.address)
    command = ["nsenter", f"--net=/run/netns/{there.namespace}", "unshare", "--mount", "--propagation", "private", "sh", "-c"]
    arguments = ["node", str(there.run), str(folder / "engine"), str(folder), f"{there.address}:{PORT}"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([*command, _NODE, *arguments], stdout=log, stderr=log)
    try:
        until = time.monotonic() + READY_S
        while not (folder / "pid").exists():
            assert server.poll() is None and time.monotonic() < until, (folder / "log").read_text()
            time.sleep(0.05)
        yield Server(f"root@{there.address}:{PORT}", folder / "bin", folder)
    finally:
        server.terminate()
        server.wait(10)


def _keys(folder: Path, address: str) -> None:
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "key"))
    host = _run("dropbearkey", "-t", "ed25519", "-f", str(folder / "host"))
    public = next(line for line in host.splitlines() if line.startswith("ssh-ed25519"))
    (folder / "known_hosts").write_text(f"[{address}]:{PORT} {public}\n")
    (folder / "config").write_text(
        f"Host *\n IdentityFile {folder}/key\n IdentitiesOnly yes\n UserKnownHostsFile {folder}/known_hosts\n"
        " GlobalKnownHostsFile /dev/null\n"
    )
    wrapper = folder / "bin" / "ssh"
    wrapper.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/config "$@"\n')
    wrapper.chmod(0o755)


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def need_programs() -> None:
    """Skip without them; never under CI."""
    missing = [name for name in ("ssh", "ssh-keygen", "dropbear", "dropbearkey") if shutil.which(name) is None]
    if missing:
        reason = f"{', '.join(missing)} absent: apt-get install dropbear-bin openssh-client"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
