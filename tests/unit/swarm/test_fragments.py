"""service.yml is read strictly: each mistake is refused by file and line, with what to do."""

from pathlib import Path

import pytest

from swarm import fragments
from swarm.errors import LabelsError
from swarm.words import discover

RIGHT = """services:
  lamp:
    image: nanoswarm/lamp
    environment: {NANO_BRIGHT: "yes"}
    volumes: [lamp-data:/data]
    secrets: [lamp-key]
    ports:
      - {target: 80, published: 8082, mode: host}
    healthcheck: {interval: 5s}
    deploy:
      mode: global
      placement:
        constraints: [node.labels.lamp == true]
      resources:
        limits: {memory: 64M}
volumes:
  lamp-data: {}
x-nano:
  place: [zone]
"""
SAYS = [  # (what is right, what stands there instead, what is said of it)
    ("    image:", "    imege:", "lamp/service.yml:3: services.lamp.imege: there is no such key; did you mean image?"),
    ("mode: global", "mode: gobal", "yml:11: services.lamp.deploy.mode: gobal is not one of global, replicated; mend it"),
    ("deploy:", "deplyo:", "lamp/service.yml:10: services.lamp.deplyo: there is no such key; did you mean deploy?"),
    ("64M", "64", "limits.memory: 64 is not an amount of memory such as 64M; mend it"),
    ("{target: 80, published: 8082, mode: host}", '"8082:80"', "services.lamp.ports[0]: 8082:80 is not a mapping; write"),
    ("mode: host", "mode: ingress", "ports[0].mode: ingress is not one of host"),
    ("published: 8082", "published: 80820", "published: 80820 is not a whole number from 1 to 65535"),
    ("published: 8082", "published: true", "published: True is not a whole number from 1 to 65535"),
    ("secrets: [lamp-key]", "secrets: lamp-key", "services.lamp.secrets: lamp-key is not a list; write [lamp-key]"),
    ("secrets: [lamp-key]", "privileged: true", "services.lamp.privileged: is not taken: docker stack deploy ignores it"),
    ('"yes"', '"${HOME}"', "environment.NANO_BRIGHT: ${HOME} is not a text without `$`"),
    ("interval: 5s", "interval: 5", "healthcheck.interval: 5 is not a duration such as 5s or 1m30s"),
    ("labels.lamp == true", "labels.lmap == true", "does not say where it runs; write [node.labels.lamp == true]"),
    ("lamp == true]", "lamp == true, node.labels.zon == x]", "no node ever has the label zon; did you mean node.labels.zone?"),
    ("labels.lamp == true", "labels.lamp = true", "is not a constraint such as node.labels.presence == true"),
    ("lamp-data:/data", "lamp-date:/data", "services.lamp.volumes[0]: lamp-date is not declared; add it under `volumes:`"),
    ("lamp-data: {}", "lamp-data:\n    other: {}", ":18: volumes.lamp-data.other: there is no such key; nothing goes here"),
    ("lamp-data: {}", "lamp-data:", "lamp/service.yml:17: volumes.lamp-data: is empty; write {}"),
    ("lamp-data: {}", "lamp-data: {}\n  other: {}", "lamp/service.yml:18: volumes.other: is used by nothing"),
    ("  lamp:\n", "  lamb:\n", "lamp/service.yml:1: services: has lamb; the folder is called lamp, and so must the service be"),
    ("    image: nanoswarm/lamp\n", "", "services.lamp: `image` is missing; write image: nanoswarm/lamp"),
    ("x-nano:", "x-nan:", "lamp/service.yml:18: x-nan: there is no such key; did you mean x-nano?"),
    ("place: [zone]", "plaice: [zone]", "x-nano.plaice: there is no such key; did you mean place?"),
]  # fmt: skip


def written(folder: Path, text: str) -> Path:
    path = folder / "lamp" / "service.yml"
    path.parent.mkdir()
    path.write_text(text)
    return path


def test_a_right_fragment_is_read(tmp_path: Path) -> None:
    assert fragments.read(written(tmp_path, RIGHT), ["lamp"])["services"]["lamp"]["deploy"]["mode"] == "global"


@pytest.mark.parametrize(("right", "wrong", "says"), SAYS, ids=[wrong[:30] for _, wrong, _ in SAYS])
def test_a_wrong_one_is_refused_where_it_is_wrong(tmp_path: Path, right: str, wrong: str, says: str) -> None:
    assert right in RIGHT
    with pytest.raises(LabelsError) as refused:
        fragments.read(written(tmp_path, RIGHT.replace(right, wrong, 1)), ["lamp", "presence"])
    assert says in str(refused.value)


def test_every_mistake_of_every_service_is_named_at_once(tmp_path: Path) -> None:
    for word in ("fan", "lamp"):
        (tmp_path / word).mkdir()
        (tmp_path / word / "service.yml").write_text(RIGHT.replace("lamp", word).replace("64M", "64").replace("5s", "5"))
    with pytest.raises(LabelsError) as refused:
        fragments.discover(tmp_path)
    assert [problem.split(":")[0] for problem in refused.value.problems] == ["fan/service.yml"] * 2 + ["lamp/service.yml"] * 2


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelsError, match=r"lamp/service\.yml:1: is empty"):
        fragments.read(written(tmp_path, ""), ["lamp"])


def test_those_of_the_tree_are_right() -> None:
    assert fragments.discover().keys() == discover().keys()
    assert fragments.every()["version"] == "3.8"
