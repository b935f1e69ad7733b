"""Where auth is: as told, else the demo's that runs here, else that of this folder's cluster."""

import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from nanoservices.settings import Secret
from swarm import auth_where, context
from swarm.auth_rest import Rest
from swarm.context import Context
from swarm.demo.home import Home
from swarm.engine import ClusterNode
from swarm.errors import ApiError, DemoError, InputError


def node(own_id: str, address: str, **labels: str) -> ClusterNode:
    return ClusterNode(own_id, f"name-{own_id}", "worker", "ready", "active", address, "x86_64", "20.10", labels)


class FakeEngine:
    """A cluster whose auth runs on `runs_on`, and ran on n1 before."""

    nodes_there = (
        node("n1", "10.0.0.1"),
        node("n2", "10.0.0.2"),
        node("n3", "10.0.0.3", ip="192.0.2.3"),
        node("n4", "0.0.0.0"),
    )
    runs_on = "n2"

    def __init__(self, url: str):
        self.url = url

    def services(self, stack: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(id="s1", name="auth"), SimpleNamespace(id="s2", name="meeting")]

    def tasks(self, stack: str) -> list[SimpleNamespace]:
        places = [("s1", "n1", "shutdown"), ("s2", "n1", "running"), ("s1", self.runs_on, "running")]
        return [SimpleNamespace(service=service, node=node, state=state) for service, node, state in places]

    def nodes(self) -> list[ClusterNode]:
        return list(self.nodes_there)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(auth_where, "Engine", FakeEngine)
    context.save(context.PATH, Context("tcp://192.0.2.9:2375"))
    auth_where.TOKEN.write_text("a-token-of-this-test\n")
    return tmp_path


@pytest.mark.parametrize(
    ("runs_on", "url"),
    [
        ("n2", "http://10.0.0.2:8081"),
        ("n3", "http://192.0.2.3:8081"),  # as labels.yml has it
        ("n4", "http://192.0.2.9:8081"),  # a manager that does not know its own address
    ],
)
def test_auth_is_found_on_the_node_where_its_task_runs(
    here: Path, monkeypatch: pytest.MonkeyPatch, runs_on: str, url: str
) -> None:
    monkeypatch.setattr(FakeEngine, "runs_on", runs_on)
    assert auth_where.find(None, None).url == url


def test_room_that_does_not_run_is_said(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeEngine, "runs_on", "gone")
    with pytest.raises(InputError, match=r"auth does not run on the cluster .* nanoswarm stack deploy"):
        auth_where.find(None, None)


def test_what_is_told_goes_first(here: Path) -> None:
    assert auth_where.find("http://192.0.2.1:8081/api/v1/", None).url == "http://192.0.2.1:8081"


def test_demo_that_runs_here_goes_before_the_cluster(here: Path) -> None:
    home = Home()
    home.claim()
    home.secret("admin-token")
    with pytest.raises(DemoError, match="still starting"):
        auth_where.find(None, None)
    home.remember({"instances": {"auth@server-1": {"http_port": 4711}}})
    assert auth_where.find(None, None).url == "http://127.0.0.1:4711"
    home.release()
    assert auth_where.find(None, None).url == "http://10.0.0.2:8081"


def test_auth_that_is_silent_is_named_with_why_and_what_to_do() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # and does not listen
        rest = Rest(f"http://127.0.0.1:{free.getsockname()[1]}", Secret("x" * 20))
        with pytest.raises(
            ApiError, match=r"does not answer GET /api/v1/rooms: Connection refused; does it run\? nanoswarm status"
        ):
            rest.ask("GET", "rooms")


def test_without_a_cluster_or_a_demo_it_is_said_how_else_to_reach_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    (here / ".nanoswarm/context").unlink(missing_ok=True)
    with pytest.raises(InputError, match=r"no cluster is known .* say where auth is: --auth http://HOST:8081.* demo --keep"):
        auth_where.find(None, None)
