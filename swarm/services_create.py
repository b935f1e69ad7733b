"""A seventh nanoservice: its folder, its decisions, their test and its service.yml, ready to be built and added."""

import keyword
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from swarm import images_bake, services_draft
from swarm.errors import InputError
from swarm.files import shown
from swarm.labels_plan import PLACE
from swarm.words import ROOT, discover

_WORD = re.compile(r"[a-z][a-z0-9]{1,30}")
_NAMES = {
    "nano": "its network",
    "room": "the stack",
    "swarm": "the manager's",
    "nanoservices": "the services'",
    "tasks": "Docker's",
}


def problems(name: str, root: Path = ROOT) -> list[str]:
    """Why no service can be called so. `root`: the folder of the services."""
    words = discover(root)
    if name in words:
        return [f"{name}: there is such a nanoservice already; choose another word, or add it: nanoswarm service add {name}"]
    if not _WORD.fullmatch(name):
        rule = "small letters and digits, a letter first, 2 to 31 of them, as folders, labels and names on a network want it"
        return [f"{shown(name)}: is no word ({rule})"]
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return [f"{name}: is a word of Python's own; choose another"]
    taken = _NAMES | dict.fromkeys(PLACE, "a label of nodes")
    if name in taken:
        return [f"{name}: is reserved ({taken[name]}); choose another"]
    if (root / name).exists() or (root / f"{name}.py").exists():
        return [f"{name}: nanoservices/{name} is there already, and is shared by all services; choose another"]
    return []


def files(name: str, *, single: bool) -> dict[str, str]:
    """What is written: path from the checkout, and content."""
    return services_draft.files(name, single=single)


def create(name: str, *, single: bool, root: Path = ROOT) -> list[Path]:
    """What was written, the service's folder last and as a whole. InputError, and nothing was, when it cannot be."""
    checkout = root.parent
    if not (checkout / "setup.cfg").is_file():
        raise InputError(
            [f"{checkout}: is no checkout of Nanoswarm, and a service is made in one; clone it, and make venv there"]
        )
    drafted = files(name, single=single)
    own = {path: text for path, text in drafted.items() if path.startswith(f"nanoservices/{name}/")}
    others = {path: text for path, text in drafted.items() if path not in own}
    if strange := [path for path, text in others.items() if _is_another(checkout / path, text)]:
        raise InputError([f"{path}: is there already, and stays as it is; move it, or choose another word" for path in strange])
    for path, text in others.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text(text, encoding="utf-8")
    _at_once(root / name, {path.rpartition("/")[2]: text for path, text in own.items()})
    written = [checkout / path for path in drafted]
    bake = checkout / images_bake.PATH
    if bake.is_file():  # which is made of all services
        bake.write_text(images_bake.text(discover(root).values()), encoding="utf-8")
        written.append(bake)
    return written


def _is_another(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8", errors="replace") != text


def _at_once(folder: Path, drafted: Mapping[str, str]) -> None:
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fresh.chmod(0o777 & ~_umask())
        for name, text in drafted.items():
            (fresh / name).write_text(text, encoding="utf-8")
        fresh.rename(folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
