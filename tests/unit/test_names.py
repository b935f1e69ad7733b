"""Host names that have no address fail within their time, and as what they are."""

import asyncio

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
