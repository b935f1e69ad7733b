"""nanoswarm images: what it prints, writes and changes, on engines that remember."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from swarm import context, images_lock, images_weigh
from swarm.__main__ import main
from swarm.context import Context
from swarm.fragments import Fragment
from swarm.images_base import FULL, OFFICIAL
from swarm.images_lock import ImagesLock
from swarm.words import discover
from tests.unit.swarm.fake_docker import FakeDocker, docker, node, sha

__all__ = ["docker"]
HERE, PI = "unix:///manager", "unix:///pi-1"
WORDS = list(discover())
PLACED = ("auth", "controller", "guidance", "meeting", "presence", "scanner")  # by the sample labels.yml


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
    assert [words[1] for words in cluster.said] == ["build", "tag", "tag"]
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
        (("build", "--variant", "tiny"), "there is no variant tiny; there are: slim"),
        (("build", "--arch", "sparc"), "images are not built for sparc"),
        (("push", "--variant", "tiny"), "there is no variant tiny"),
        (("push", "--variant", "alpine"), "nanoswarm images build --variant alpine"),
        (("budget", "hall"), "there is no service hall"),
        (("budget",), "has no image of"),
        (("sbom",), "name one service, or a folder for all"),
        (("sbom", "auth", "--arch", "sparc"), "images are not built for sparc"),
        (("sbom", "auth"), "nanoswarm images build auth"),
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
    assert [row["service"] for row in built["images"]] == WORDS
    assert all(row["changed"] and row["total_mb"] == 17 and row["base"] == built["base"] for row in built["images"])
    assert not any(row["changed"] for row in json.loads(images("build", "--json").stdout)["images"])
    pushed = json.loads(images("push", "--json").stdout)
    assert pushed["registry"] == "lan:5000"
    assert [row["changed"] for row in pushed["images"]] == [True] * len(WORDS)
    direct = json.loads(images("push", "--direct", "--json").stdout)
    assert {row["node"]: row["brought"] for row in direct["nodes"]} == {"manager": [], "pi-1": ["presence", "scanner"]}


def test_ls_says_what_is_built_locked_and_where(cluster: FakeDocker) -> None:
    assert "not built" in done("ls")
    done("build")
    done("push", "--direct")
    cluster.source = "second"
    done("build", "scanner", "--lock", "another.lock")
    rows = {row["service"]: row for row in json.loads(images("ls", "--json").stdout)}
    assert rows["presence"]["locked"] == "yes"
    assert rows["presence"]["nodes"] == ["manager", "pi-1"]
    assert rows["scanner"]["locked"] == "another"
    assert rows["scanner"]["nodes"] == ["manager"]
    assert f"on {OFFICIAL}@" in done("ls")


def test_ls_prints_the_papers_columns_and_its_figures_beside_them(cluster: FakeDocker) -> None:
    done("build")
    cluster.engine(HERE).written = {cluster.engine(HERE).images["nanoswarm/auth"].id: 123}
    row = next(row for row in json.loads(images("ls", "--json").stdout) if row["service"] == "auth")
    promised = ("service", "variant", "arch", "base_image", "base_mb", "unique_mb", "total_mb", "writable_bytes")
    assert [row[key] for key in promised] == ["auth", "slim", "amd64", f"{OFFICIAL}@{sha('manifest')}", 15, 2, 17, 123]
    assert row["paper"] == {"base_mb": 86.98, "unique_mb": 50.15, "total_mb": 137.1, "writable_mb": 2.3}
    assert "15.00+2.00=17.0" in done("ls") and "86.98+50.15=137.1" in done("ls")


def test_tables_fit_a_terminal_of_eighty_columns(cluster: FakeDocker, monkeypatch: pytest.MonkeyPatch) -> None:
    done("build", "--variant", "multistage")
    monkeypatch.setenv("COLUMNS", "80")
    lines = images("ls").stdout.splitlines()
    row = next(line.split() for line in lines if line.startswith("controller"))
    assert row == ["controller", "multistage", "15.00+2.00=17.0", "52.99+39.2=92.2", "7", "B", "1.55", "MB"]


def test_what_does_not_run_is_started_for_its_writable_layer_unless_told_otherwise(cluster: FakeDocker) -> None:
    done("build")
    engine = cluster.engine(HERE)
    engine.written = {engine.images["nanoswarm/auth"].id: 123}
    asked = {row["service"]: row["writable_bytes"] for row in json.loads(images("ls", "--json", "--no-start").stdout)}
    assert asked == dict.fromkeys(WORDS) | {"auth": 123} and not engine.tried
    asked = {row["service"]: row["writable_bytes"] for row in json.loads(images("ls", "--json").stdout)}
    placed = [word for word in WORDS if word in PLACED]  # one that labels.yml has nowhere cannot be tried out
    assert asked == dict.fromkeys(WORDS) | dict.fromkeys(placed, 7) | {"auth": 123}
    assert {trial.image for trial in engine.tried} == {
        engine.images[f"nanoswarm/{word}"].id for word in placed if word != "auth"
    }


def test_equal_image_made_later_is_not_another(cluster: FakeDocker) -> None:
    done("build")
    before = Path("images.lock").read_bytes()
    cluster.when = "second"
    told = json.loads(images("build", "--json").stdout)
    assert not any(row["changed"] for row in told["images"])
    assert Path("images.lock").read_bytes() == before
    assert not cluster.engine(HERE).unnamed  # the later ones are gone


def test_equal_image_made_on_another_machine_keeps_the_registrys_digest(cluster: FakeDocker) -> None:
    done("build")
    done("push")
    before = lock()
    cluster.engines.clear()
    cluster.engine(HERE).members = [node("manager", "auth")]
    cluster.when = "second"
    done("build")
    assert lock().registry is None
    pushed = json.loads(images("push", "--json").stdout)
    assert not any(row["changed"] for row in pushed["images"])
    assert lock() == before
    assert all(row["locked"] == "yes" for row in json.loads(images("ls", "--json").stdout))


def test_build_that_changes_nothing_leaves_a_pushed_lock_as_it_is(cluster: FakeDocker) -> None:
    done("build")
    done("push")
    before = Path("images.lock").read_bytes()
    assert "nothing is to be pushed" in done("build")
    assert Path("images.lock").read_bytes() == before
    cluster.source = "second"
    done("build", "auth")
    assert lock().registry is None


def test_other_variant_has_its_own_name_and_base_and_is_not_what_the_stack_runs(cluster: FakeDocker) -> None:
    cluster.pullable.add(FULL)
    done("build")
    before = Path("images.lock").read_bytes()
    assert "is left as it is" in done("build", "--variant", "alpine", "--variant", "official")
    names = cluster.engine(HERE).images
    assert {f"nanoswarm/auth:{variant}" for variant in ("slim", "alpine", "official")} <= set(names)
    assert names["nanoswarm/auth:official"].base.startswith(f"{FULL}@")
    assert names["nanoswarm/auth"].id == names["nanoswarm/auth:slim"].id != names["nanoswarm/auth:alpine"].id
    assert Path("images.lock").read_bytes() == before
    done("push", "--variant", "alpine", "--lock", "alpine.lock")
    assert images_lock.load(Path("alpine.lock")).images["auth"]["amd64"] == sha(
        "manifest of " + names["nanoswarm/auth:alpine"].id
    )


def test_images_of_two_architectures_are_pushed_with_a_list_of_both(cluster: FakeDocker) -> None:
    done("build")
    done("build", "--arch", "arm64")
    assert set(lock().images["auth"]) == {"amd64", "arm64"}
    done("push")
    assert cluster.lists == lock().images
    assert lock().reference("auth", "amd64", "arm64") == f"lan:5000/nanoswarm/auth@{lock().lists['auth']}"
    assert {"auth:slim-amd64", "auth:slim-arm64"} <= set(cluster.registry)


def test_direct_push_brings_a_node_the_images_of_its_architecture(cluster: FakeDocker) -> None:
    cluster.engine(HERE).members = [node("manager", "auth"), node("pi-1", "presence", arch="aarch64")]
    done("build")
    told = images("push", "--direct")
    assert told.exit_code == 2 and "nanoswarm images build --arch arm64 presence" in told.output
    done("build", "--arch", "arm64", "presence")
    done("push", "--direct")
    found = cluster.engine(PI).images["nanoswarm/presence:slim-arm64"]
    assert found.arch == "arm64" and lock().reference("presence", "arm64") == found.id


@pytest.fixture
def tight(cluster: FakeDocker, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    """auth's own layers may be 1 MB; they are 2."""
    real = images_weigh.fragments.discover

    def discover(root: Path) -> dict[str, Fragment]:
        found = real(root)
        for word, fragment in found.items():
            fragment["x-nano"]["budget"] = {"own_mb": 1 if word == "auth" else 3}
        return found

    monkeypatch.setattr(images_weigh.fragments, "discover", discover)
    monkeypatch.setattr(images_weigh, "_own_files", lambda _engine, _id: {"opt/large.so": 1_500_000, "opt/small.py": 10})
    return cluster


