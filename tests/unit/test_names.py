"""Host names that have no address fail within their time, and as what they are."""

import asyncio
import socket
import threading

import pytest

from nanoservices.names import Names


def address(host: str) -> str:
    async def run() -> str:
        names = Names()
        try:
            return await names.address(host)
        finally:
            names.close()

    return asyncio.run(run())


def test_address_is_its_own_address() -> None:
    assert address("192.0.2.7") == "192.0.2.7"


@pytest.mark.parametrize("host", ["a..b", "a" * 80, "-"])
def test_text_that_is_no_host_name_has_no_address(host: str) -> None:
    with pytest.raises(OSError, match="has no address here"):
        address(host)


def test_resolver_that_hangs_keeps_nobody_longer_than_they_would_wait_nor_the_process_at_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released, asked = threading.Event(), []

    def hang(host: str, *_: object) -> list[object]:
        asked.append(host)
        released.wait(10)
        return []

    async def scenario() -> None:
        names = Names()
        hosts = [f"absent-{number}" for number in range(8)]
        waiting = [asyncio.create_task(names.address(host, wait_s=0.1)) for host in (*hosts, *hosts)]
        for outcome in await asyncio.gather(*waiting, return_exceptions=True):
            assert isinstance(outcome, OSError)
        assert len(asked) == 4  # threads at once, however many are asked for
        lookers = [thread for thread in threading.enumerate() if thread.name == "names"]
        assert len(lookers) == 4 and all(thread.daemon for thread in lookers)  # which the interpreter's end does not wait for
        names.close()

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    try:
        asyncio.run(scenario())
    finally:
        released.set()
