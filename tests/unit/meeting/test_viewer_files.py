"""The PDF viewer is what its makers publish, packed and otherwise as it is."""

import gzip
import hashlib
import json

from nanoservices.meeting.files import FOLDER, load

PROVENANCE = json.loads((FOLDER / "pdf/provenance.json").read_text())


def test_every_file_of_the_viewer_has_the_sha256_of_the_published_one() -> None:
    packed = {path.name.removesuffix(".gz"): path for path in (FOLDER / "pdf").glob("*.gz")}
    found = {name: hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest() for name, path in packed.items()}
    assert found == PROVENANCE["files"]
    assert PROVENANCE["package"].startswith("pdfjs-dist@") and PROVENANCE["integrity"].startswith("sha512-")


def test_its_licence_is_beside_it() -> None:
    assert "Apache License" in (FOLDER / "pdf/LICENSE").read_text()


def test_files_are_offered_under_the_names_that_the_page_uses() -> None:
    offered = load()
    assert offered["pdf/pdf.min.mjs"].encoding == "gzip"
    assert offered["screen.js"].encoding is None
    assert not [name for name in offered if "LICENSE" in name or name.endswith((".json", ".gz"))]


def test_first_view_is_small_and_the_viewer_is_no_part_of_it() -> None:
    first = sum(len(file.data) for name, file in load().items() if not name.startswith("pdf/"))
    assert first < 150_000 - 100_000  # the rest is for a long text
