"""images.lock: what goes in comes out, and what cannot be meant is refused with its line."""

from pathlib import Path

import pytest

from swarm import images_lock
from swarm.errors import InputError, LabelsError
from swarm.images_lock import ImagesLock

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
C = "sha256:" + "c" * 64
PUSHED = ImagesLock(
    "python:3.13-alpine@" + A, "192.0.2.10:5000", {"presence": {"amd64": A, "arm64": B}, "auth": {"amd64": B}}, {"presence": C}
)
TEXT = f"""version: 1
base: python:3.13-alpine
registry: null
images:
  auth:
    amd64: {A}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "images.lock"


@pytest.mark.parametrize("lock", [PUSHED, ImagesLock("here: a base"), ImagesLock("b", None, {"auth": {"arm": A}})])
def test_what_is_saved_is_loaded_again(path: Path, lock: ImagesLock) -> None:
    images_lock.save(path, lock)
    assert images_lock.load(path) == lock


def test_equal_locks_are_equal_files(path: Path) -> None:
    images_lock.save(path, PUSHED)
    first = path.read_bytes()
    images = {word: dict(reversed(PUSHED.images[word].items())) for word in reversed(PUSHED.images)}
    images_lock.save(path, ImagesLock(PUSHED.base, PUSHED.registry, images, PUSHED.lists))
    assert path.read_bytes() == first


def test_file_can_be_read_by_people(path: Path) -> None:
    images_lock.save(path, ImagesLock("python:3.13-alpine", None, {"auth": {"amd64": A}}))
    assert path.read_text() == TEXT


def test_reference_is_a_digest_in_the_registry() -> None:
    assert PUSHED.reference("presence", "arm64") == f"192.0.2.10:5000/nanoswarm/presence@{B}"


def test_reference_for_nodes_that_differ_is_the_list() -> None:
    assert PUSHED.reference("presence", "amd64", "arm64") == f"192.0.2.10:5000/nanoswarm/presence@{C}"
    assert PUSHED.reference("presence", "amd64", "amd64").endswith(A)


def test_nodes_that_differ_need_a_list_and_every_image_of_it() -> None:
    with pytest.raises(InputError, match=r"there is no list of presence's images for amd64 and arm64; only a registry"):
        ImagesLock("b", None, PUSHED.images).reference("presence", "amd64", "arm64")
    with pytest.raises(InputError, match="no image of presence for arm "):
        PUSHED.reference("presence", "amd64", "arm", "arm64")


def test_without_a_registry_it_is_the_image_itself() -> None:
    assert ImagesLock("b", None, {"auth": {"amd64": A}}).reference("auth", "amd64") == A


def test_absent_image_is_refused_with_the_remedy() -> None:
    with pytest.raises(
        InputError, match=r"no image of auth for arm64 \(there is: amd64\); nanoswarm images build --arch arm64 auth"
    ):
        PUSHED.reference("auth", "arm64")


def test_absent_file_is_refused_with_the_remedy(path: Path) -> None:
    with pytest.raises(LabelsError, match="nanoswarm images build"):
        images_lock.load(path)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("version: 1", "version: 2", "images.lock:1: version"),
        ("version: 1\n", "", "version"),
        ("base: python:3.13-alpine\n", "", "base"),
        ("registry: null", "registry: [a]", "images.lock:3: registry"),
        ("registry: null", "registry: 'evil host/x:1'", "images.lock:3: registry"),
        ("amd64", "sparc", "images.lock:6: images.auth.sparc"),
        (A, "latest", "images.lock:6: images.auth.amd64"),
        (A, A.upper(), "images.lock:6: images.auth.amd64"),
        ("  auth:", "  ../auth:", "images.lock:5: images"),
        (f"\n    amd64: {A}", " 7", "images.lock:5: images.auth"),
        ("images:\n", "images: [\n", "images.lock"),
        ("images:\n", "lists: {auth: new}\nimages:\n", "images.lock:4: lists.auth"),
        ("images:\n", f"lists: {{hall: {A}}}\nimages:\n", "images.lock:4: lists.hall"),
        ("images:\n", "lists: [auth]\nimages:\n", "images.lock:4: lists"),
        (TEXT, "just a text", "images"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(path: Path, old: str, new: str, where: str) -> None:
    assert old in TEXT
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(LabelsError) as told:
        images_lock.load(path)
    assert any(where in problem for problem in told.value.problems), told.value.problems


def test_every_problem_is_told_at_once(path: Path) -> None:
    path.write_text("version: 3\nbase: 4\nregistry: 5\nimages: 6\n")
    with pytest.raises(LabelsError) as told:
        images_lock.load(path)
    assert len(told.value.problems) == 4
