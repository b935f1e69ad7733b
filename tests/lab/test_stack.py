"""The room on a real Swarm: deployed, deployed again, changed, broken and removed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from swarm import deploying, docker_program, images_lock, labels_file
from swarm.deploying import Deployment
from swarm.engine_stack import Service
from swarm.errors import DeployError
from swarm.stack import NAME
from tests.lab.conftest import ROOT, Lab

BROKEN = """FROM {image}
ENTRYPOINT ["python3", "-c", "raise SystemExit('this version is broken')"]
"""


def services(lab: Lab) -> dict[str, Service]:
    return {service.name: service for service in lab.manager.services(NAME)}


def state(lab: Lab) -> Any:
    """All that a deploy could change: specs and their versions, tasks, configs and secrets."""
    versions = {name: (service.version, service.spec) for name, service in services(lab).items()}
    return versions, running(lab), {named.name for named in lab.manager.configs_and_secrets()}


def running(lab: Lab) -> dict[str, set[str]]:
    names = {service.id: name for name, service in services(lab).items()}
    found: dict[str, set[str]] = {}
    for task in lab.manager.tasks(NAME):
        if task.state == "running" and task.service in names:
            found.setdefault(names[task.service], set()).add(task.id)
    return found


def docker(lab: Lab, *words: str, stdin: str | None = None) -> str:
    return docker_program.run(lab.context.manager, *words, stdin=stdin, within_s=60)


def deployment(lab: Lab) -> Deployment:
    return Deployment(lab.context, labels_file.read(lab.cwd / "labels.yml"), images_lock.load(lab.cwd / "images.lock"))


@pytest.fixture(scope="module")
def deployed(lab: Lab, images: Any) -> Iterator[Lab]:
    """The room runs; its admin token is in `token`."""
    lab.done("stack", "deploy", "--yes", "--admin-token", "token", timeout_s=200)
    try:
        yield lab
    finally:
        lab.done("stack", "rm", "--yes", timeout_s=120)
        (lab.cwd / "token").unlink()


@pytest.fixture
def edited(deployed: Lab) -> Iterator[Lab]:
    """What a test writes into labels.yml or images.lock is undone; so is what it deployed."""
    before = {name: (deployed.cwd / name).read_text() for name in ("labels.yml", "images.lock")}
    try:
        yield deployed
    finally:
        for name, text in before.items():
            (deployed.cwd / name).write_text(text)
        deployed.done("stack", "deploy", "--yes", timeout_s=200)


def test_the_second_deploy_has_nothing_to_do_and_changes_nothing(deployed: Lab) -> None:
    before = state(deployed)
    assert deployed.done("stack", "deploy").startswith("Nothing to do")
    assert state(deployed) == before
    assert sorted(before[1]) == ["auth", "controller", "guidance", "meeting", "presence", "scanner"]


def test_secrets_are_nowhere_but_where_they_belong(deployed: Lab) -> None:
    token = (deployed.cwd / "token").read_text().strip()
    assert deploying.secret_name("admin-token", token) in state(deployed)[2]
    told = docker(deployed, "service", "inspect", *(f"room_{word}" for word in services(deployed)))
    assert token not in told
    for word in ("auth", "meeting"):
        assert token not in docker(deployed, "service", "logs", f"room_{word}")


def test_another_pin_restarts_guidance_alone_and_the_old_place_goes_once_nothing_rolls_back_to_it(edited: Lab) -> None:
    before = running(edited)
    path = edited.cwd / "labels.yml"
    for pin in ("GPIO23", "GPIO24"):
        path.write_text(path.read_text().replace("GPIO27" if pin == "GPIO23" else "GPIO23", pin))
        assert "update guidance" in edited.done("stack", "deploy", "--yes", timeout_s=100)
    after = running(edited)
    assert {word for word in before if before[word] != after[word]} == {"guidance"}
    configs = [each.name for each in edited.manager.configs_and_secrets() if each.name.startswith("guidance-place-")]
    assert len(configs) == 2  # what runs, and what it would be rolled back to


def test_a_label_that_is_gone_is_refused_before_anything_changes(edited: Lab) -> None:
    path = edited.cwd / "labels.yml"
    path.write_text(path.read_text().replace("GPIO27", "GPIO25"))
    labels = {node.name: node.labels for node in edited.manager.nodes()}["pi-lobby"]
    before = state(edited)
    edited.manager.label_node("pi-lobby", {name: value for name, value in labels.items() if name != "presence"})
    try:
        refused = edited.run("stack", "deploy", "--yes")
    finally:
        edited.manager.label_node("pi-lobby", labels)
    assert refused.returncode == 2
    assert "presence cannot run on pi-lobby: it has not the label presence=true" in refused.stderr
    versions, _, named = state(edited)
    assert (versions, named) == (before[0], before[2])


def test_a_task_that_no_node_can_take_says_why(edited: Lab) -> None:
    mine = deployment(edited)
    plan = mine.plan()
    labels = {node.name: node.labels for node in edited.manager.nodes()}["server-1"]
    edited.manager.label_node("server-1", {name: value for name, value in labels.items() if name != "auth"})
    try:
        with pytest.raises(DeployError, match=r"auth: waiting, 0 of 1 \(no suitable node \(scheduling constraints not"):
            mine.watch(plan, 10, lambda _found: None)
    finally:
        edited.manager.label_node("server-1", labels)


def test_a_failing_update_rolls_back_by_itself_and_says_so(edited: Lab) -> None:
    lock, registry = images_lock.load(edited.cwd / "images.lock"), edited.context.registry
    whole = services(edited)["guidance"].image
    docker(edited, "build", "--tag", f"{registry}/nanoswarm/guidance:broken", "-", stdin=BROKEN.format(image=whole))
    pushed = docker(edited, "push", f"{registry}/nanoswarm/guidance:broken")
    arch = next(iter(lock.images["guidance"]))
    lock.images["guidance"][arch] = "sha256:" + pushed.split("digest: sha256:")[1].split()[0]
    images_lock.save(edited.cwd / "images.lock", lock)
    failed = edited.run("stack", "deploy", "--yes", "--within", "90", timeout_s=150)
    assert failed.returncode == 1, failed.stdout
    assert "guidance: rolled back, 1 of 1 (on pi-lobby: task: non-zero exit (1))" in failed.stderr
    assert "what ran before runs again" in failed.stderr
    assert services(edited)["guidance"].image == whole
    assert len(running(edited)["guidance"]) == 1


def test_an_image_that_the_registry_has_not_is_refused_before_anything_changes(edited: Lab) -> None:
    lock = images_lock.load(edited.cwd / "images.lock")
    lock.images["scanner"] = dict.fromkeys(lock.images["scanner"], "sha256:" + "0" * 64)
    images_lock.save(edited.cwd / "images.lock", lock)
    before = state(edited)
    refused = edited.run("stack", "deploy", "--yes")
    assert refused.returncode == 2
    assert "scanner: the registry 10.88.77.1:5000 has not its image, and pi-lobby, pi-room-1 would need it" in refused.stderr
    assert state(edited) == before


def test_two_admins_at_once_end_with_one_room(edited: Lab) -> None:
    path = edited.cwd / "labels.yml"
    path.write_text(path.read_text().replace("GPIO27", "GPIO26"))
    command = [sys.executable, "-m", "swarm", "stack", "deploy", "--yes"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    both = [
        subprocess.Popen(command, cwd=edited.cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    for process in both:
        told, _ = process.communicate(timeout=120)
        assert process.returncode == 0 or "somebody else has just changed" in told, told
    assert edited.done("stack", "deploy").startswith("Nothing to do")


def test_rm_leaves_nothing_but_what_was_stored_and_docker_alone_brings_it_back(deployed: Lab) -> None:
    deployed.done("stack", "rm", "--yes", timeout_s=120)
    sealed_with = (deployed.cwd / ".nanoswarm/kept/seal-key").read_text().strip()
    assert state(deployed) == ({}, {}, {deploying.secret_name("seal-key", sealed_with)})
    assert not [
        container for node in deployed.context.nodes for container in deployed.engine(node).containers() if container.service
    ]
    until = time.monotonic() + 10
    while "room_nano" in docker(deployed, "network", "ls"):
        assert time.monotonic() < until
        time.sleep(0.2)
    assert "room_auth-data" in docker(deployed, "volume", "ls")

    deployed.done("stack", "show", "--simulated", "--output", "out")
    for name in ("admin-token", "room-credential"):
        docker(deployed, "secret", "create", name, "-", stdin=f"made by hand for {name}")
    docker(deployed, "secret", "create", "seal-key", "-", stdin=sealed_with)
    docker(deployed, "stack", "deploy", "--resolve-image", "never", "-c", str(deployed.cwd / "out/room.yml"), NAME)
    assert deployed.done("stack", "deploy", timeout_s=150).startswith("Nothing to do")
    deployed.done("stack", "rm", "--yes", timeout_s=120)
    docker(deployed, "stack", "deploy", "-c", str(ROOT / "swarm/room.yml"), NAME)
    assert sorted(services(deployed)) == ["auth", "controller", "guidance", "meeting", "presence", "scanner"]
    deployed.done("stack", "rm", "--yes", timeout_s=120)
    docker(deployed, "secret", "rm", "admin-token", "room-credential", "seal-key")
