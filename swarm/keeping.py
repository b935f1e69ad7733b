"""Secrets that what is stored cannot be read without, kept beside the context: Swarm never shows one again.

`.nanoswarm/kept/<name>`, for its owner's eyes only. Who makes the cluster anew from that folder can read what was stored.
"""

import os
from pathlib import Path

from swarm import context

FOLDER = context.PATH.parent / "kept"


def keep(name: str, value: str, folder: Path = FOLDER) -> Path:
    """Written and on the disk when this returns; where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    path, fresh = folder / name, folder / f"{name}.new"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    holder = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(holder)
    finally:
        os.close(holder)
    return path


def kept(name: str, folder: Path = FOLDER) -> str | None:
    try:
        return (folder / name).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None
