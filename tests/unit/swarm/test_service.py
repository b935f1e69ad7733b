"""One nanoservice more or less: planned, shown, carried out, and finished by the same command when it was broken off."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from swarm import context, deploying, docker_program, images_lock, labels_apply, labels_file, services_add, services_place
from swarm.__main__ import main
from swarm.commands import service_rm
from swarm.context import Context
from swarm.errors import DeployError, EngineError, InputError
from tests.unit.swarm import cluster
from tests.unit.swarm.conftest import SAMPLE, WORDS, Reading
from tests.unit.swarm.fake_swarm import FakeSwarm
from tests.unit.swarm.test_deploying import LOCK

FIVE = SAMPLE.replace("presence, scanner, ", "presence, ")


@pytest.fixture
def swarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSwarm:
    """Five services run; in a folder with their labels.yml."""
    fake = FakeSwarm()
    monkeypatch.chdir(tmp_path)
    for module in (
        "swarm.deploying",
        "swarm.services_add",
        "swarm.services_remove",
        "swarm.commands.stack",
        "swarm.stack_images",
    ):
        monkeypatch.setattr(f"{module}.Engine", lambda _url: fake)
    monkeypatch.setattr(docker_program, "run", fake.run)
    monkeypatch.setattr(deploying, "LOOK_S", 0.0)
    Path("labels.yml").write_text("# our house\n" + FIVE)
    images_lock.save(images_lock.PATH, LOCK)
    context.save(context.PATH, Context(fake.url))
    fake.members = cluster.nodes_of(labels_file.read(Path("labels.yml")))
    assert CliRunner().invoke(main, ["stack", "deploy", "--yes"]).exit_code == 0
    fake.said.clear()
    return fake


def service(*words: str) -> Result:
    return CliRunner().invoke(main, ["service", *words])


def versions(swarm: FakeSwarm) -> dict[str, object]:
    return {name: each.spec for name, each in swarm.held.items()}


def test_sixth_is_added_where_its_hardware_is_and_nobody_else_is_touched(swarm: FakeSwarm) -> None:
    before = versions(swarm)
    told = service("add", "scanner", "--yes")
    assert told.exit_code == 0, told.output
    assert "scanner runs on pi-lobby, pi-room-1." in told.output
    assert Path("labels.yml").read_text() == "# our house\n" + FIVE.replace(
        "presence, guidance]", "presence, guidance, scanner]"
    ).replace("presence, meeting]", "presence, meeting, scanner]")
    after = versions(swarm)
    assert after.pop("scanner") and after == before
    assert [said.split()[0] for said in swarm.said] == ["label", "label", "stack"]


def test_the_second_time_nothing_is_done(swarm: FakeSwarm) -> None:
    service("add", "scanner", "--yes")
    swarm.said.clear()
    told = service("add", "scanner")
    assert (told.exit_code, swarm.said) == (0, [])
    assert "Nothing to do: scanner runs on pi-lobby, pi-room-1." in told.output
    assert CliRunner().invoke(main, ["stack", "deploy"]).output.startswith("Nothing to do")


def test_what_was_taken_away_is_waited_for_until_the_room_is_deployed_again(swarm: FakeSwarm) -> None:
    service("rm", "guidance", "--yes", "--no-backup")
    told = CliRunner().invoke(main, ["stack", "deploy", "--yes"])
    assert told.output.splitlines()[0] == "update controller (labels.yml or a secret)"


@pytest.mark.parametrize("broken", ["labels", "deploy"])
def test_what_was_broken_off_is_finished_by_the_same_command(
    swarm: FakeSwarm, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def refuse(*_: object) -> None:
        raise EngineError("the power is gone")

    with monkeypatch.context() as patched:
        if broken == "labels":
            patched.setattr(services_add.labels_apply, "relabel", refuse)
        else:
            patched.setattr(deploying, "_deploy", refuse)
        assert service("add", "scanner", "--yes").exit_code == 1
    assert "scanner" in Path("labels.yml").read_text() and "scanner" not in swarm.held
    assert service("add", "scanner", "--yes").exit_code == 0
    assert "scanner" in swarm.held


def test_dry_run_says_what_it_stands_for_and_changes_nothing(swarm: FakeSwarm) -> None:
    told = service("add", "scanner", "--node", "pi-lobby", "--dry-run")
    assert (told.exit_code, swarm.said) == (0, [])
    assert "# labels.yml: add scanner to the `run` of pi-lobby" in told.output
    assert "docker --host unix:///fake node update --label-add scanner=true pi-lobby" in told.output
    assert "stack deploy --resolve-image never" in told.output
    assert "scanner" not in Path("labels.yml").read_text()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["scaner"], "there is no nanoservice scaner; did you mean scanner?"),
        (["scanner", "--node", "pi-loby"], "--node pi-loby: labels.yml has no such node; did you mean pi-lobby?"),
        (["scanner", "--node", "server-1"], "nodes.server-1.zone: is missing: scanner runs here and needs it"),
        (["auth", "--node", "pi-lobby"], "auth runs on server-1, and it must run on exactly one node; to move it:"),
        (["scanner"], "there is no terminal to ask on, and nothing was changed"),
    ],
)
def test_what_cannot_be_added_is_refused_and_nothing_changes(swarm: FakeSwarm, words: list[str], says: str) -> None:
    told = service("add", *words)
    assert (told.exit_code, swarm.said) == (2, []), told.output
    assert says in told.output
    assert Path("labels.yml").read_text() == "# our house\n" + FIVE


def test_one_is_taken_away_and_the_others_stay(swarm: FakeSwarm) -> None:
    before, secrets = versions(swarm), {each.name for each in swarm.known if each.kind == "secret"}
    told = service("rm", "auth", "--yes", "--no-backup", "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["volumes"] == ["room_auth-data"]
    assert "controller, meeting will ask auth in vain" in told.stderr
    assert "run: [controller]}" in Path("labels.yml").read_text()
    assert versions(swarm) == {name: spec for name, spec in before.items() if name != "auth"}
    assert {each.name for each in swarm.known if each.kind == "secret"} == secrets
    assert not [each for each in swarm.known if each.name.startswith("auth-place")]
    assert "auth" not in next(node for node in swarm.members if node.name == "server-1").labels
    assert service("rm", "auth").output.startswith("warning") and "Nothing to do" in service("rm", "auth").output


@pytest.fixture
def backups(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """swarm.backups, as `service rm` calls it."""
    there = SimpleNamespace()
    monkeypatch.setattr(service_rm, "backups", there)
    return there


def test_nothing_ends_without_a_backup_unless_it_is_said(swarm: FakeSwarm, backups: SimpleNamespace) -> None:
    def refuse(*_: object) -> str:
        raise DeployError("no verified backup, so nothing is ended: the disk is full")

    backups.before_removal = refuse
    before = versions(swarm)
    told = service("rm", "auth", "--yes")
    assert (told.exit_code, swarm.said, versions(swarm)) == (1, [], before), told.output
    assert "no verified backup" in told.output
    assert Path("labels.yml").read_text() == "# our house\n" + FIVE


def test_one_that_runs_is_backed_up_before_anything_ends_and_the_backup_is_named(
    swarm: FakeSwarm, backups: SimpleNamespace
) -> None:
    asked: list[tuple[list[str], bool]] = []

    def back_up(_cluster: Context, words: list[str], _at: object) -> str:
        asked.append((words, "auth" in swarm.held and "auth" in Path("labels.yml").read_text()))
        return "b-1"

    backups.before_removal = back_up
    told = service("rm", "auth", "--yes")
    assert (told.exit_code, told.output.splitlines()[-1]) == (0, "backup: b-1")
    assert asked == [(["auth"], True)]
    service("rm", "auth", "--yes")
    assert len(asked) == 1  # there is nothing left to lose


def test_one_that_comes_back_goes_where_its_data_is(swarm: FakeSwarm) -> None:
    service("rm", "auth", "--yes", "--no-backup")
    told = service("add", "auth", "--yes")
    assert (told.exit_code, "say which: nanoswarm service add auth --node pi-lobby" in told.output) == (2, True)
    swarm.volumes = {"room_auth-data"}
    context.save(context.PATH, Context(swarm.url, {"server-1": "unix:///there"}))
    told = service("add", "auth", "--yes")
    assert "auth runs on server-1." in told.output


def test_one_that_works_for_a_room_goes_where_a_room_is(swarm: FakeSwarm) -> None:
    service("rm", "meeting", "--yes", "--no-backup")
    assert "meeting runs on pi-room-1." in service("add", "meeting", "--yes").output


def test_upgrade_changes_that_service_alone(swarm: FakeSwarm) -> None:
    assert "Nothing to do" in service("upgrade", "guidance").output
    lock = images_lock.load()
    lock.images["guidance"]["amd64"] = lock.images["presence"]["amd64"] = "sha256:" + "9" * 64
    images_lock.save(images_lock.PATH, lock)
    before = versions(swarm)
    told = service("upgrade", "guidance", "--yes")
    assert told.exit_code == 0, told.output
    assert "update guidance (image)" in told.output
    assert [name for name, spec in versions(swarm).items() if spec != before[name]] == ["guidance"]
    assert service("upgrade", "scanner", "--yes").exit_code == 2


def test_place_of_a_service_is_never_guessed(read: Reading) -> None:
    labels = read(FIVE.replace(", ble: hci0", ""))
    with pytest.raises(
        InputError, match=r"scanner: no node of labels.yml has what it needs; add `zone: entrance` and `ble: hci0`"
    ):
        services_place.chosen(WORDS["scanner"], labels, [], [])


def test_labels_of_nodes_are_changed_over_what_others_do(swarm: FakeSwarm) -> None:
    tries: list[int] = []
    relabel = swarm.relabel

    def busy(*words: object) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise EngineError(labels_apply.OUT_OF_SEQUENCE)
        relabel(*words)  # type: ignore[arg-type]

    swarm.relabel = busy  # type: ignore[method-assign]
    assert service("add", "scanner", "--yes", "--node", "pi-lobby").exit_code == 0
    assert len(tries) == 3
