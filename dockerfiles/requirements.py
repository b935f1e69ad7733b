"""What pip is to install for a service, and for which machine: two texts, made of what is locked in requirements/.

    requirements.py list FOLDER ARCH EXTRA,EXTRA      the locked lines of `core` and of these extras, sorted
    requirements.py platforms BASE ARCH               --platform options for wheels that run on the base image below BASE
    requirements.py settle FOLDER                     not text: what pip has installed there, under names that sort one way

ARCH is BuildKit's TARGETARCH. Equal needs are equal texts, so that services which have them install once.
"""

import glob
import os
import sys

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "arm": "armv7l"}
_OLDEST_GLIBC, _NEWEST_GLIBC = 17, 41  # 2.41 is Debian 13's
_NEWEST_MUSL = 2  # 1.2 is Alpine's since 3.13


def locked(folder: str, arch: str, extras: list[str]) -> str:
    """SystemExit names an extra that there is not, or that this architecture cannot have, and why."""
    lines: set[str] = set()
    for name in ["core", *extras]:
        path = os.path.join(folder, arch, f"{name}.txt")
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read()
        except FileNotFoundError:
            raise SystemExit(
                f"nothing is locked for the extra {name!r} on {arch}; is it in setup.cfg? then: make requirements"
            ) from None
        if text.startswith("# refused:"):
            raise SystemExit(text.removeprefix("# refused:").splitlines()[0].strip())
        lines |= {line for line in text.replace("\\\n", " ").splitlines() if line and not line.startswith("#")}
    return "".join(f"{' '.join(line.split())}\n" for line in sorted(lines))


def platforms(base: str, arch: str) -> str:
    """The newest first, as a wheel for a newer C library may be the faster one."""
    machine = _MACHINES[arch]
    if glob.glob(os.path.join(base, "lib/ld-musl-*")):
        tags = [f"musllinux_1_{minor}_{machine}" for minor in range(_NEWEST_MUSL, -1, -1)]
    else:
        tags = [f"manylinux_2_{minor}_{machine}" for minor in range(_NEWEST_GLIBC, _OLDEST_GLIBC - 1, -1)]
        tags += [f"manylinux2014_{machine}", f"linux_{machine}"]
    return " ".join(f"--platform {tag}" for tag in tags)


def settle(folder: str) -> None:
    """Call `aiocoap-0.4.17.dist-info` `Aiocoap-...`. Engines write a layer's files in the order of their whole paths or
    folder by folder, as it happens, and `aiocoap-` comes before `aiocoap/` in one of them: a layer would have two digests.
    Python looks for metadata in any case (importlib.metadata.Prepared)."""
    for path in glob.glob(os.path.join(folder, "*.dist-info")):
        name = os.path.basename(path)
        os.rename(path, os.path.join(folder, name[0].upper() + name[1:]))


if __name__ == "__main__":
    what, place, *rest = sys.argv[1:]
    arch = rest.pop(0) if rest else ""
    if what == "settle":
        settle(place)
    elif what == "list":
        sys.stdout.write(locked(place, arch, [extra for extra in "".join(rest).split(",") if extra]))
    else:
        print(platforms(place, arch))
