"""One kept demo for all the peers: none of them needs a fresh one."""

from collections.abc import Iterator

import pytest

from tests.interop.conftest import KeptDemo, keep_demo


@pytest.fixture(scope="package")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeptDemo]:
    with keep_demo(tmp_path_factory.mktemp("peers")) as demo:
        demo.until_ready()
        yield demo
