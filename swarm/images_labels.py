"""What an image says of itself, in the OCI image specification's words; always the same for one commit."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

from swarm.engine_images import CREATED, REVISION

_OCI = "org.opencontainers.image"
_GIT_S = 10
_DIGEST = re.compile(r"@(sha256:[0-9a-f]{64})$")


def labels(root: Path, base_says: str) -> dict[str, str]:
    """For every image made of the sources in `root`; its title is the Dockerfile's. What the sources do not say is left out."""
    about = _metadata(root)
    told = {
        f"{_OCI}.version": about.get("version", ""),
        f"{_OCI}.licenses": about.get("license", ""),
        f"{_OCI}.source": about.get("url", ""),
        f"{_OCI}.base.name": base_says,
        f"{_OCI}.base.digest": found[1] if (found := _DIGEST.search(base_says)) else "",
        **_commit(root),
    }
    return {key: value for key, value in told.items() if value}


def _metadata(root: Path) -> dict[str, str]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(root / "setup.cfg", encoding="utf-8")
    return dict(parser["metadata"]) if parser.has_section("metadata") else {}


def _commit(root: Path) -> dict[str, str]:
    """Which commit, and its time: the clock would make every build another. Nothing where there is no git."""
    head = _git(root, "log", "-1", "--format=%H %cI").split()
    if len(head) != 2:
        return {}
    changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", "nanoservices", "dockerfiles", "setup.cfg")
    return {REVISION: head[0] + ("-changed" if changed else ""), CREATED: head[1]}


def _git(root: Path, *words: str) -> str:
    program = shutil.which("git")
    if program is None or not (root / ".git").exists():
        return ""
    command = [program, "-C", str(root), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_S)  # noqa: S603  # our own words
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
