"""A seventh nanoservice: one folder, which is right as it is."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from swarm import images_bake, services_create
from swarm.__main__ import main
from swarm.errors import InputError
from swarm.words import discover

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the services and what looks at them."""
    there = tmp_path_factory.mktemp("checkout")
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in ("nanoservices", "swarm"):
        shutil.copytree(ROOT / name, there / name, ignore=ignored)
    for name in ("setup.cfg", "ruff.toml", "docker-bake.hcl", "docs/settings.md", "tests/unit/test_architecture.py",
                 "tests/unit/test_docs.py", "tests/__init__.py", "tests/unit/__init__.py"):  # fmt: skip
        (there / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, there / name)
    return there


def ran(checkout: Path, *words: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    ended = subprocess.run(
        [sys.executable, "-m", *words], cwd=checkout, env=environment, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_what_is_made_passes_all_that_is_asked_of_a_service(checkout: Path) -> None:
    made = {"lamp": False, "abacus": True, "zeppelin2": False}
    for name, single in made.items():
        services_create.create(name, single=single, root=checkout / "nanoservices")
        assert discover(checkout / "nanoservices")[name].single is single
    folders = [f"{room}/{name}" for name in made for room in ("nanoservices", "tests/unit")]
    ran(checkout, "ruff", "check", *folders)
    ran(checkout, "ruff", "format", "--check", *folders)
    own = [f"tests/unit/{name}" for name in made]
    guards = ["tests/unit/test_architecture.py", "tests/unit/test_docs.py"]
    assert "6 passed" in ran(checkout, "pytest", "-q", "-p", "no:cacheprovider", *own)
    ran(checkout, "pytest", "-q", "-p", "no:cacheprovider", *guards, "-k", " or ".join(made))
    ran(checkout, "mypy", "--strict", "--ignore-missing-imports", "--follow-imports=silent", "nanoservices/lamp")
    assert (checkout / images_bake.PATH).read_text() == images_bake.text(discover(checkout / "nanoservices").values())


def test_it_runs_and_says_that_it_is_alive(checkout: Path) -> None:
    services_create.create("drum", single=False, root=checkout / "nanoservices")
    place = checkout / "place.json"
    place.write_text('{"nodes": {"pi": {"zone": "hall"}}}')
    environment = {
        **os.environ, "PYTHONPATH": str(checkout), "NANO_NODE": "pi", "NANO_PLACE": str(place), "NANO_BIND": "127.0.0.1",
        "NANO_PORT": "56831", "NANO_CONTROLLER": "coap://127.0.0.1:9",
    }  # fmt: skip
    command = [sys.executable, "-m", "nanoservices.drum"]
    with subprocess.Popen(command, cwd=checkout, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            until = time.monotonic() + 60
            while subprocess.run([*command, "--health"], cwd=checkout, env=environment, capture_output=True).returncode:
                assert time.monotonic() < until and process.poll() is None
        finally:
            process.terminate()
            assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("auth", "there is such a nanoservice already"),
        ("coap", "nanoservices/coap is there already, and is shared"),
        ("zone", "is reserved (a label of nodes)"),
        ("nano", "is reserved (its network)"),
        ("lambda", "is a word of Python's own"),
        ("Lamp", "is no word"),
        ("my-lamp", "is no word"),
        ("../lamp", "is no word"),
        ("a" * 40, "is no word"),
        ("1lamp", "is no word"),
    ],
)
def test_name_that_cannot_be_is_refused(name: str, says: str) -> None:
    told = CliRunner().invoke(main, ["service", "create", "--", name])
    assert (told.exit_code, says in told.output) == (2, True), told.output


def test_somebodys_test_is_not_overwritten_and_dry_run_writes_nothing(checkout: Path) -> None:
    there = checkout / "tests/unit/flute/test_logic.py"
    there.parent.mkdir(parents=True)
    there.write_text("mine")
    with pytest.raises(InputError, match=r"tests/unit/flute/test_logic\.py: is there already"):
        services_create.create("flute", single=False, root=checkout / "nanoservices")
    assert there.read_text() == "mine" and not (checkout / "nanoservices/flute").exists()
    told = CliRunner().invoke(main, ["service", "create", "flute", "--dry-run", "--json"])
    assert (told.exit_code, '"state": "planned"' in told.output) == (0, True)
    assert not (ROOT / "nanoservices/flute").exists()
