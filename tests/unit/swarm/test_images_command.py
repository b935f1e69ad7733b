"""nanoswarm images: what it prints, writes and changes, on engines that remember."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from swarm import context, images_lock
from swarm.__main__ import main
from swarm.context import Context
from swarm.images_base import OFFICIAL
from swarm.images_lock import ImagesLock
from swarm.words import discover
from tests.unit.swarm.fake_docker import FakeDocker, docker, node, sha

__all__ = ["docker"]
HERE, PI = "unix:///manager", "unix:///pi-1"
WORDS = list(discover())


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, docker: FakeDocker) -> FakeDocker:
    """A manager that can pull and runs auth, and pi-1, which runs presence and scanner."""
    monkeypatch.chdir(tmp_path)
    context.save(context.PATH, Context(HERE, {"manager": HERE, "pi-1": PI}, "lan:5000"))
    docker.pullable = {OFFICIAL}
    docker.engine(HERE).members = [node("manager", "auth"), node("pi-1", "presence", "scanner")]
    return docker


def images(*words: str) -> Result:
    return CliRunner().invoke(main, ["images", *words])


def done(*words: str) -> str:
    told = images(*words)
    assert told.exit_code == 0, told.output
    return told.output


def lock() -> ImagesLock:
    return images_lock.load(Path("images.lock"))


def test_built_images_are_locked_by_id_and_the_base_is_said(cluster: FakeDocker) -> None:
    said = done("build")
    manager = cluster.engine(HERE)
    ids = {word: {"amd64": manager.images[f"nanoswarm/{word}"].id} for word in WORDS}
    assert lock() == ImagesLock(f"{OFFICIAL}@{sha('manifest')}", None, ids)
    assert f"They stand on {OFFICIAL}@" in said


def test_one_word_alone_is_built_and_the_others_stay_locked(cluster: FakeDocker) -> None:
    done("build")
    before, cluster.source = lock(), "second"
    cluster.said.clear()
    done("build", "presence")
    assert [words[1] for words in cluster.said] == ["build"]
    assert {word for word in WORDS if lock().images[word] != before.images[word]} == {"presence"}


def test_pushed_images_are_locked_by_what_the_registry_calls_them(cluster: FakeDocker) -> None:
    done("build")
    done("push")
    auth = sha("manifest of " + cluster.engine(HERE).images["nanoswarm/auth"].id)
    assert lock().reference("auth", "amd64") == f"lan:5000/nanoswarm/auth@{auth}"
    assert set(lock().images) == set(WORDS)


def test_direct_push_brings_each_node_what_it_runs_and_locks_ids(cluster: FakeDocker) -> None:
    done("build")
    said = done("push", "--direct")
    assert set(cluster.engine(PI).images) == {"nanoswarm/presence", "nanoswarm/scanner"}
    assert lock().reference("presence", "amd64") == cluster.engine(PI).images["nanoswarm/presence"].id
    assert "meeting: no node is labelled to run it" in said


def test_second_direct_push_moves_nothing(cluster: FakeDocker) -> None:
    done("build")
    done("push", "--direct")
    before = Path("images.lock").read_bytes()
    cluster.said.clear()
    assert "pi-1: has them all" in done("push", "--direct")
    assert not cluster.said
    assert Path("images.lock").read_bytes() == before


def test_direct_push_replaces_what_has_been_built_anew_and_only_that(cluster: FakeDocker) -> None:
    done("build")
    done("push", "--direct")
    cluster.source = "second"
    done("build", "presence")
    cluster.said.clear()
    done("push", "--direct")
    assert cluster.said == [(HERE, "save", "nanoswarm/presence"), (PI, "load", "--quiet")]


def test_node_out_of_reach_keeps_no_other_from_its_images(cluster: FakeDocker) -> None:
    done("build")
    far = "unix:///pi-0"
    context.save(context.PATH, Context(HERE, {"manager": HERE, "pi-0": far, "pi-1": PI}, None))
    cluster.engine(HERE).members.insert(0, node("pi-0", "presence"))
    cluster.broken = {far}
    told = images("push", "--direct")
    assert told.exit_code == 1
    assert "pi-0: unix:///pi-0 is out of reach" in told.output
    assert "nanoswarm/presence" in cluster.engine(PI).images


def test_dry_run_prints_docker_commands_and_does_nothing(cluster: FakeDocker) -> None:
    assert f"docker --host {HERE} pull {OFFICIAL}" in done("build", "--dry-run")
    assert not cluster.said
    done("build")
    before = Path("images.lock").read_bytes()
    cluster.said.clear()
    assert f"docker --host {HERE} push lan:5000/nanoswarm/auth" in done("push", "auth", "--dry-run")
    assert Path("images.lock").read_bytes() == before
    direct = done("push", "--direct", "--dry-run")
    assert f"docker --host {HERE} save nanoswarm/presence nanoswarm/scanner | docker --host {PI} load --quiet" in direct
    assert not cluster.said
    assert Path("images.lock").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("build", "hall"), "there is no service hall"),
        (("push", "hall"), "there is no service hall"),
        (("push",), "has no image of"),
        (("push", "--registry", "no registry"), "is not HOST:PORT"),
        (("push", "--direct", "--registry", "lan:5000"), "leave out one of the two"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(cluster: FakeDocker, words: tuple[str, ...], why: str) -> None:
    told = images(*words)
    assert told.exit_code == 2
    assert why in told.output
    assert not cluster.said
    assert not Path("images.lock").exists()


def test_cluster_without_a_registry_is_told_what_to_do(cluster: FakeDocker) -> None:
    context.save(context.PATH, Context(HERE))
    told = images("push")
    assert told.exit_code == 2
    assert "--direct" in told.output


def test_lock_that_cannot_be_read_is_refused_before_anything_is_built(cluster: FakeDocker) -> None:
    Path("images.lock").write_text("version: 99\n")
    for words in (("build",), ("push",), ("ls",)):
        assert images(*words).exit_code == 2
    assert not cluster.said


def test_failing_build_leaves_the_lock_as_it_was(cluster: FakeDocker) -> None:
    done("build")
    before = Path("images.lock").read_bytes()
    cluster.broken = {"build"}
    assert images("build").exit_code == 1
    assert Path("images.lock").read_bytes() == before


def test_failing_push_leaves_the_lock_as_it_was(cluster: FakeDocker) -> None:
    done("build")
    before = Path("images.lock").read_bytes()
    cluster.broken = {"push"}
    assert images("push").exit_code == 1
    assert Path("images.lock").read_bytes() == before


def test_json_is_json_and_the_rest_goes_elsewhere(cluster: FakeDocker) -> None:
    built = json.loads(images("build", "--json").stdout)
    assert [row["word"] for row in built["images"]] == WORDS
    assert all(row["changed"] and row["bytes"] > 0 and row["base"] == built["base"] for row in built["images"])
    assert not any(row["changed"] for row in json.loads(images("build", "--json").stdout)["images"])
    assert json.loads(images("push", "--json").stdout)["registry"] == "lan:5000"
    direct = json.loads(images("push", "--direct", "--json").stdout)
    assert {row["node"]: row["brought"] for row in direct["nodes"]} == {"manager": [], "pi-1": ["presence", "scanner"]}


def test_ls_says_what_is_built_locked_and_where(cluster: FakeDocker) -> None:
    assert "not built" in done("ls")
    done("build")
    done("push", "--direct")
    cluster.source = "second"
    done("build", "scanner", "--lock", "another.lock")
    rows = {row["word"]: row for row in json.loads(done("ls", "--json"))}
    assert rows["presence"]["locked"] == "yes"
    assert rows["presence"]["nodes"] == ["manager", "pi-1"]
    assert rows["scanner"]["locked"] == "another"
    assert rows["scanner"]["nodes"] == ["manager"]
    assert f"on {OFFICIAL}@" in done("ls")


def test_help_gives_an_example_of_every_verb() -> None:
    for verb in ("build", "push", "ls"):
        assert f"nanoswarm images {verb}" in done(verb, "--help")
