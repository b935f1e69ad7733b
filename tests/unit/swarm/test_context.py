"""Which cluster a command speaks to."""

from pathlib import Path

import pytest

from swarm import context
from swarm.context import Context
from swarm.errors import InputError


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    told = Context("unix:///run/a.sock", {"pi-1": "ssh://pi-1"}, "192.0.2.1:5000", simulated=True)
    context.save(tmp_path / "deep" / "context", told)
    assert context.load(tmp_path / "deep" / "context", {}) == told


def test_an_older_context_is_of_real_nodes(tmp_path: Path) -> None:
    path = tmp_path / "context"
    path.write_text('{"manager": "unix:///run/a.sock", "nodes": {}, "registry": null}')
    assert context.load(path, {}) == Context("unix:///run/a.sock")


def test_without_a_context_the_engine_is_the_environments(tmp_path: Path) -> None:
    assert context.load(tmp_path / "context", {"DOCKER_HOST": "ssh://pi-1"}) == Context("ssh://pi-1")
    with pytest.raises(InputError, match=r"no cluster is known in this folder.*go to the folder"):
        context.load(tmp_path / "context", {})


@pytest.mark.parametrize("host", ["foo bar", "pi@pi-lobby", "/var/run/docker.sock", "unix://"])
def test_a_docker_host_that_is_none_is_refused_by_its_name(tmp_path: Path, host: str) -> None:
    with pytest.raises(InputError, match=r"DOCKER_HOST: .* is no engine's address such as unix:///var/run/docker.sock"):
        context.load(tmp_path / "context", {"DOCKER_HOST": host})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"manager": "unix:///run/a.s',
        '{"manager": "a", "nodes": [], "registry": null}',
        '{"manager": null, "nodes": {}, "registry": null}',
        '{"manager": "a", "nodes": {"pi-1": 1}, "registry": null}',
        '{"manager": "a", "nodes": {}, "registry": 5000}',
    ],
)
def test_a_broken_one_is_refused_with_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "context"
    path.write_text(text)
    with pytest.raises(InputError, match=r"half written.* remove it, then as before: nanoswarm cluster init HOST"):
        context.load(path, {})
