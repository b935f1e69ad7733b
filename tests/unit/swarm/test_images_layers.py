"""What `docker save` writes, of engines old and new, and whose software is found in it."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from swarm import images_layers, images_parts, sbom
from swarm.images_layers import Saved
from swarm.images_parts import Part

ROOT = Path(__file__).parents[3]
MARK = {"created_by": "LABEL nanoswarm.variant=slim", "empty_layer": True}
HISTORY = [{"created_by": "COPY / /"}, MARK, {"created_by": "COPY libraries"}, {"created_by": "COPY service"}]
FLASK = b"Name: Flask\nVersion: 3.1.3\nLicense-Expression: BSD-3-Clause\n\nText"
OLD = b"Name: Old_Name\nVersion: 1\nClassifier: License :: OSI Approved :: MIT License\n"
LAYERS: list[dict[str, bytes]] = [
    {
        "lib/ld-musl-x86_64.so.1": b"ELF\0" + b"1.2.5\0",
        "bin/busybox": b"..BusyBox v1.37.0 (2025)",
        "usr/local/bin/python3.13": b"\x7fELF\0" + b"3.13.5\0",
        "usr/lib/libffi.so.8.1.4": b"ffi",
        "etc/gone": b"12345",
    },
    {
        "opt/nanoswarm/Flask-3.1.3.dist-info/METADATA": FLASK,
        "opt/nanoswarm/old-1.dist-info/METADATA": OLD,
        "etc/.wh.gone": b"",
    },
    {"opt/nanoswarm/nanoservices/coap.py": b"x" * 900, "opt/nanoswarm/Flask-3.1.3.dist-info/RECORD": b"r"},
]


def tar_of(files: Mapping[str, bytes], begin: str = "", mode: str = "w") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(begin + name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def config() -> bytes:
    diffs = [f"sha256:{number}" for number in range(len(LAYERS))]
    return json.dumps({"history": HISTORY, "rootfs": {"diff_ids": diffs}, "config": {}}).encode()


@pytest.fixture(params=["20.10", "25", "containerd"])
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Saved]:
    """One image, as engines of that age write it: layers in folders, as blobs, or as packed blobs."""
    old, packed = request.param == "20.10", request.param == "containerd"
    layers = [tar_of(files, "" if old else "./", "w:gz" if packed else "w") for files in LAYERS]
    blob = [f"{n}/layer.tar" if old else f"blobs/sha256/{hashlib.sha256(data).hexdigest()}" for n, data in enumerate(layers)]
    image = hashlib.sha256(config()).hexdigest()
    entry = {"Config": f"{image}.json" if old else f"blobs/sha256/{image}", "Layers": blob}
    archive = {
        **dict(zip(blob, layers, strict=True)),
        str(entry["Config"]): config(),
        "manifest.json": json.dumps([entry]).encode(),
    }
    path = tmp_path / "images.tar"
    path.write_bytes(tar_of(archive))
    assert images_layers._id_of(entry) == f"sha256:{image}"
    with tarfile.open(path) as opened:
        yield Saved(opened, entry)


def test_own_layers_are_those_above_where_the_variant_is_named(saved: Saved) -> None:
    assert [sorted(layer.files) for layer in saved.own] == [
        sorted(path for path in files if ".wh." not in path) for files in LAYERS[1:]
    ]
    assert saved.own[-1].size == 901


def test_equal_layers_on_other_ones_are_others(saved: Saved) -> None:
    assert [layer.id for layer in saved.layers] == ["sha256:0", "sha256:0/sha256:1", "sha256:0/sha256:1/sha256:2"]


def test_container_does_not_see_what_an_upper_layer_removed(saved: Saved) -> None:
    assert "etc/gone" not in saved.files()
    assert saved.read("opt/nanoswarm/nanoservices/coap.py") == b"x" * 900
    assert saved.read("nothing/there") == b""


def test_image_that_names_no_variant_has_its_lowest_layer_for_a_base() -> None:
    assert images_layers.base_layers([{"created_by": "COPY"}, {"created_by": "COPY"}]) == 1


def test_everybodys_software_is_found_in_the_image(saved: Saved) -> None:
    found = images_parts.parts(saved)
    assert [(part.name, part.version, part.licence) for part in found] == [
        ("Flask", "3.1.3", "BSD-3-Clause"),
        ("Old_Name", "1", "MIT License"),
        ("busybox", "1.37.0", "GPL-2.0-only"),
        ("cpython", "3.13.5", "PSF-2.0"),
        ("musl", "1.2.5", "MIT"),
        ("libffi", "8.1.4", ""),
    ]
    assert found[1].purl == "pkg:pypi/old-name@1"
    assert found[-1].sha256 == hashlib.sha256(b"ffi").hexdigest()


class OneFile:
    def __init__(self, path: str, data: bytes) -> None:
        self._path, self._data = path, data

    def files(self) -> dict[str, int]:
        return {self._path: len(self._data)}

    def read(self, path: str) -> bytes:
        return self._data if path == self._path else b""


@pytest.mark.parametrize(
    ("path", "data", "name", "version"),
    [
        (
            "usr/lib/x86_64-linux-gnu/libc.so.6",
            b"GNU C Library (Debian GLIBC 2.41-12) stable release version 2.41.\n",
            "glibc",
            "2.41",
        ),
        ("usr/local/lib/libpython3.13.so.1.0", b"\0" + b"3.13.9\0", "cpython", "3.13.9"),
        ("usr/lib/libz.so", b"z", "libz", ""),
        ("opt/nanoswarm/pkg.libs/libssl-0123abcd.so.3", b"s", "libssl", "3"),
    ],
)
def test_programs_and_libraries_are_known_by_their_bytes_or_their_names(
    path: str, data: bytes, name: str, version: str
) -> None:
    assert [(part.name, part.version) for part in images_parts.parts(OneFile(path, data))] == [(name, version)]


@pytest.mark.parametrize(
    "path", ["opt/nanoswarm/cbor2/_cbor2.cpython-313-x86_64-linux-musl.so", "etc/libz.so.txt", "opt/METADATA"]
)
def test_what_is_no_part_of_its_own_is_none(path: str) -> None:
    assert images_parts.parts(OneFile(path, b"Name: a\nVersion: 1")) == []


def test_what_we_keep_from_elsewhere_is_found_by_its_provenance() -> None:
    pdf = Path("nanoservices/meeting/static/pdf")
    package = json.loads((ROOT / pdf / "provenance.json").read_text())["package"]
    name, version = package.split("@")
    assert images_parts.parts(InTree(pdf)) == [
        Part(name, version, "library", f"pkg:npm/{package}", "Apache-2.0", path=f"{pdf}/provenance.json")
    ]


class InTree:
    """A folder of this tree as if it were an image's."""

    def __init__(self, folder: Path) -> None:
        self._paths = {str(path.relative_to(ROOT)): path for path in (ROOT / folder).iterdir()}

    def files(self) -> dict[str, int]:
        return {name: path.stat().st_size for name, path in self._paths.items()}

    def read(self, path: str) -> bytes:
        return self._paths[path].read_bytes() if path in self._paths else b""


