"""What pip installs: locked with hashes for every architecture, and in step with setup.cfg."""

import configparser
import re
from importlib.metadata import distributions
from pathlib import Path

import lock
import pytest
import requirements

from swarm.words import discover

FOLDER = Path(requirements.__file__).parent / "requirements"
WORDS = discover()


def listed(arch: str, *extras: str) -> str:
    return requirements.locked(str(FOLDER), arch, list(extras))


def names(text: str) -> set[str]:
    return {line.partition("==")[0] for line in text.splitlines()}


@pytest.mark.parametrize("arch", lock.MACHINES)
@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_service_has_what_it_installs_for_every_architecture(word: str, arch: str) -> None:
    lines = listed(arch, *WORDS[word].extras).splitlines()
    assert "aiocoap" in names("\n".join(lines))
    assert all(re.fullmatch(r"[a-z0-9.-]+==[0-9][^ ]*( --hash=sha256:[0-9a-f]{64})+", line) for line in lines), lines


@pytest.mark.parametrize("arch", lock.MACHINES)
def test_locks_are_of_what_setup_cfg_asks_for(arch: str) -> None:
    wanted = lock.capabilities()
    assert {path.stem for path in (FOLDER / arch).iterdir()} == set(wanted)
    for name, lines in wanted.items():
        first = (FOLDER / arch / f"{name}.txt").read_text().splitlines()[0]
        assert first == f"# {', '.join(lines)}", f"setup.cfg has changed for {name}: make requirements"


def test_extras_of_the_manager_are_not_for_images() -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(lock.ROOT / "setup.cfg")
    assert not set(lock.capabilities()) & {"swarm", "test", "fuzz"}
    assert set(lock.capabilities()) < {"core", *parser["options.extras_require"]}


@pytest.mark.parametrize("arch", lock.MACHINES)
def test_all_extras_fit_into_one_image(arch: str) -> None:
    lines = listed(arch, *(set(lock.capabilities()) - {"core"})).splitlines()
    assert len(lines) == len(names("\n".join(lines)))


def test_list_is_of_the_extras_and_no_others() -> None:
    assert {"werkzeug", "waitress", "pymysql"} <= names(listed("amd64", "web", "sql"))
    assert not {"bleak", "gpiozero", "setuptools"} & names(listed("amd64", "web", "sql"))


def test_equal_needs_are_equal_texts() -> None:
    assert listed("amd64", "web", "sql") == listed("amd64", "sql", "web", "sql")


def test_unknown_extra_is_refused_by_name() -> None:
    with pytest.raises(SystemExit, match=r"'webb' on arm64.*make requirements"):
        listed("arm64", "webb")


def test_extra_that_an_architecture_cannot_have_is_refused_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "arm").mkdir()
    (tmp_path / "arm/core.txt").write_text("# aiocoap\n")
    (tmp_path / "arm/aes.txt").write_text("# refused: keys of this kind need a library that 32-bit ARM does not have\n")
    with pytest.raises(SystemExit, match=r"^keys of this kind need"):
        requirements.locked(str(tmp_path), "arm", ["aes"])


@pytest.mark.parametrize(
    ("wheel", "machine", "runs"),
    [
        ("flask-3.1.3-py3-none-any.whl", "armv7l", True),
        ("pigpio-1.78-py2.py3-none-any.whl", "aarch64", True),
        ("dbus_fast-5.2.0-cp313-cp313-musllinux_1_2_x86_64.whl", "x86_64", True),
        ("dbus_fast-5.2.0-cp313-cp313-musllinux_1_2_x86_64.whl", "aarch64", False),
        ("dbus_fast-5.2.0-cp312-cp312-musllinux_1_2_x86_64.whl", "x86_64", False),
        ("x-1-cp39-abi3-manylinux_2_17_aarch64.manylinux2014_aarch64.whl", "aarch64", True),
        ("x-1-cp314-abi3-manylinux_2_28_aarch64.whl", "aarch64", False),
        ("x-1-cp313-cp313t-manylinux_2_28_aarch64.whl", "aarch64", False),
        ("x-1-cp313-cp313-win_arm64.whl", "aarch64", False),
    ],
)
def test_only_wheels_that_run_there_are_locked(wheel: str, machine: str, runs: bool) -> None:
    assert lock.fits(wheel, machine) is runs


def test_package_without_a_wheel_is_refused_by_name() -> None:
    package = {
        "name": "x",
        "version": "1",
        "wheels": [{"url": "https://e/x-1-cp313-cp313-win32.whl", "hashes": {"sha256": "0"}}],
    }
    with pytest.raises(SystemExit, match="x 1 has no wheel for armv7l"):
        lock.locked(package, "armv7l")


def test_wheels_are_for_the_bases_c_library(tmp_path: Path) -> None:
    assert "manylinux_2_41_armv7l" in requirements.platforms(str(tmp_path), "arm")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/ld-musl-aarch64.so.1").touch()
    told = requirements.platforms(str(tmp_path), "arm64")
    assert told.split()[:2] == ["--platform", "musllinux_1_2_aarch64"] and "manylinux" not in told


def test_metadata_sorts_the_same_by_whole_paths_and_by_folders_and_is_still_found(tmp_path: Path) -> None:
    for name in ("aiocoap", "aiocoap-0.4.17.dist-info", "Flask-3.1.dist-info", "flask"):
        (tmp_path / name).mkdir()
    (tmp_path / "aiocoap-0.4.17.dist-info/METADATA").write_text("Name: aiocoap\nVersion: 0.4.17\n")
    requirements.settle(str(tmp_path))
    folders = sorted(path.name for path in tmp_path.iterdir())
    assert folders == ["Aiocoap-0.4.17.dist-info", "Flask-3.1.dist-info", "aiocoap", "flask"]
    assert folders == sorted(folders, key=lambda name: f"{name}/")
    (found,) = distributions(name="aiocoap", path=[str(tmp_path)])
    assert found.version == "0.4.17"
