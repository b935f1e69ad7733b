"""Planned, shown, carried out: on a cluster that remembers, also with another admin at work."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from swarm import context, deploying, docker_program, files, images_lock, keeping, labels_file, stack_images
from swarm.__main__ import main
from swarm.context import Context
from swarm.deploying import Deployment
from swarm.engine_stack import Named
from swarm.errors import DeployError, DockerError, InputError
from swarm.images_lock import ImagesLock
from tests.unit.swarm import cluster
from tests.unit.swarm.conftest import SAMPLE
from tests.unit.swarm.fake_docker import sha
from tests.unit.swarm.fake_swarm import FakeSwarm

KIT = deploying.load_kit()
LOCK = ImagesLock("a base", None, {word: {"amd64": f"sha256:{number:064x}"} for number, word in enumerate(KIT.words)})


@pytest.fixture
def swarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSwarm:
    """In a folder with labels.yml, images.lock and a context."""
    fake = FakeSwarm()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(deploying, "Engine", lambda _url: fake)
    monkeypatch.setattr("swarm.commands.stack.Engine", lambda _url: fake)
    monkeypatch.setattr(docker_program, "run", fake.run)
    monkeypatch.setattr(deploying, "LOOK_S", 0.0)
    Path("labels.yml").write_text(SAMPLE)
    images_lock.save(images_lock.PATH, LOCK)
    context.save(context.PATH, Context(fake.url))
    fake.members = cluster.nodes_of(labels_file.read(Path("labels.yml")))
    return fake


def nanoswarm(*words: str) -> Result:
    return CliRunner().invoke(main, ["stack", *words])


def deployment() -> Deployment:
    return Deployment(context.load(), labels_file.read(Path("labels.yml")), images_lock.load())


def moved() -> None:
    Path("labels.yml").write_text(SAMPLE.replace("GPIO27", "GPIO22"))


def test_deploy_shows_makes_secrets_deploys_and_watches(swarm: FakeSwarm) -> None:
    told = nanoswarm("deploy", "--yes")
    assert told.exit_code == 0, told.output
    assert "add auth\nadd controller\n" in told.output
    assert "presence: running, 2 of 2" in told.output
    assert [said.split(" --compose")[0] for said in swarm.said] == ["stack deploy --resolve-image never"]
    assert len(re.findall(r"shown this once: [0-9a-f]{48}\n", told.output)) == 1
    assert "The secret room-credential is made." in told.output


def test_the_second_deploy_says_nothing_to_do_and_says_nothing_to_docker(swarm: FakeSwarm) -> None:
    nanoswarm("deploy", "--yes")
    swarm.said.clear()
    known = list(swarm.known)
    told = nanoswarm("deploy")
    assert (told.exit_code, swarm.said, swarm.known) == (0, [], known)
    assert told.output.startswith("Nothing to do")


def test_nothing_to_do_does_not_hide_that_something_does_not_run(swarm: FakeSwarm) -> None:
    nanoswarm("deploy", "--yes")
    swarm.tasks = lambda _stack: []  # type: ignore[method-assign]
    told = nanoswarm("deploy", "--within", "0")
    assert told.exit_code == 1
    assert "auth: starting, 0 of 1" in told.output


def test_without_a_terminal_it_refuses_to_guess(swarm: FakeSwarm) -> None:
    told = nanoswarm("deploy")
    assert (told.exit_code, swarm.said, swarm.known) == (2, [], [])
    assert "to go on without asking: --yes" in told.output


def test_a_token_that_its_file_cannot_hold_is_not_made(swarm: FakeSwarm) -> None:
    told = nanoswarm("deploy", "--yes", "--admin-token", "no-folder/token")
    assert told.exit_code == 2
    assert "--admin-token: no-folder/token cannot be written: no-folder is no folder of yours" in told.output
    assert swarm.known == []


def test_the_same_deploy_again_is_not_refused_for_the_token_it_wrote(swarm: FakeSwarm) -> None:
    assert nanoswarm("deploy", "--yes", "--admin-token", "token").exit_code == 0
    written = Path("token").read_text()
    Path("labels.yml").write_text(Path("labels.yml").read_text().replace("GPIO17", "GPIO18"))
    again = nanoswarm("deploy", "--yes", "--admin-token", "token")
    assert (again.exit_code, Path("token").read_text()) == (0, written), again.output


def test_the_admin_token_goes_to_a_file_that_only_its_owner_reads(swarm: FakeSwarm) -> None:
    told = nanoswarm("deploy", "--yes", "--admin-token", "token")
    assert told.exit_code == 0
    token = Path("token").read_text().strip()
    assert token not in told.output
    assert Path("token").stat().st_mode & 0o777 == 0o600
    assert deploying.secret_name("admin-token", token) in [each.name for each in swarm.known]


def test_a_file_that_is_there_is_not_written_over(swarm: FakeSwarm) -> None:
    Path("token").write_text("mine")
    told = nanoswarm("deploy", "--yes", "--admin-token", "token")
    assert (told.exit_code, swarm.said, swarm.known, Path("token").read_text()) == (2, [], [], "mine")


def test_a_change_removes_what_is_used_no_more(swarm: FakeSwarm) -> None:
    nanoswarm("deploy", "--yes")
    before = [each.name for each in swarm.known if "guidance" in each.name]
    moved()
    told = nanoswarm("deploy", "--yes")
    assert "update guidance (labels.yml or a secret)\n" in told.output
    assert f"{before[0]} is used no more, and removed." in told.output
    assert [each.name for each in swarm.known if "guidance" in each.name] != before


def test_a_word_that_no_node_runs_any_more_is_pruned(swarm: FakeSwarm) -> None:
    nanoswarm("deploy", "--yes")
    Path("labels.yml").write_text(SAMPLE.replace(", guidance]", "]"))
    swarm.members = cluster.nodes_of(labels_file.read(Path("labels.yml")))
    told = nanoswarm("deploy", "--yes")
    assert "remove guidance\n" in told.output
    assert "--prune" in swarm.said[-1]
    assert "guidance" not in swarm.held


def test_what_cannot_run_is_refused_before_anything_changes(swarm: FakeSwarm) -> None:
    swarm.members[0] = cluster.node("pi-lobby", "presence")
    told = nanoswarm("deploy", "--yes")
    assert (told.exit_code, swarm.said, swarm.known) == (2, [], [])
    assert "scanner cannot run on pi-lobby: it has not the label scanner=true" in told.output


def test_an_image_that_images_lock_has_not_is_refused(swarm: FakeSwarm) -> None:
    images_lock.save(images_lock.PATH, ImagesLock("a base", None, {"auth": {"arm64": f"sha256:{1:064x}"}}))
    told = nanoswarm("deploy", "--yes")
    assert (told.exit_code, swarm.said, swarm.known) == (2, [], [])
    assert "there is no image of auth for amd64 (there is: arm64)" in told.output


def test_nodes_of_two_kinds_under_one_word_are_refused(swarm: FakeSwarm) -> None:
    swarm.members[0] = cluster.node("pi-lobby", labels=swarm.members[0].labels, arch="aarch64")
    told = nanoswarm("deploy", "--yes")
    assert (told.exit_code, swarm.said) == (2, [])
    assert "no image of presence for arm64" in told.output
    both = {word: {"amd64": sha("amd64"), "arm64": sha("arm64")} for word in KIT.words}
    images_lock.save(images_lock.PATH, ImagesLock("a base", None, both))
    told = nanoswarm("deploy", "--yes")
    assert (told.exit_code, swarm.said) == (2, [])
    assert "presence: its nodes differ (pi-lobby is arm64, pi-room-1 is amd64)" in told.output
    assert "nanoswarm images push" in told.output


def test_nodes_of_two_kinds_under_one_word_are_given_the_list(swarm: FakeSwarm) -> None:
    labels, kit = labels_file.read(Path("labels.yml")), KIT
    nodes = [cluster.node(name, arch="aarch64" if name == "pi-lobby" else "x86_64") for name in labels.nodes]
    both = {word: {"amd64": sha("amd64"), "arm64": sha("arm64")} for word in kit.words}
    lock = ImagesLock("a base", "lan:5000", both, dict.fromkeys(kit.words, sha("list")))
    found = stack_images.references(kit, labels, lock, nodes)
    assert found["presence"] == f"lan:5000/nanoswarm/presence@{sha('list')}"
    assert found["auth"] == f"lan:5000/nanoswarm/auth@{sha('amd64')}"


def test_out_of_sequence_is_read_again_and_done(swarm: FakeSwarm) -> None:
    def refused() -> None:
        raise DockerError("rpc error: code = Unknown desc = update out of sequence")

    swarm.before_deploy = [refused, refused]
    assert nanoswarm("deploy", "--yes").exit_code == 0
    assert len(swarm.said) == 3


def test_out_of_sequence_for_ever_is_told(swarm: FakeSwarm) -> None:
    def refused() -> None:
        raise DockerError("update out of sequence")

    swarm.before_deploy = [refused] * 9
    told = nanoswarm("deploy", "--yes")
    assert (told.exit_code, len(swarm.said)) == (1, deploying.TRIES)
    assert "update out of sequence" in told.output


def test_what_another_admin_changed_since_the_plan_is_not_undone_unseen(swarm: FakeSwarm) -> None:
    nanoswarm("deploy", "--yes")
    moved()
    mine = deployment()
    shown = mine.plan()
    Path("labels.yml").write_text(SAMPLE.replace("GPIO27", "GPIO23"))
    theirs = deployment()
    theirs.apply(theirs.plan(), lambda *_: None)
    with pytest.raises(DeployError, match="somebody else has just changed guidance"):
        mine.apply(shown, lambda *_: None)
    assert any("GPIO23" in each.labels.get("holds", "") for each in swarm.known)
    assert not any("GPIO22" in each.labels.get("holds", "") for each in swarm.known)


def test_the_same_done_by_another_admin_is_done(swarm: FakeSwarm) -> None:
    nanoswarm("deploy", "--yes")
    moved()
    one, other = deployment(), deployment()
    shown = one.plan()
    other.apply(other.plan(), lambda *_: None)
    swarm.said.clear()
    one.apply(shown, lambda *_: None)
    assert swarm.said == []


def test_what_does_not_run_in_time_is_told_with_its_last_words(swarm: FakeSwarm) -> None:
    swarm.tasks = lambda _stack: []  # type: ignore[method-assign]
    told = nanoswarm("deploy", "--yes", "--within", "0")
    assert told.exit_code == 1
    assert "not all of the room runs after 0 s:\n  auth: starting, 0 of 1\n    it said: it hurts\n" in told.output


def test_dry_run_prints_commands_and_does_nothing(swarm: FakeSwarm) -> None:
    told = nanoswarm("deploy", "--dry-run")
    assert (told.exit_code, swarm.said, swarm.known) == (0, [], [])
    assert "openssl rand -hex 24 | docker --host unix:///fake secret create admin-token -" in told.output
    assert "stack deploy --resolve-image never --compose-file ./room.yml room" in told.output


def test_rm_leaves_nothing_of_ours_and_says_what_stays(swarm: FakeSwarm) -> None:
    foreign = Named("other", "other", "secret", {}, "2026-01-01")
    swarm.known.append(foreign)
    nanoswarm("deploy", "--yes")
    told = nanoswarm("rm", "--yes")
    assert told.exit_code == 0, told.output
    assert swarm.held == {}
    assert [each.name.partition("-key-")[0] for each in swarm.known] == ["other", "seal"]
    assert "volumes room_auth-data, room_controller-data" in told.output
    assert nanoswarm("rm").output == "Nothing to do: no room runs here.\n"


def test_what_is_stored_can_be_read_after_the_cluster_is_made_anew(swarm: FakeSwarm) -> None:
    told = nanoswarm("deploy", "--yes")
    kept = keeping.FOLDER / "seal-key"
    assert f"The secret seal-key is made; a copy is in {kept}: keep it" in " ".join(told.output.split())
    assert (kept.stat().st_mode & 0o777, keeping.FOLDER.stat().st_mode & 0o777) == (0o600, 0o700)
    before = {each.name for each in swarm.known if each.kind == "secret"}
    swarm.known, swarm.held = [], {}
    assert nanoswarm("deploy", "--yes").exit_code == 0
    after = {each.name for each in swarm.known if each.kind == "secret"}
    assert before & after == {deploying.secret_name("seal-key", kept.read_text().strip())}


def test_show_needs_no_cluster_and_its_output_can_be_deployed_by_docker_alone(swarm: FakeSwarm) -> None:
    context.PATH.unlink()
    told = nanoswarm("show")
    assert told.exit_code == 0
    assert nanoswarm("show", "--output", "out").exit_code == 0
    assert Path("out/room.yml").read_text() == told.output
    rendered = files.read(Path("out/room.yml")).value
    assert all((Path("out") / config["file"]).is_file() for config in rendered["configs"].values())
    assert rendered["services"]["auth"]["image"] == LOCK.images["auth"]["amd64"]


def test_ps_without_a_room_says_how_to_make_one(swarm: FakeSwarm) -> None:
    assert "nanoswarm stack deploy" in nanoswarm("ps").output
    nanoswarm("deploy", "--yes")
    assert '"node": "server-1"' in nanoswarm("ps", "--json").output


def test_an_image_that_a_node_has_not_is_told_with_the_way_to_bring_it(
    monkeypatch: pytest.MonkeyPatch, swarm: FakeSwarm
) -> None:
    class Empty:
        def __init__(self, _url: str) -> None: ...

        def image(self, _reference: str) -> None:
            return None

    monkeypatch.setattr(stack_images, "Engine", Empty)
    context.save(context.PATH, Context(swarm.url, {"pi-lobby": "ssh://pi-lobby"}))
    with pytest.raises(InputError) as refused:
        deployment().plan()
    assert refused.value.problems[0] == (
        "guidance: its image is not on pi-lobby; bring it there with: nanoswarm images push --direct guidance"
    )
