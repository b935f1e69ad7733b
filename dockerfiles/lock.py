"""Write dockerfiles/requirements/: what images install, per architecture and extra, with the sha256 of every wheel that fits.

`make requirements` runs it, after a change of setup.cfg or for newer versions; it asks the package index, through uv.
All extras are resolved together, so that any of them fit into one image. Only wheels are taken: a compiler is in no image.
"""

import configparser
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PLACE = ROOT / "dockerfiles/requirements"
PYTHON = "3.13"
SERVICE_EXTRAS_END = "swarm"  # from there on setup.cfg's extras are the manager's and the developers'
MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "arm": "armv7l"}
# Newer ones have no wheel for 32-bit ARM; this one is of Python alone.
PINNED = {"arm": ["dbus-fast == 1.17.0"]}


def capabilities() -> dict[str, list[str]]:
    """What a service may install: `core` for all, and the extras that are for services, in setup.cfg's order."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    offered = list(parser["options.extras_require"].items())
    names = [name for name, _ in offered]
    chosen = offered[: names.index(SERVICE_EXTRAS_END)]
    return {name: _lines(text) for name, text in [("core", parser["options"]["install_requires"]), *chosen]}


def _lines(text: str) -> list[str]:
    return [line for each in text.splitlines() if (line := each.partition("#")[0].strip())]


def resolved(wanted: list[str], constraints: list[str], overrides: list[str]) -> list[str]:
    """name==version of the packages that these requirements need."""
    found = _asked(wanted, constraints, overrides, "--python-platform", "x86_64-unknown-linux-musl", "--only-binary", ":all:")
    return [f"{package['name']}=={package['version']}" for package in found if package["name"] != "setuptools"]


def _asked(wanted: list[str], constraints: list[str], overrides: list[str], *options: str) -> list[dict[str, Any]]:
    """What the index has for them, as PEP 751 writes it."""
    with tempfile.TemporaryDirectory() as folder:
        files = {name: Path(folder) / f"{name}.txt" for name in ("in", "constraint", "override")}
        for path, lines in zip(files.values(), (wanted, constraints, overrides), strict=True):
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = [
            sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--format", "pylock.toml", "--python-version", PYTHON,
            *options, "--constraint", str(files["constraint"]), "--override", str(files["override"]), str(files["in"]),
        ]  # fmt: skip
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603  # our own words
    return list(tomllib.loads(told).get("packages", []))


def fits(wheel: str, machine: str) -> bool:
    """Whether a wheel of that file name runs on PYTHON and that machine (PEP 425), with either C library."""
    python, abi, platforms = wheel.removesuffix(".whl").split("-")[-3:]
    tag = f"cp{PYTHON.replace('.', '')}"
    stable = abi == "abi3" and any(int(version) <= int(tag[3:]) for version in re.findall(r"cp3(\d+)", python))
    exact = tag in python.split(".") and abi in (tag, "none")
    pure = "py3" in python.split(".") and abi == "none"
    return (exact or stable or pure) and any(
        platform == "any" or re.fullmatch(rf"(musl|many)linux.*_{machine}", platform) for platform in platforms.split(".")
    )


def locked(package: dict[str, Any], machine: str) -> str:
    """Its line, with a hash for every wheel that fits. SystemExit when there is none."""
    wheels = package.get("wheels", [])
    hashes = sorted({wheel["hashes"]["sha256"] for wheel in wheels if fits(wheel["url"].rpartition("/")[2], machine)})
    if not hashes:
        raise SystemExit(f"{package['name']} {package['version']} has no wheel for {machine}; pin an older one in PINNED")
    return " \\\n".join([f"{package['name']}=={package['version']}", *(f"    --hash=sha256:{digest}" for digest in hashes)])


def main() -> None:
    wanted = capabilities()
    for arch, machine in MACHINES.items():
        pinned = PINNED.get(arch, [])
        versions = resolved([line for lines in wanted.values() for line in lines], [], pinned)
        wheels = {package["name"]: package for package in _asked(versions, [], [], "--universal", "--no-deps")}
        (PLACE / arch).mkdir(parents=True, exist_ok=True)
        for name, lines in wanted.items():
            packages = [wheels[version.partition("==")[0]] for version in resolved(lines, versions, pinned)]
            text = "".join(f"{locked(package, machine)}\n" for package in packages)
            (PLACE / arch / f"{name}.txt").write_text(f"# {', '.join(lines)}\n{text}", encoding="utf-8")
        print(f"{arch}: {' '.join(versions)}")


if __name__ == "__main__":
    main()
