"""What one service's image has above the shared ground: own.py BASE WORD KEEP

Reads /stdlib, /compiled (the libraries) and /code, which bytecode.py has compiled, and /service; writes /own/libraries with
what of the libraries, and of the rest of Python's own, the service reaches, and /own/service with its code.
"""

import glob
import os
import shutil
import sys
from collections.abc import Iterator, Mapping

import ground
import reached
import shared_objects

PLACE = "opt/nanoswarm"  # of the libraries and of our code, below an image's root
PACKAGE = "nanoservices"
join = os.path.join


def roots(code: Mapping[str, reached.Module], word: str) -> list[str]:
    """All modules of the service's folder: it may load some of its own by other ways than by name."""
    found = [name for name in code if name.startswith(f"{PACKAGE}.{word}.")]
    if f"{PACKAGE}.{word}.__main__" not in found:
        raise SystemExit(f"{PACKAGE}/{word} has no __main__.py that can be compiled; it is what an image starts")
    return found


def libraries(base: str, word: str, keep: list[str], out: str) -> set[str]:
    """Write the layer of libraries; returns what is reached of our own code."""
    _, library = ground.interpreter(base)
    python, outside, code = ground.load("/stdlib"), ground.load("/compiled"), ground.load("/code", own=True)
    there = ground.shared_modules(python, keep)
    names = reached.reached({**python, **outside, **code}, roots(code, word))
    rest = sorted(ground.with_files(names & set(python)) - there - set(outside))
    ground.carry("/stdlib", python, rest, join(out, library))
    ground.carry("/compiled", outside, sorted(names & set(outside)), join(out, PLACE))
    data("/compiled", outside, names, join(out, PLACE))
    extensions = [join(library, python[name].file) for name in rest if python[name].file.endswith(".so")]
    ground.objects(base, out, extensions, beside=shared_objects.closure(base, [ground.interpreter(base)[0]]))
    os.makedirs(join(out, PLACE), exist_ok=True)
    return names & set(code)


def data(tree: str, known: Mapping[str, reached.Module], names: set[str], target: str) -> None:
    """What is not code: metadata and licences, all that lies below the folders of reached packages, what wheels bring along."""
    absent = set(unused(tree, known, names))
    for folder, _, files in os.walk(tree):
        inside = os.path.relpath(folder, tree)
        brought, about = ".libs" in inside, inside.partition("/")[0]
        if brought or (about.endswith(".dist-info") and about not in absent) or package_of(inside, known) in names:
            for file in files:
                if brought or not file.endswith((".pyc", ".so", "RECORD")):
                    ground.copy(join(folder, file), join(target, inside, file))


def unused(tree: str, known: Mapping[str, reached.Module], names: set[str]) -> Iterator[str]:
    """The metadata of what is not in the image: of none of its files, by its RECORD, anything is reached."""
    there = {known[name].file for name in names if name in known}
    for record in glob.glob(join(tree, "*.dist-info", "RECORD")):
        with open(record, encoding="utf-8") as file:
            listed = [line.partition(",")[0] for line in file]
        if not any(path in there or f"{path}c" in there for path in listed):  # x.py is x.pyc there
            yield os.path.basename(os.path.dirname(record))


def package_of(inside: str, known: Mapping[str, reached.Module]) -> str:
    """The package that a folder belongs to: itself or the nearest above; none is ""."""
    parts = inside.split("/")
    packages = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((package for package in packages if package in known), "")


def service(word: str, names: set[str], out: str) -> None:
    """Write the layer of our own code; `/data` is there for a service that keeps something."""
    code = ground.load("/code")
    ground.carry("/code", code, sorted(names), join(out, PLACE))
    data("/code", code, names, join(out, PLACE))
    os.symlink(f"{word}/__main__.pyc", join(out, PLACE, PACKAGE, "__main__.pyc"))
    if os.path.isdir("/service/data"):
        os.makedirs(join(out, "data"))
        shutil.copystat("/service/data", join(out, "data"))
        os.chown(join(out, "data"), 10001, 10001)


if __name__ == "__main__":
    base_, word_, kept = sys.argv[1:]
    ours = libraries(base_, word_, [name for name in kept.split(",") if name], "/own/libraries")
    service(word_, ours, "/own/service")
    ground.settle("/own/libraries")
    ground.settle("/own/service")
