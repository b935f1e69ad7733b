"""One browser for all tests, and a screen for each module."""

from collections.abc import Iterator

import pytest

from tests.interop.screen.browser import Browser, launched
from tests.interop.screen.rig import Rig, screen


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def rig(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """A screen that shows nothing, in a process of its own."""
    with screen(tmp_path_factory.mktemp("screen")) as found:
        yield found
