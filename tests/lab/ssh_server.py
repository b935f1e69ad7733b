"""An SSH server that is not ours and leads to one engine, and OpenSSH's client, which has its key and knows it.

As a program, `python -m tests.lab.ssh_server FOLDER SOCKET`, it serves on a port that it prints, until it is ended.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Server:
    where: str  # user@address:port
    folder: Path

    @property
    def client(self) -> Path:
        """A folder for PATH."""
        return self.folder / "bin"

    def forget(self) -> None:
        """The client no longer knows the server."""
        (self.folder / "known_hosts").write_text("")

    def lock_out(self) -> None:
        """The client's key is another."""
        (self.folder / "key").unlink()
        _key(self.folder / "key")

    def close(self) -> None:
        """Nothing answers where the engine's socket should be."""
        (self.folder / "socket").unlink()


@contextmanager
def serving(socket: Path, folder: Path) -> Iterator[Server]:
    (folder / "bin").mkdir(parents=True)
    for name in ("key", "host"):
        _key(folder / name)
    (folder / "authorized").write_text((folder / "key.pub").read_text())
    (folder / "socket").symlink_to(socket)
    command = [sys.executable, "-m", "tests.lab.ssh_server", str(folder)]
    with (folder / "log").open("w") as log, subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log) as server:
        try:
            assert server.stdout is not None
            port = server.stdout.readline().decode().strip()
            assert port, (folder / "log").read_text()
            _client(folder, port)
            yield Server(f"pi@127.0.0.1:{port}", folder)
        finally:
            server.terminate()


def _client(folder: Path, port: str) -> None:
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    (folder / "config").write_text(
        f"Host *\n IdentityFile {folder}/key\n IdentitiesOnly yes\n UserKnownHostsFile {folder}/known_hosts\n"
        " GlobalKnownHostsFile /dev/null\n"
    )
    wrapper = folder / "bin" / "ssh"
    wrapper.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {folder}/config "$@"\n')
    wrapper.chmod(0o755)


def _key(path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True, stdin=subprocess.DEVNULL)


def need_client() -> None:
    """Skip without it; never under CI."""
    if shutil.which("ssh") is None or shutil.which("ssh-keygen") is None:
        reason = "ssh is absent: apt-get install openssh-client"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


async def _serve(folder: Path) -> None:
    import asyncssh

    class Leading(asyncssh.SSHServer):  # type: ignore[misc]
        def connection_made(self, conn: "asyncssh.SSHServerConnection") -> None:
            self._connection = conn

        def unix_connection_requested(self, dest_path: str) -> object:
            return dest_path == "/var/run/docker.sock" and self._connection.forward_unix_connection(str(folder / "socket"))

    async def cat(process: "asyncssh.SSHServerProcess[str]") -> None:
        assert process.command == "cat"
        await process.stdin.read()
        process.exit(0)

    server = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=Leading, process_factory=cat, server_host_keys=[str(folder / "host")],
        authorized_client_keys=str(folder / "authorized"),
    )  # fmt: skip
    print(server.get_port(), flush=True)
    await server.wait_closed()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
