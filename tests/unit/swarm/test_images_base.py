"""What images are made on: the one that is there, the one that can be pulled, else a stand-in; and always by its name."""

from pathlib import Path

import pytest

from swarm import docker_program, images_base
from swarm.engine_images import Image
from swarm.errors import DockerError
from swarm.images import Kind
from swarm.images_base import FULL, OFFICIAL, STAND_IN, Base
from tests.unit.swarm.fake_docker import FakeDocker, docker, sha

__all__ = ["docker"]
URL = "unix:///here"
HERE, PI = Kind("slim", "amd64", "amd64"), Kind("slim", "arm64", "amd64")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sources with a recipe that is quickly done, and a machine where root has what it needs."""
    (tmp_path / "dockerfiles").mkdir()
    (tmp_path / "dockerfiles/standin.sh").write_text('printf "a root file system" > "$2/root.tar"; echo "$1" > "$0.arch"\n')
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    return tmp_path


def find(docker: FakeDocker, root: Path, reference: str = OFFICIAL, kind: Kind = HERE) -> tuple[Base, list[str]]:
    said: list[str] = []
    return images_base.find(docker.engine(URL), reference, kind, root, said.append), said  # type: ignore[arg-type]


def test_base_that_is_there_is_taken_and_nothing_is_asked_of_the_network(docker: FakeDocker, root: Path) -> None:
    docker.engine(URL).images[OFFICIAL] = Image(sha("x"), "amd64", 1, "now", "", (f"python@{sha('m')}",))
    base, said = find(docker, root)
    assert base == Base(OFFICIAL, f"{OFFICIAL}@{sha('m')}")
    assert not said and not docker.said


def test_absent_base_is_pulled(docker: FakeDocker, root: Path) -> None:
    docker.pullable = {OFFICIAL}
    base, _ = find(docker, root)
    assert base == Base(OFFICIAL, f"{OFFICIAL}@{sha('manifest')}")


def test_base_that_somebody_made_is_not_called_the_pulled_one(docker: FakeDocker, root: Path) -> None:
    docker.engine(URL).images[OFFICIAL] = Image(sha("x"), "amd64", 1, "now", "", (f"mine/python@{sha('m')}",))
    assert find(docker, root)[0].says == f"{OFFICIAL} (not pulled, {sha('x')[7:19]})"


def test_base_that_cannot_be_pulled_gets_a_stand_in_that_says_so(docker: FakeDocker, root: Path) -> None:
    base, said = find(docker, root)
    assert base.is_stand_in
    assert "a stand-in" in base.says
    assert any("cannot be pulled" in line for line in said)
    assert (root / "dockerfiles/standin.sh.arch").read_text() == "amd64\n"


def test_stand_in_is_made_once(docker: FakeDocker, root: Path) -> None:
    first, _ = find(docker, root)
    second, said = find(docker, root)
    assert first == second
    assert not any("Making" in line for line in said)


def test_pulled_base_is_preferred_to_a_stand_in_that_is_there(docker: FakeDocker, root: Path) -> None:
    find(docker, root)
    docker.pullable = {OFFICIAL}
    assert find(docker, root)[0].reference == OFFICIAL


def test_other_base_has_no_stand_in(docker: FakeDocker, root: Path) -> None:
    with pytest.raises(DockerError, match="--base"):
        find(docker, root, "python:3.14-alpine")
    assert docker.engine(URL).image(STAND_IN) is None


def test_pull_is_bounded(docker: FakeDocker, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bounds: list[float] = []

    def run(url: str, *words: str, within_s: float) -> str:
        bounds.append(within_s)
        raise DockerError("was not done within")

    monkeypatch.setattr(docker_program, "run", run)
    with pytest.raises(DockerError):
        find(docker, root, "python:3.14-alpine")
    assert bounds == [images_base.PULL_S]


def test_who_is_not_root_is_told_what_to_do(docker: FakeDocker, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(DockerError, match=r"(?s)no such host.*sudo \$\(which nanoswarm\) images build"):
        find(docker, root)


def test_recipe_that_fails_says_why_after_why_it_was_needed(docker: FakeDocker, root: Path) -> None:
    (root / "dockerfiles/standin.sh").write_text("echo the mirror is away >&2; exit 1\n")
    with pytest.raises(DockerError, match=r"(?s)no such host.*the mirror is away"):
        find(docker, root)


def test_foreign_base_gets_a_name_of_its_own_and_the_engines_own_keeps_its_tag(docker: FakeDocker, root: Path) -> None:
    docker.pullable = {OFFICIAL}
    find(docker, root)
    base, _ = find(docker, root, kind=PI)
    own, foreign = docker.engine(URL).image(OFFICIAL), docker.engine(URL).image(base.reference)
    assert own is not None and own.arch == "amd64"
    assert foreign is not None and foreign.arch == "arm64"
    assert base.says == f"{OFFICIAL}@{sha('manifest')}"
    assert find(docker, root, kind=PI) == (base, [])


def test_foreign_base_that_is_not_wanted_otherwise_leaves_no_wrong_tag(docker: FakeDocker, root: Path) -> None:
    docker.pullable = {OFFICIAL}
    find(docker, root, kind=PI)
    assert docker.engine(URL).image(OFFICIAL) is None


def test_base_of_another_architecture_is_not_taken_for_ours(docker: FakeDocker, root: Path) -> None:
    docker.engine(URL).images[OFFICIAL] = Image(sha("x"), "arm64", 1, "now", "", ())
    docker.pullable = {OFFICIAL}
    find(docker, root)
    own = docker.engine(URL).image(OFFICIAL)
    assert own is not None and own.arch == "amd64"


def test_foreign_stand_in_is_made_of_packages_of_that_architecture(docker: FakeDocker, root: Path) -> None:
    base, _ = find(docker, root, kind=PI)
    assert base.reference == f"{STAND_IN}-arm64" and base.is_stand_in
    assert (root / "dockerfiles/standin.sh.arch").read_text() == "arm64\n"
    assert docker.engine(URL).image(STAND_IN) is None


def test_images_for_another_architecture_are_built_by_the_same_python_for_our_own(docker: FakeDocker, root: Path) -> None:
    def builder(kind: Kind, base: Base) -> Base | None:
        return images_base.builder(docker.engine(URL), base, OFFICIAL, kind, root, lambda text: None)  # type: ignore[arg-type]

    assert builder(HERE, find(docker, root)[0]) is None
    found = builder(PI, find(docker, root, kind=PI)[0])
    assert found is not None and found.reference == STAND_IN
    docker.pullable = {OFFICIAL}
    found = builder(PI, find(docker, root, kind=PI)[0])
    assert found is not None and found.reference == OFFICIAL


def test_official_variant_stands_on_the_full_image_and_so_has_a_stand_in(docker: FakeDocker, root: Path) -> None:
    assert images_base.official("official") == FULL and images_base.official("slim") == OFFICIAL
    assert find(docker, root, FULL)[0].is_stand_in
