"""A D-Bus daemon of its own, the real one, that can die and come back."""

import asyncio
from pathlib import Path
from shutil import which

_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow receive_sender="*"/><allow own="*"/><allow user="*"/>
  </policy>
</busconfig>
"""
INSTALLED = which("dbus-daemon") is not None
ABSENT = "dbus-daemon is absent: apt-get install dbus, or make tools"


class Bus:
    """`address` is what DBUS_SYSTEM_BUS_ADDRESS takes; the socket lies in `folder`, also after a restart."""

    def __init__(self, folder: Path):
        self.socket = folder / "system_bus_socket"
        self.address = f"unix:path={self.socket}"
        self._config = folder / "bus.conf"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def command(self) -> tuple[str, ...]:
        """It says its address once it listens."""
        return ("dbus-daemon", "--nofork", "--nopidfile", "--nosyslog", "--print-address=1", f"--config-file={self._config}")

    def write_config(self) -> None:
        self._config.write_text(_CONFIG.format(socket=self.socket))

    async def start(self) -> None:
        """Start the daemon, and wait until it listens."""
        self.socket.unlink(missing_ok=True)  # of one that was killed
        self.write_config()
        self._process = await asyncio.create_subprocess_exec(*self.command, stdout=asyncio.subprocess.PIPE)
        assert self._process.stdout is not None
        async with asyncio.timeout(10):
            if not await self._process.stdout.readline():  # the address, once it listens
                raise RuntimeError("dbus-daemon ended at its start; what it says stands above")

    async def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await process.wait()
