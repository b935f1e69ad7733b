"""What one service's image has above the shared ground."""

from pathlib import Path

import own
import pytest
from reached import Module

KNOWN = {
    "flask": Module("flask/__init__.pyc"),
    "flask.json": Module("flask/json/__init__.pyc"),
    "click": Module("click/__init__.pyc"),
}


@pytest.mark.parametrize(
    ("folder", "package"),
    [("flask", "flask"), ("flask/json", "flask.json"), ("flask/sansio/deep", "flask"), (".", ""), ("flask-3.1.dist-info", "")],
)
def test_folder_belongs_to_the_nearest_package(folder: str, package: str) -> None:
    assert own.package_of(folder, KNOWN) == package


def test_what_is_not_code_comes_along_from_whatever_depth_of_a_reached_package(tmp_path: Path) -> None:
    for path in (
        "flask/schema/sqlite/001.sql", "flask/x.pyc", "click/colours.txt", "flask-3.1.dist-info/METADATA", "x.libs/libz.so",
        "imports.json",
    ):  # fmt: skip
        (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / path).touch()
    own.data(str(tmp_path / "tree"), KNOWN, {"flask"}, str(tmp_path / "out"))
    there = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert there == {"flask/schema/sqlite/001.sql", "flask-3.1.dist-info/METADATA", "x.libs/libz.so"}


def test_metadata_of_what_is_not_in_the_image_stays_out(tmp_path: Path) -> None:
    for name in ("Flask-3.1.dist-info", "Click-8.1.dist-info"):
        package = name.partition("-")[0].lower()
        (tmp_path / "tree" / name / "licenses").mkdir(parents=True)
        (tmp_path / "tree" / name / "METADATA").touch()
        (tmp_path / "tree" / name / "licenses/LICENSE.txt").touch()
        (tmp_path / "tree" / name / "RECORD").write_text(f"../../bin/{package},,\n{package}/__init__.py,sha256=0,9\n")
    own.data(str(tmp_path / "tree"), KNOWN, {"click", "nanoservices.coap"}, str(tmp_path / "out"))
    there = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert there == {"Click-8.1.dist-info/METADATA", "Click-8.1.dist-info/licenses/LICENSE.txt"}


def test_all_of_a_services_folder_is_reached_and_nobody_elses() -> None:
    code = {name: Module("") for name in ("nanoservices.a.__main__", "nanoservices.a.store", "nanoservices.coap")}
    assert own.roots(code, "a") == ["nanoservices.a.__main__", "nanoservices.a.store"]
    with pytest.raises(SystemExit, match=r"nanoservices/b has no __main__\.py"):
        own.roots(code, "b")
