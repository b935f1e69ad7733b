"""What the stack runs, where nothing holds it back: it serves, writes nothing though it may, and lacks nothing."""

from pathlib import Path

import pytest

from swarm import docker_program
from tests.lab.alone import NOBODYS, WORDS, running
from tests.lab.conftest import Lab

IMPORTED = """
import importlib, os
from nanoservices import alive
alive.exit_if_asked()
modules = []
for folder, _, names in os.walk("/opt/nanoswarm/nanoservices"):
    package = os.path.relpath(folder, "/opt/nanoswarm").replace("/", ".")
    modules += [f"{package}.{name[:-4]}" for name in names if name.endswith(".pyc") and name != "__init__.pyc"]
for module in modules:
    importlib.import_module(module)
print(len(modules))
"""


@pytest.mark.parametrize("word", WORDS)
def test_slim_service_serves_and_writes_nothing_though_it_may(images: Lab, word: str, tmp_path: Path) -> None:
    with running(images, word, f"nanoswarm/{word}", tmp_path, *NOBODYS) as container:
        container.until_alive()
        container.answers(word)
        container.ends_when_told()
        assert container.written() == []


@pytest.mark.parametrize("word", WORDS)
def test_every_module_of_a_service_finds_what_it_imports_in_its_image(images: Lab, word: str) -> None:
    run = ("run", "--rm", *NOBODYS, "--entrypoint", "python3", f"nanoswarm/{word}", "-c", IMPORTED)
    assert int(docker_program.run(images.context.manager, *run)) > 15