def test_image_that_breaks_its_budget_is_not_named_and_says_by_how_much_and_why(tight: FakeDocker) -> None:
    told = images("build")
    assert told.exit_code == 1
    assert "auth breaks its budget: its own layers 2.00 MB, 1.00 MB over its 1 MB" in told.output
    assert "/opt/large.so 1500 kB" in told.output
    engine = tight.engine(HERE)
    assert "nanoswarm/auth" not in engine.images and not engine.unnamed
    assert "nanoswarm/presence" in engine.images  # the others are whole
    assert not Path("images.lock").exists()


def test_image_that_breaks_its_budget_leaves_the_one_there_was(tight: FakeDocker, monkeypatch: pytest.MonkeyPatch) -> None:
    tight.size = 15_500_000
    done("build")
    before = tight.engine(HERE).images["nanoswarm/auth"]
    tight.size, tight.source = 17_000_000, "second"
    assert images("build").exit_code == 1
    assert tight.engine(HERE).images["nanoswarm/auth"] == before


def test_other_variants_have_no_budget(tight: FakeDocker) -> None:
    done("build", "auth", "--variant", "alpine")


def test_help_gives_an_example_of_every_verb() -> None:
    for verb in ("build", "push", "ls", "budget", "sbom", "bake"):
        assert f"nanoswarm images {verb}" in done(verb, "--help")
