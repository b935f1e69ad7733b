"""Which shared libraries a program needs: read from the file, as the linker wrote it."""

import struct
import sys
from pathlib import Path

import pytest
import shared_objects


def elf(names: list[str], loader: str | None = None, wide: bool = True) -> bytes:
    """A file with a dynamic section that asks for these libraries, and nothing else."""
    header = struct.Struct("<IIQQQQQQ" if wide else "<IIIIIIII")
    word, first, count = ("<QQ" if wide else "<II"), 64 if wide else 52, 3
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in names)
    at = first + header.size * count
    interpreter = (loader or "").encode() + b"\0"
    offsets = [strings.index(name.encode() + b"\0") for name in names]
    entries = [(1, offset) for offset in offsets] + [(5, 0x1000 + at), (0, 0)]
    dynamic = b"".join(struct.pack(word, *entry) for entry in entries)
    rows = [
        (1, 0, 0x1000, at + len(strings) + len(interpreter) + len(dynamic)),
        (3 if loader else 4, at + len(strings), 0, len(interpreter)),
        (2, at + len(strings) + len(interpreter), 0, len(dynamic)),
    ]
    table = b"".join(
        header.pack(kind, 0, offset, address, 0, length, 0, 0)
        if wide
        else header.pack(kind, offset, address, 0, length, 0, 0, 0)
        for kind, offset, address, length in rows
    )
    start = bytearray(first)
    start[:5] = b"\x7fELF" + bytes([2 if wide else 1])
    struct.pack_into("<Q" if wide else "<I", start, 32 if wide else 28, first)
    struct.pack_into("<HH", start, 54 if wide else 42, header.size, count)
    return bytes(start) + table + strings + interpreter + dynamic


def put(root: Path, path: str, content: bytes) -> str:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content)
    return path


@pytest.mark.parametrize("wide", [True, False], ids=["64 bit", "32 bit"])
def test_names_and_loader_are_read(wide: bool) -> None:
    assert shared_objects.needed(elf(["libz.so.1", "libc.so.6"], "/lib/ld.so", wide)) == (
        ["libz.so.1", "libc.so.6"],
        "/lib/ld.so",
    )


def test_script_needs_nothing() -> None:
    assert shared_objects.needed(b"#!/bin/sh\n") == ([], None)


def test_this_python_needs_its_c_library_and_a_loader_that_is_there() -> None:
    names, loader = shared_objects.needed(Path(sys.executable).resolve().read_bytes())
    assert any(name.startswith("libc.") for name in names)
    assert loader and Path(loader).exists()


def test_libraries_of_libraries_are_found_where_the_base_has_them(tmp_path: Path) -> None:
    program = put(tmp_path, "usr/bin/python3.13", elf(["libffi.so.8"], "/lib64/ld-linux.so.2"))
    put(tmp_path, "lib64/ld-linux.so.2", elf([]))
    put(tmp_path, "usr/lib/arm-linux-gnueabihf/libffi.so.8", elf(["libc.so.6"]))
    put(tmp_path, "usr/lib/arm-linux-gnueabihf/libc.so.6", elf([]))
    put(tmp_path, "usr/lib/arm-linux-gnueabihf/libgcc_s.so.1", elf([]))
    put(tmp_path, "usr/lib/arm-linux-gnueabihf/libother.so.1", elf([]))
    assert shared_objects.closure(str(tmp_path), [program]) == [
        "lib64/ld-linux.so.2",
        "usr/lib/arm-linux-gnueabihf/libc.so.6",
        "usr/lib/arm-linux-gnueabihf/libffi.so.8",
        "usr/lib/arm-linux-gnueabihf/libgcc_s.so.1",
    ]


def test_musl_is_its_own_c_library_under_any_name(tmp_path: Path) -> None:
    program = put(tmp_path, "usr/local/bin/python3.13", elf(["libc.musl-x86_64.so.1", "libc.so"], "/lib/ld-musl-x86_64.so.1"))
    put(tmp_path, "lib/ld-musl-x86_64.so.1", elf([]))
    assert shared_objects.closure(str(tmp_path), [program]) == ["lib/ld-musl-x86_64.so.1"]


def test_library_that_is_nowhere_stops_the_build_by_name(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"/bin/python needs libgone\.so\.3"):
        shared_objects.closure(str(tmp_path), [put(tmp_path, "bin/python", elf(["libgone.so.3"]))])
