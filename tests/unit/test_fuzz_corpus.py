"""What fuzzing has found worth keeping, once more: see tests/fuzz."""

from collections.abc import Iterator

import pytest

from tests.fuzz.__main__ import CORPUS
from tests.fuzz.targets import TARGETS


def kept() -> Iterator[tuple[str, str]]:
    for folder in sorted(CORPUS.iterdir()):
        yield from ((folder.name, path.name) for path in sorted(folder.iterdir()))


@pytest.mark.parametrize(("target", "name"), list(kept()))
def test_what_was_once_found_is_taken_or_refused(target: str, name: str) -> None:
    TARGETS[target]((CORPUS / target / name).read_bytes())


def test_every_target_has_its_corpus() -> None:
    assert {target for target, _ in kept()} == TARGETS.keys()
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < 200_000
