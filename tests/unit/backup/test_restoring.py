"""The order of a restore: nothing stops before all is unpacked and compared, and whatever goes wrong, all is as before."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from swarm import backup_pause, backup_reading, backup_restoring, backup_verify, deploying, engine_volumes
from swarm.backup_restoring import Restoring
from swarm.backup_unit import SPEC, Manifest
from swarm.errors import BackupError, DeployError, EngineError, InputError
from tests.unit.backup import made
from tests.unit.swarm import cluster as told


class Story:
    """Everything a restore asks of others; `said` is what it asked, in order, and `wrong` what goes wrong, by that."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.wrong: dict[str, Exception] = {}
        self.kept: list[Any] = []
        self.old_is_there = False

    def tell(self, what: str) -> None:
        self.said.append(what)
        if what in self.wrong:
            raise self.wrong.pop(what)


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> Story:
    made_up = Story()

    class FakeSwitch:
        new, old, live, node, unit, image = "new", "old", "room_auth-data", "server-1", "an id", "image"
        engine = None

        def __init__(self, *_about: Any): ...

        def prepare(self) -> None:
            made_up.tell("prepare")

        def forth(self) -> None:
            made_up.old_is_there = True
            made_up.tell("forth")

        def back(self) -> None:
            made_up.tell("back")

        def finish(self) -> None:
            made_up.tell("finish")

    class FakeReading:
        def manifest(self, small: dict[str, bytes], _names: Any) -> Any:
            small[SPEC] = b'{"TaskTemplate": {"ContainerSpec": {"User": "10001:10001"}}}'
            return made.manifest(made.head(), ())

    monkeypatch.setattr(backup_restoring, "Switch", FakeSwitch)
    monkeypatch.setattr(backup_restoring.backup_switch, "kept", lambda _cluster, _word: made_up.kept)
    monkeypatch.setattr(backup_reading, "of", lambda *_about: FakeReading())
    monkeypatch.setattr(backup_reading, "check_bytes", lambda *_about: made_up.tell("read"))
    monkeypatch.setattr(backup_verify, "filled", lambda *_about: made_up.tell("fill"))
    monkeypatch.setattr(Restoring, "_remember", lambda *_about: made_up.tell("remember"))
    monkeypatch.setattr(backup_pause, "pause", lambda _engine, _word: made_up.tell("pause"))
    monkeypatch.setattr(backup_pause, "resume", lambda _engine, _word: made_up.tell("resume"))
    monkeypatch.setattr(engine_volumes, "volume", lambda _engine, _name: "there" if made_up.old_is_there else None)
    monkeypatch.setattr(engine_volumes, "load", lambda engine, _archive: engine.has.update({"sha256:0": "amd64"}))
    return made_up


class FakeEngine:
    """`has`: the architecture of the images it has, by name; `pulls`: of those that it can pull."""

    def __init__(self, arch: str = "amd64", has: dict[str, str] | None = None, pulls: dict[str, str] | None = None):
        self._arch, self.has, self._pulls = arch, {"image": "amd64"} if has is None else has, pulls or {}

    def arch(self) -> str:
        return self._arch

    def image(self, name: str) -> Any:
        return SimpleNamespace(arch=self.has[name]) if name in self.has else None

    def pull(self, name: str) -> None:
        if name not in self._pulls:
            raise EngineError("manifest unknown")
        self.has[name] = self._pulls[name]


def restoring(
    story: Story, node: str | None = None, *, engine: FakeEngine | None = None, runs: dict[str, Any] | None = None
) -> Restoring:
    """`runs`: services of the cluster."""

    class FakeCluster:
        nodes = {  # noqa: RUF012
            "server-1": told.node("server-1", "auth"),
            "server-2": told.node("server-2", state="down"),
            "pi-lobby": told.node("pi-lobby", "presence"),
        }
        services = runs or {}
        manager = None

        def engine(self, _node: str) -> Any:
            return engine or FakeEngine()

    class FakeLock:
        def check(self) -> None:
            story.tell("check")

    class FakeBackups:
        places, key_or_refusal = None, None

    entry = made.Entry(1, made.head().id, "auth", "2026", 1, "0", True, 3, "")
    known = deploying.load_kit()
    return Restoring(cast(Any, FakeCluster()), known, cast(Any, FakeBackups()), entry, cast(Any, FakeLock()), node)


def test_the_service_stops_when_all_is_unpacked_and_compared_and_goes_on_with_it(story: Story) -> None:
    restoring(story).run()
    assert story.said == ["read", "prepare", "fill", "remember", "check", "pause", "check", "forth", "resume", "finish"]


@pytest.mark.parametrize("at", ["prepare", "fill", "remember"])
def test_a_full_disk_of_the_node_stops_nothing_and_leaves_no_volume(at: str, story: Story) -> None:
    story.wrong[at] = EngineError("unix:///fake: no space left on device")
    with pytest.raises(EngineError, match="no space left"):
        restoring(story).run()
    assert "pause" not in story.said
    assert "back" in story.said


