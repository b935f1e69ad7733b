"""Which shared libraries an ELF file needs, and where they lie in a root file system. Nothing is run: any architecture will do.

Reads the dynamic section (System V ABI, "Dynamic Linking"; `DT_NEEDED`, `DT_STRTAB`, `DT_STRSZ`) and the program header
`PT_INTERP`. Little-endian only, which is what the supported architectures are.
"""

import glob
import os
import struct
from collections.abc import Iterable, Iterator
from typing import NamedTuple

_LOAD, _DYNAMIC, _INTERPRETER = 1, 2, 3
_NEEDED, _STRINGS = 1, 5
_PLACES = ("lib", "usr/lib", "usr/local/lib", "lib64", "lib/*-linux-*", "usr/lib/*-linux-*")
_MUSL = "ld-musl-"  # it is loader and C library in one, and answers to these names itself, whatever lies about
_MUSL_NAMES = ("libc.", "libpthread.", "librt.", "libm.", "libdl.", "libutil.", "libxnet.")
_UNWRITTEN = ("libgcc_s.so.1",)  # glibc opens it by itself, to end a thread


class Header(NamedTuple):
    """A program header: what it is of, where in the file and in memory, and how long in the file."""

    kind: int
    offset: int
    address: int
    length: int


def needed(data: bytes) -> tuple[list[str], str | None]:
    """The names of the libraries that this file asks for, and the path of its loader. Nothing for a file that is not ELF."""
    if data[:4] != b"\x7fELF":
        return [], None
    wide = data[4] == 2
    headers = list(_headers(data, wide))
    content = {header.kind: data[header.offset : header.offset + header.length] for header in headers}
    dynamic = list(struct.iter_unpack("<QQ" if wide else "<II", content.get(_DYNAMIC, b"")))
    strings = next((_offset(address, headers) for tag, address in dynamic if tag == _STRINGS), 0)
    names = [_text(data, strings + value) for tag, value in dynamic if tag == _NEEDED]
    return names, _text(content[_INTERPRETER], 0) if _INTERPRETER in content else None


def _headers(data: bytes, wide: bool) -> Iterator[Header]:
    (start,) = struct.unpack_from("<Q" if wide else "<I", data, 32 if wide else 28)
    size, count = struct.unpack_from("<HH", data, 54 if wide else 42)
    for at in range(start, start + size * count, size):
        if wide:
            kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", data, at)
        else:
            kind, offset, address, _, length = struct.unpack_from("<IIIII", data, at)
        yield Header(kind, offset, address, length)


def _offset(address: int, headers: Iterable[Header]) -> int:
    """Where in the file that is which lies at this address in memory."""
    inside = (each for each in headers if each.kind == _LOAD and each.address <= address < each.address + each.length)
    return next(each.offset + address - each.address for each in inside)


def _text(data: bytes, at: int) -> str:
    return data[at : data.index(b"\0", at)].decode()


def closure(root: str, paths: Iterable[str]) -> list[str]:
    """Every library and loader that these files below `root` need, by its path below it, without themselves.

    SystemExit names a library that is not there: an image without it would not start.
    """
    found: dict[str, None] = {}
    ahead = list(paths)
    is_musl = bool(glob.glob(os.path.join(root, "lib", f"{_MUSL}*")))
    while ahead:
        path = ahead.pop()
        with open(os.path.join(root, path), "rb") as file:
            libraries, loader = needed(file.read())
        if loader:
            libraries = [*libraries, *(name for name in _UNWRITTEN if _where(root, name)), loader.lstrip("/")]
        for name in libraries:
            if is_musl and name.startswith(_MUSL_NAMES):
                continue
            place = name if "/" in name else _where(root, name)
            if place is None:
                raise SystemExit(f"/{path} needs {name}, which the base does not have; take a base that Python runs on")
            if place not in found:
                found[place] = None
                ahead.append(place)
    return sorted(found)


def _where(root: str, name: str) -> str | None:
    hits = [hit for place in _PLACES for hit in sorted(glob.glob(os.path.join(root, place, name)))]
    return os.path.relpath(hits[0], root) if hits else None
