"""Whose software is in an image: found in its files, not taken from what somebody wished to install. Pure over `Files`."""

import email.message
import email.parser
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["library", "application", "platform"]


class Files(Protocol):
    """An image's files. Paths are without the leading slash; `read` gives nothing for what there is not."""

    def files(self) -> Mapping[str, int]: ...

    def read(self, path: str) -> bytes: ...


@dataclass(frozen=True, order=True)
class Part:
    """`licence`: an SPDX expression, else a name as its makers wrote it, else empty. `sha256`: of the file, where it is one."""

    name: str
    version: str
    kind: Kind
    purl: str
    licence: str = ""
    sha256: str = ""
    path: str = ""


@dataclass(frozen=True)
class _Known:
    """Programs that no package manager tells of: where they lie, and how their own bytes say which version they are."""

    name: str
    kind: Kind
    path: str
    version: bytes
    licence: str


_PYTHON = r"(.*/)?(libpython3\.\d+(\.so[\d.]*)?|python3\.\d+)"
_MUSL = r"(usr/)?lib/(ld-musl-[^/]+\.so\.1|libc\.musl-[^/]+\.so\.1|libc\.so)"
_GLIBC = r"(usr/)?lib(/[^/]+)?/libc\.so\.6"
_KNOWN = (
    _Known("cpython", "platform", _PYTHON, rb"\0(3\.\d+\.\d+[a-z0-9+]*)\0", "PSF-2.0"),
    _Known("musl", "library", _MUSL, rb"\0(1\.\d+\.\d+)\0", "MIT"),
    _Known("glibc", "library", _GLIBC, rb"GNU C Library .* release version (\d+\.\d+)", "LGPL-2.1-or-later"),
    _Known("busybox", "application", r"(usr/)?s?bin/busybox", rb"BusyBox v(\d+\.\d+\.\d+)", "GPL-2.0-only"),
)
_SHARED = re.compile(r"(?:usr/)?(?:local/)?lib(?:/[^/]+)?/(?P<name>lib[^/]*?)\.so(?:\.(?P<version>[\d.]+))?")
_WHEELS_OWN = re.compile(r".*\.libs/(?P<name>lib[^/]*?)(?:-[0-9a-f]{8})?\.so(?:\.(?P<version>[\d.]+))?")
_DIST = re.compile(r".*\.dist-info/METADATA")


def parts(image: Files) -> list[Part]:
    """Everything that is not ours, in a fixed order: packages, then Python and the C library, then other libraries."""
    known = list(_programs(image))
    taken = {part.path for part in known}
    packages = [*_packages(image), *_copied(image)]
    return [*sorted(packages), *sorted(known), *sorted(part for part in _libraries(image) if part.path not in taken)]


def _packages(image: Files) -> Iterator[Part]:
    for path in image.files():
        if not _DIST.fullmatch(path):
            continue
        told = email.parser.BytesParser().parsebytes(image.read(path), headersonly=True)
        name, version = str(told.get("Name", "")), str(told.get("Version", ""))
        if name and version:
            plain = re.sub(r"[-_.]+", "-", name).lower()
            yield Part(name, version, "library", f"pkg:pypi/{plain}@{version}", _licence(told), path=path)


def _copied(image: Files) -> Iterator[Part]:
    """What we keep in our tree from elsewhere: `provenance.json` beside it names the npm package that it is of."""
    for path in image.files():
        if path.endswith("/provenance.json"):
            name, _, version = str(json.loads(image.read(path))["package"]).rpartition("@")
            terms = image.read(path.replace("provenance.json", "LICENSE"))
            licence = "Apache-2.0" if b"Apache License" in terms and b"Version 2.0" in terms else ""
            yield Part(name, version, "library", f"pkg:npm/{name}@{version}", licence, path=path)


def _licence(told: "email.message.Message[str, str]") -> str:
    expression, text = str(told.get("License-Expression") or ""), str(told.get("License") or "")
    classified = [line for line in told.get_all("Classifier") or () if line.startswith("License :: ")]
    short = text if len(text) < 60 and "\n" not in text else ""
    return expression or short or " and ".join(line.rpartition(" :: ")[2] for line in classified)


def _programs(image: Files) -> Iterator[Part]:
    for known in _KNOWN:
        pattern = re.compile(known.path)
        for path in sorted(image.files()):
            found = re.search(known.version, image.read(path)) if pattern.fullmatch(path) else None
            if found:
                version = found[1].decode()
                purl = f"pkg:generic/{known.name}@{version}"
                yield Part(known.name, version, known.kind, purl, known.licence, _sha256(image, path), path)
                break


def _libraries(image: Files) -> Iterator[Part]:
    """Shared libraries, by what their files are called; the file's hash says which it is where the name does not."""
    for path in image.files():
        found = _SHARED.fullmatch(path) or _WHEELS_OWN.fullmatch(path)
        if found:
            version = found["version"] or ""
            purl = f"pkg:generic/{found['name']}" + (f"@{version}" if version else "")
            yield Part(found["name"], version, "library", purl, "", _sha256(image, path), path)


def _sha256(image: Files, path: str) -> str:
    return hashlib.sha256(image.read(path)).hexdigest()
