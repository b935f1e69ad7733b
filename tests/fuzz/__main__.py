"""`python -m tests.fuzz <target> [options of libFuzzer]`: feed a target for ever, or for -max_total_time seconds.

What is new is put into .fuzz/<target>, which is not kept; `python -m tests.fuzz keep` takes of it what reaches something
of its own into tests/fuzz/corpus. A failure is left as .fuzz/<target>.crash-*: it becomes a test, and is mended.
"""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

CORPUS = Path(__file__).parent / "corpus"
FOUND = Path(".fuzz")
MOST_FILES = 60  # of each target that are kept
MOST_BYTES = 2000
OURS = ("/nanoservices/", "/swarm/")

Step = tuple[str, int, int]


def fuzz(name: str, options: list[str]) -> None:
    import atheris

    with atheris.instrument_imports(include=["nanoservices", "swarm", "aiocoap"]):
        from tests.fuzz.targets import TARGETS
    found = FOUND / name
    found.mkdir(parents=True, exist_ok=True)
    folders = [str(found), *([str(CORPUS / name)] if (CORPUS / name).exists() else [])]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={found}.", *folders], TARGETS[name])
    atheris.Fuzz()


def keep() -> None:
    """Of each target the smallest files that together go every way that any of them goes."""
    from tests.fuzz.targets import TARGETS

    for name, target in TARGETS.items():
        kept = CORPUS / name
        kept.mkdir(parents=True, exist_ok=True)
        files = [path for folder in (kept, FOUND / name) if folder.exists() for path in folder.iterdir()]
        datas = sorted({path.read_bytes() for path in files if path.stat().st_size <= MOST_BYTES}, key=len)
        for data in datas[:1]:
            target(data)  # what is done once is done
        chosen = _covering({data: _ways(target, data) for data in datas})[:MOST_FILES]
        for path in kept.iterdir():
            path.unlink()
        for number, data in enumerate(chosen, 1):
            (kept / f"{number:03}").write_bytes(data)
        print(f"{name}: {len(chosen)} of {len(datas)}")


def _ways(target: Callable[[bytes], None], data: bytes) -> frozenset[Step]:
    """The steps from instruction to instruction of our own code: a line may hold several decisions."""
    ways: set[Step] = set()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        file = frame.f_code.co_filename
        if not any(part in file for part in OURS):
            return None
        frame.f_trace_opcodes, last, place = True, -1, f"{file}:{frame.f_code.co_firstlineno}"

        def step(inner: FrameType, _event: str, _argument: Any) -> Any:
            nonlocal last
            ways.add((place, last, inner.f_lasti))
            last = inner.f_lasti
            return step

        return step

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        target(data)
    finally:
        sys.settrace(before)
    return frozenset(ways)


def _covering(ways: dict[bytes, frozenset[Step]]) -> list[bytes]:
    """Greedily: whichever adds most, the shortest among those."""
    missing, chosen = set().union(*ways.values()), []
    while missing:
        best = max(ways, key=lambda data: (len(ways[data] & missing), -len(data)))
        chosen.append(best)
        missing -= ways[best]
    return chosen


if __name__ == "__main__":
    logging.disable()
    if sys.argv[1] == "keep":
        keep()
    else:
        fuzz(sys.argv[1], sys.argv[2:])
