"""A nanoservice of one's own is one folder and one word in labels.yml: no list, no import, no table has to know it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.interop.conftest import ROOT

pytestmark = pytest.mark.interop
MAIN = '''"""counter: counts its callers."""

from nanoservices import alive

alive.exit_if_asked()

from dataclasses import dataclass
from typing import Literal

from nanoservices import wire
from nanoservices.coap import Handlers
from nanoservices.process import Process, run
from nanoservices.settings import Settings


@dataclass(frozen=True)
class Count:
    calls: int
    v: Literal[1] = 1


COUNT = wire.Resource("counter", "count", "GET", wire.EVERYBODY, None, Count, "my.count", "nano.state")


async def build(process: Process[Settings]) -> Handlers:
    calls: list[str] = []

    async def count(_message: None, sender: str) -> Count:
        calls.append(sender)
        return Count(len(calls))

    return {COUNT: count}


if __name__ == "__main__":
    run("counter", Settings, build)
'''
SERVICE = """services:
  counter:
    image: nanoswarm/counter
    deploy: {mode: global, placement: {constraints: [node.labels.counter == true]}}
x-nano: {extras: [], calls: [controller], needs: [], place: []}
"""


def test_seventh_nanoservice_is_one_folder_and_one_word(tmp_path: Path) -> None:
    for name in ("nanoservices", "swarm"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    folder = tmp_path / "nanoservices" / "counter"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "__main__.py").write_text(MAIN)
    (folder / "service.yml").write_text(SERVICE)
    labels = (ROOT / "labels.yml").read_text()
    (tmp_path / "labels.yml").write_text(labels.replace("run: [controller, auth]", "run: [controller, auth, counter]"))
    done = subprocess.run(
        [sys.executable, "-m", "swarm", "demo", "--json", "--speed", "20"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "counter" in json.loads(done.stdout)["rss_mb"]
