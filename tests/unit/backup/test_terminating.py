"""What may end: after which backup, and what stays. tests/lab/test_backup.py ends real ones."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from swarm import backups, deploying, engine_volumes, terminating
from swarm.backup_places import Entry
from swarm.backup_where import Cluster
from swarm.context import Context
from swarm.engine_stack import Named
from swarm.engine_volumes import Volume
from swarm.errors import DeployError, EngineError, InputError
from swarm.terminating import Ending, Held
from tests.unit.swarm import cluster as told

KIT = deploying.load_kit()


class FakeCluster:
    """Services by word, and volumes by node; one node cannot be reached."""

    def __init__(self) -> None:
        self.services = dict.fromkeys(("auth", "controller", "scanner"))
        self.nodes = {name: told.node(name) for name in ("server-1", "pi-lobby", "pi-away")}
        self.held = {
            "server-1": ["room_auth-data", "room_auth-data.before-x", "room_controller-data"],
            "pi-lobby": ["room_odd"],
        }

    def reaches(self, node: str) -> bool:
        return node in self.held

    def engine(self, node: str) -> Any:
        return node


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    made = FakeCluster()

    def volumes(node: Any, begins: str) -> list[Volume]:
        return [Volume(name, "/", "local", {}, {}) for name in made.held[node] if name.startswith(begins)]

    monkeypatch.setattr(engine_volumes, "volumes", volumes)
    return cast(Cluster, made)


def entry(service: str, verified: int, why: str = backups.REMOVAL, made_with: str = "20260131T120000-0a1b2c") -> Entry:
    stateful = service in ("auth", "controller")
    return Entry(1, f"{made_with}-{service}", service, made_with, 1, "0", stateful, verified, why)


def names(ending: Ending) -> set[str]:
    return {held.name for held in ending.volumes}


def test_one_service_ends_with_all_that_it_has_stored_and_nothing_of_another(there: Cluster) -> None:
    ending = terminating.planned(there, KIT, ["auth"], False)
    assert (ending.words, names(ending)) == (("auth",), {"room_auth-data", "room_auth-data.before-x"})
    assert ending.unreachable == ("pi-away",)


def test_all_is_all_also_what_the_kit_does_not_know(there: Cluster) -> None:
    ending = terminating.planned(there, KIT, [], True)
    assert ending.words == ("auth", "controller", "scanner")
    assert "room_odd" in names(ending)


@pytest.mark.parametrize(("words", "everything"), [((), False), (("auth",), True), (("aut",), False)])
def test_what_is_not_clearly_meant_is_refused(words: tuple[str, ...], everything: bool, there: Cluster) -> None:
    with pytest.raises(InputError):
        terminating.planned(there, KIT, words, everything)


def test_a_service_that_has_ended_already_is_nothing_to_end(there: Cluster) -> None:
    assert terminating.planned(there, KIT, ["presence"], False).words == ()


def test_data_of_a_service_that_runs_no_more_goes_only_after_a_proven_backup_from_before_its_end(there: Cluster) -> None:
    del there.services["auth"]
    ending = terminating.planned(there, KIT, [], True)
    lost = ["room_auth-data on server-1", "room_auth-data.before-x on server-1", "room_odd on pi-lobby"]
    for worthless in ([], [entry("auth", 2)], [entry("auth", 3, why="")], [entry("controller", 3)]):
        assert terminating.unproven(ending, worthless) == lost
    assert terminating.unproven(ending, [entry("auth", 3)]) == ["room_odd on pi-lobby"]


def test_run_again_it_tells_the_backup_of_the_first_time(there: Cluster) -> None:
    entries = [entry("auth", 3), entry("controller", 3), entry("auth", 3, why="", made_with="20260201T120000-000000")]
    everything = terminating.planned(there, KIT, [], True)
    assert terminating.last_backup(everything, entries) == "20260131T120000-0a1b2c"
    assert terminating.last_backup(terminating.planned(there, KIT, ["auth"], False), entries) == "20260131T120000-0a1b2c-auth"
    assert terminating.last_backup(terminating.planned(there, KIT, ["scanner"], False), entries) == ""


def test_a_volume_that_is_still_in_use_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    refusals, gone = [EngineError("in use", 409)], []

    def remove(_engine: Any, name: str) -> None:
        if refusals:
            raise refusals.pop()
        gone.append(name)

    monkeypatch.setattr(engine_volumes, "remove", remove)
    monkeypatch.setattr(terminating, "_LOOK_S", 0)
    held = Held(cast(Any, "server-1"), "server-1", "room_auth-data", "auth")
    assert terminating.purge(Ending(False, ("auth",), (), (held,), ())) == []
    assert gone == ["room_auth-data"]


@pytest.mark.parametrize("trouble", [InputError(["no place is known"]), EngineError("no space left on device")])
def test_whatever_keeps_a_backup_from_being_made_is_a_deploy_error_that_says_nothing_ends(
    trouble: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_context: Context) -> Cluster:
        raise trouble

    monkeypatch.setattr(backups, "Cluster", refuse)
    with pytest.raises(DeployError, match=r"nothing is ended: .*(place|space)"):
        backups.before_removal(Context("unix:///fake"), ["auth"])


def test_a_backup_that_is_not_proven_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [entry("auth", 2)]
    monkeypatch.setattr(backups, "here", lambda _key: backups.Backups(cast(Any, None), cast(Any, None), None))
    monkeypatch.setattr(backups, "save", lambda *_words, **_more: found)
    with pytest.raises(DeployError, match="could not be proven"):
        backups._before_removal(cast(Cluster, None), ["auth"], backups.silently)
    found[:] = [entry("auth", 3), entry("controller", 3)]
    assert backups._before_removal(cast(Cluster, None), ["auth", "controller"], backups.silently) == "20260131T120000-0a1b2c"


def test_what_a_killed_end_had_not_come_to_goes_with_the_next_run() -> None:
    """Its service is gone already, so nobody but the kit can say what was its own."""

    def named(name: str, **labels: str) -> Named:
        return Named(name, name, "config", {key.replace("_", "."): value for key, value in labels.items()}, "")

    mine = [
        named("admin-token-0123456789ab", nanoswarm_secret="admin-token"),
        named("auth-place-0123456789ab", com_docker_stack_namespace="room"),
    ]
    others = [
        named("meeting-place-0123456789ab", com_docker_stack_namespace="room"),
        named("lamp-key-0123456789ab", nanoswarm_secret="lamp-key"),
        named("auth-place-of-somebody", com_docker_stack_namespace="room"),
    ]
    seal = named("seal-key-0123456789ab", nanoswarm_secret="seal-key", nanoswarm_lasting="what is stored needs it")
    removed: list[str] = []
    manager = SimpleNamespace(
        services=lambda _name: [],
        tasks=lambda _name: [],
        configs_and_secrets=lambda: [*mine, *others, seal],
        remove=lambda each: removed.append(each.name),
    )
    cluster = cast(Any, SimpleNamespace(manager=manager, services={}))
    lock = cast(Any, SimpleNamespace(check=lambda: None))
    for words, gone in ((("auth",), [each.name for each in mine]), (("presence",), [])):
        removed.clear()
        assert terminating.end(cluster, KIT, Ending(False, words, (), (), ()), lock, backups.silently) == []
        assert removed == gone
