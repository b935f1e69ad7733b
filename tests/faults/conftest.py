"""The long version of tests/interop/faults: more rates, seeds and outages, and a table of what was measured."""

import pytest

_ROWS = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_ROWS] = []


@pytest.fixture
def table(request: pytest.FixtureRequest) -> list[str]:
    """Lines that are printed once all tests are over."""
    return request.config.stash[_ROWS]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[_ROWS]:
        terminalreporter.section("measured")
        for row in config.stash[_ROWS]:
            terminalreporter.line(row)
