"""One kept demo for all the peers: none of them needs a fresh one."""

import secrets
from collections.abc import Iterator

import pytest

from tests.interop.conftest import KeptDemo, keep_demo
from tests.interop.peers import archive


@pytest.fixture(scope="package")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptDemo]:
    with keep_demo(tmp_path_factory.mktemp("peers")) as demo:
        demo.until_ready()
        yield demo


@pytest.fixture(scope="package")
def large_text(kept: KeptDemo) -> bytes:
    """20 kB among the contents of the demo's meeting."""
    text = secrets.token_hex(10_000).encode()
    archive.put_text(kept, "large.txt", text)
    return text