def test_bill_of_materials_is_valid_and_the_same_for_the_same_image() -> None:
    parts = [
        Part("Flask", "3.1.3", "library", "pkg:pypi/flask@3.1.3", "BSD-3-Clause", path="a"),
        Part("waitress", "3.0.2", "library", "pkg:pypi/waitress@3.0.2", "ZPL 2.1", path="b"),
        Part("musl", "1.2.5", "library", "pkg:generic/musl@1.2.5", "MIT", hashlib.sha256(b"").hexdigest(), "c"),
        Part("libz", "", "library", "pkg:generic/libz", "", "", "d"),
    ]
    subject = sbom.Subject(
        "nanoswarm/auth", "0.1.0", "sha256:" + "a" * 64, "MIT", "2026-11-21T09:49:24+00:00", {"arch": "amd64"}
    )
    text = sbom.text(subject, parts)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert sbom.text(subject, parts) == text
    told = json.loads(text)
    assert {one["purl"] for one in told["components"]} == {part.purl for part in parts}
    assert told["metadata"]["timestamp"].startswith("2026-11-21T09:49:24")
    never = sbom.Subject("nanoswarm/auth", "", "sha256:" + "a" * 64, "", "no time", {})
    assert json.loads(sbom.text(never, []))["metadata"]["timestamp"].startswith("1970")
