"""The order of a restore: nothing stops before all is unpacked and compared, and whatever goes wrong, all is as before."""

from typing import Any, cast

import pytest

from swarm import backup_pause, backup_reading, backup_restoring, backup_verify, deploying, engine_volumes
from swarm.backup_restoring import Restoring
from swarm.backup_unit import SPEC
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
    monkeypatch.setattr(engine_volumes, "has", lambda _engine, _image: True)
    return made_up


def restoring(story: Story, node: str | None = None) -> Restoring:
    class FakeCluster:
        nodes = {"server-1": told.node("server-1"), "server-2": told.node("server-2", state="down")}  # noqa: RUF012
        services: dict[str, Any] = {}  # noqa: RUF012
        manager = None

        def engine(self, _node: str) -> None: ...

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