def test_a_backup_that_is_not_what_was_written_touches_nothing(story: Story) -> None:
    story.wrong["read"] = BackupError("is not what was written")
    with pytest.raises(BackupError):
        restoring(story).run()
    assert story.said == ["read"]


@pytest.mark.parametrize("at", ["forth", "resume"])
def test_a_service_that_does_not_come_up_on_it_runs_again_on_what_was_before(at: str, story: Story) -> None:
    story.wrong[at] = BackupError("auth does not come up again")
    with pytest.raises(BackupError, match="does not come up"):
        restoring(story).run()
    assert story.said[-3:] == ["pause", "back", "resume"]
    assert "finish" not in story.said


def test_when_somebody_else_has_taken_over_nothing_is_exchanged(story: Story) -> None:
    story.wrong["check"] = DeployError("taken over")
    with pytest.raises(DeployError):
        restoring(story).run()
    assert "forth" not in story.said and "pause" not in story.said


def test_what_is_kept_from_before_an_earlier_restore_is_never_overwritten(story: Story) -> None:
    class Kept:
        unit = "an earlier one"

    story.kept.append(Kept())
    with pytest.raises(InputError, match="backup commit auth, or undo"):
        restoring(story).run()
    assert story.said == ["read"]


@pytest.mark.parametrize("node", ["server-2", "server-3"])
def test_a_node_that_is_down_or_not_there_is_refused_before_anything_is_done(node: str, story: Story) -> None:
    with pytest.raises(InputError, match="--node NAME"):
        restoring(story, node).run()
    assert story.said == ["read"]


def auth(*constraints: str, is_global: bool = False) -> dict[str, Any]:
    found = SimpleNamespace(image="newer", constraints=list(constraints), is_global=is_global)
    return {"auth": found}


def test_data_goes_to_another_node_when_the_service_may_run_only_there(story: Story) -> None:
    runs = auth("node.labels.presence==true", backup_pause.PAUSED)
    assert [switch.node for switch in restoring(story, "pi-lobby", runs=runs).run()] == ["server-1"]  # a fake's own
    assert "forth" in story.said


@pytest.mark.parametrize(
    ("runs", "node", "says"),
    [
        (auth("node.labels.auth==true"), "pi-lobby", "may run on server-1; --node server-1, or to move it: .* rm auth"),
        (auth(), "pi-lobby", "may run on server-1, server-2, pi-lobby; to move it: .* add auth --node pi-lobby"),
        (auth("node.labels.presence==true"), None, "go to server-1, and it may run on pi-lobby; --node pi-lobby"),
        (auth("node.labels.auth==true", is_global=True), "pi-lobby", "may run on server-1"),
    ],
)
def test_data_is_never_put_where_the_service_would_not_find_it(
    runs: dict[str, Any], node: str | None, says: str, story: Story
) -> None:
    with pytest.raises(InputError, match=says):
        restoring(story, node, runs=runs).run()
    assert story.said == ["read"]


@pytest.mark.parametrize(
    ("engine", "image"),
    [
        (FakeEngine(has={"newer": "amd64", "image": "amd64"}), "newer"),
        (FakeEngine(has={"newer": "arm64", "image": "amd64"}), "image"),  # one for another machine is no use
        (FakeEngine(has={}, pulls={"newer": "amd64"}), "newer"),
        (FakeEngine(has={}), "sha256:0"),  # the backup's own
        (FakeEngine("arm64", has={"image": "amd64"}, pulls={"newer": "arm64"}), "newer"),
    ],
)
def test_data_is_handled_by_an_image_for_the_nodes_own_architecture(engine: FakeEngine, image: str, story: Story) -> None:
    made_of = made.manifest(made.head(), ())
    reading = SimpleNamespace(image=lambda _arch: [])
    assert restoring(story, engine=engine, runs=auth())._image(cast(Any, engine), cast(Any, reading), made_of) == image


def test_without_an_image_for_that_architecture_it_says_how_to_have_one(story: Story) -> None:
    engine = FakeEngine("arm64", has={"image": "amd64"})
    with pytest.raises(BackupError, match=r"its image for arm64 is neither on the node nor in the backup.*images build"):
        restoring(story, engine=engine).run()
    assert story.said == ["read"]


def test_half_of_what_is_also_on_a_database_server_is_never_restored(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Manifest, "is_dumped", property(lambda _self: True))
    with pytest.raises(InputError, match="--database NAME"):
        restoring(story).run()
    assert story.said == ["read"]
    whole = restoring(story)
    whole.server_stays = True  # on a cluster made anew, whose database server goes on
    whole.run()
    assert "forth" in story.said
