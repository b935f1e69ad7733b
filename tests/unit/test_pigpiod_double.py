"""The double of the GPIO daemon dies cleanly, whoever is just coming in."""

import asyncio
import contextlib
import socket
from pathlib import Path

import pytest

from swarm.doubles.pigpiod import Pigpiod


@pytest.mark.parametrize("steps", range(6))
def test_a_client_at_the_door_is_closed_like_all_others(steps: int, tmp_path: Path) -> None:
    async def story() -> None:
        daemon = Pigpiod()
        await daemon.start(tmp_path / "socket")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(tmp_path / "socket"))
            for _ in range(steps):  # of the loop, between accepting and serving
                await asyncio.sleep(0)
            await daemon.kill()
            client.settimeout(2)
            with contextlib.suppress(ConnectionResetError):
                assert await asyncio.to_thread(client.recv, 1) == b""  # it times out if it is still served

    asyncio.run(story())
