"""What all images share: ground.py BASE STDLIB OUT KEEP

The interpreter, what the services' shared code reaches of its library, and who is who. BASE is the base image's root, STDLIB
its library as bytecode.py has compiled it; KEEP names modules that are to be there though nothing imports them, with commas.
Nothing of BASE is run: its architecture may be another. Every file is of 1970, so that equal contents are equal layers.
"""

import _imp
import json
import os
import shutil
import stat
import sys
from collections.abc import Iterable

import reached
import shared_objects

_ACCOUNTS = {"root": 0, "nobody": 65534, "nanoswarm": 10001}
_CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
join = os.path.join


def interpreter(base: str) -> tuple[str, str]:
    """Its program and its standard library's folder, below BASE. SystemExit when that is not the Python that compiles here."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for prefix in ("usr/local", "usr"):
        if os.path.exists(join(base, prefix, "bin", version)) and os.path.isdir(join(base, prefix, "lib", version)):
            return join(prefix, "bin", version), join(prefix, "lib", version)
    raise SystemExit(f"the base has no {version}, and that is what compiles here; build all stages on one version of Python")


def load(tree: str, own: bool = False) -> dict[str, reached.Module]:
    with open(join(tree, "imports.json"), encoding="utf-8") as file:
        return reached.modules(json.load(file), own)


def shared_modules(stdlib: dict[str, reached.Module], keep: Iterable[str]) -> set[str]:
    absent = [name for name in keep if name not in stdlib]
    if absent:
        raise SystemExit(f"KEEP names {', '.join(absent)}, which Python's library does not have")
    return with_files(reached.reached(stdlib, (*reached.SHARED, *keep)))


def with_files(names: Iterable[str]) -> set[str]:
    """Without those that are in the interpreter itself: a file of them would never be read. But os.pyc is how it finds its
    library."""
    return {name for name in names if name == "os" or not _imp.is_frozen(name)}


def carry(tree: str, modules: dict[str, reached.Module], names: Iterable[str], target: str) -> None:
    for name in names:
        copy(join(tree, modules[name].file), join(target, modules[name].file))


def copy(source: str, target: str) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copyfile(source, target)
    shutil.copymode(source, target)


def shared(base: str, stdlib: str, out: str, keep: list[str]) -> None:
    program, library = interpreter(base)
    known = load(stdlib)
    names = shared_modules(known, keep)
    carry(stdlib, known, names, join(out, library))
    os.makedirs(join(out, library, "lib-dynload"), exist_ok=True)  # looked for at start, also when it is empty
    copy(join(base, program), join(out, program))
    os.makedirs(join(out, "usr/local/bin"), exist_ok=True)
    os.symlink(os.path.relpath("/" + program, "/usr/local/bin"), join(out, "usr/local/bin/python3"))
    objects(base, out, [program, *(join(library, known[name].file) for name in names if known[name].file.endswith(".so"))])
    os.makedirs(join(out, "tmp"), exist_ok=True)
    os.chmod(join(out, "tmp"), 0o1777)  # noqa: S103  # as every /tmp
    write(join(out, "etc/passwd"), "".join(f"{name}:x:{uid}:{uid}:{name}:/:/sbin/nologin\n" for name, uid in _ACCOUNTS.items()))
    write(join(out, "etc/group"), "".join(f"{name}:x:{uid}:\n" for name, uid in _ACCOUNTS.items()))
    if "ssl" in names and os.path.exists(join(base, _CERTIFICATES)):
        copy(join(base, _CERTIFICATES), join(out, _CERTIFICATES))
    settle(out)


def objects(base: str, out: str, paths: Iterable[str], beside: Iterable[str] = ()) -> None:
    """The shared libraries that these files below BASE need, but for those `beside`, which are there."""
    for path in shared_objects.closure(base, paths):
        if path not in beside:
            copy(join(base, path), join(out, path))


def write(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def settle(out: str) -> None:
    """Everything may be read by all and written by nobody but root, and is of 1970."""
    for folder, folders, files in os.walk(out, topdown=False):
        for name in (*files, *folders):
            path = join(folder, name)
            if not os.path.islink(path):
                mode = os.stat(path).st_mode
                os.chmod(path, _mode(mode))
            os.utime(path, (0, 0), follow_symlinks=False)
    os.utime(out, (0, 0))


def _mode(mode: int) -> int:
    if mode & stat.S_ISVTX or not mode & 0o077:  # /tmp for all, /data for the service alone
        return stat.S_IMODE(mode)
    return 0o755 if stat.S_ISDIR(mode) or mode & 0o111 else 0o644


if __name__ == "__main__":
    base_, stdlib_, out_, kept = sys.argv[1:]
    shared(base_, stdlib_, out_, [name for name in kept.split(",") if name])
