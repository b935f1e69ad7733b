"""Images on real engines: built on a node, run with no rights at all, brought to the other nodes."""

import json
import shutil
import time
from pathlib import Path

import pytest

from swarm import docker_program, images_base, images_build, images_lock, images_weigh
from swarm.errors import BudgetError, DockerError
from swarm.images import SLIM, Kind
from swarm.images_build import Built
from tests.lab.alone import HAS_DATA, NO_RIGHTS, PATIENCE_S, WORDS, running
from tests.lab.conftest import ROOT, Lab

NOT_BYTECODE = """
import os
roots = {os.path.dirname(os.__file__), "/opt/nanoswarm"}
files = [os.path.join(folder, name) for root in roots for folder, _, names in os.walk(root) for name in names]
print(len([name for name in files if name.endswith(".pyc")]), [name for name in files if name.endswith(".py")])
"""
IMPORTED = """
import importlib, os
from nanoservices import alive
alive.exit_if_asked()
modules = []
for folder, _, names in os.walk("/opt/nanoswarm/nanoservices"):
    package = os.path.relpath(folder, "/opt/nanoswarm").replace("/", ".")
    modules += [f"{package}.{name[:-4]}" for name in names if name.endswith(".pyc") and name != "__init__.pyc"]
for module in modules:
    importlib.import_module(module)
print(len(modules))
"""


@pytest.mark.parametrize("word", WORDS)
def test_service_lives_without_any_rights_and_stops_when_told(images: Lab, word: str, tmp_path: Path) -> None:
    with running(images, word, f"nanoswarm/{word}", tmp_path, *NO_RIGHTS) as container:
        container.until_alive()
        container.answers(word)
        assert container.inside("python3", "-c", "import os; print(os.getuid())") == "10001"
        assert "python3" in container.inside("python3", "-c", "print(open('/proc/1/cmdline').read())")
        container.inside("python3", "-m", f"nanoservices.{word}", "--health")  # the other way to ask
        container.ends_when_told()
        assert container.written() == []


def test_service_that_does_not_run_is_not_called_alive(images: Lab) -> None:
    with pytest.raises(DockerError, match="not alive"):
        docker_program.run(images.context.manager, "run", "--rm", *NO_RIGHTS, "nanoswarm/presence", "--health")


@pytest.mark.parametrize("word", ["presence", "auth"])
def test_image_holds_its_own_service_compiled_and_no_tools(images: Lab, word: str) -> None:
    def ask(*command: str) -> str:
        words = ("run", "--rm", *NO_RIGHTS, "--entrypoint", command[0], f"nanoswarm/{word}", *command[1:])
        return docker_program.run(images.context.manager, *words).strip()

    there = ask("python3", "-c", "import os; print(*os.listdir('/opt/nanoswarm/nanoservices'))").split()
    assert set(there) & set(WORDS) == {word}
    count, sources = ask("python3", "-c", NOT_BYTECODE).split(" ", 1)
    assert int(count) > 200 and sources == "[]", sources
    absent = "print([name for name in ('pip', 'setuptools', 'unittest', 'ensurepip') if importlib.util.find_spec(name)])"
    assert ask("python3", "-c", f"import importlib.util; {absent}") == "[]"
    programs = "print(*[name for place in os.get_exec_path() if os.path.isdir(place) for name in os.listdir(place)])"
    assert set(ask("python3", "-c", f"import os; {programs}").split()) <= {"python3", "python3.13"}
    assert ("data" in ask("python3", "-c", "import os; print(*os.listdir('/'))").split()) == (word in HAS_DATA)


@pytest.mark.parametrize("word", WORDS)
def test_every_module_of_a_service_finds_what_it_imports_in_its_image(images: Lab, word: str) -> None:
    run = ("run", "--rm", *NO_RIGHTS, "--entrypoint", "python3", f"nanoswarm/{word}", "-c", IMPORTED)
    assert int(docker_program.run(images.context.manager, *run)) > 15


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """The sources, to be changed."""
    for name in ("nanoservices", "dockerfiles", "bench"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    return tmp_path


def build(lab: Lab, word: str, root: Path) -> Built:
    """As `nanoswarm images build WORD` does, from these sources."""
    engine = lab.manager
    kind = Kind(SLIM, engine.arch(), engine.arch())
    base = images_base.there(engine, images_base.OFFICIAL, kind) or images_base.there(engine, images_base.STAND_IN, kind)
    assert base is not None
    how = images_build.recipe(root, kind, base)
    check = images_weigh.checking(engine, root)
    return images_build.build(engine, WORDS[word], how, check, lambda step: None)


def test_changed_service_is_built_anew_without_its_libraries(images: Lab, sources: Path) -> None:
    try:
        same = build(images, "presence", sources)
        with (sources / "nanoservices/presence/logic.py").open("a") as file:
            file.write("# a change\n")
        changed = build(images, "presence", sources)
    finally:
        images.done("images", "build", "presence", "--lock", str(sources / "other.lock"), timeout_s=300)
    assert not same.changed  # though these sources are no commit's
    assert changed.changed
    pairs = zip(same.image.content.layers, changed.image.content.layers, strict=True)
    assert [one == other for one, other in pairs] == [True, True, False]


def test_building_again_from_nothing_but_the_base_redeploys_nothing(images: Lab) -> None:
    """Two that have the same libraries, at once: engines write a layer's files in one order or another then."""
    before = (images.cwd / "images.lock").read_bytes()
    again = json.loads(images.done("images", "build", "presence", "guidance", "--no-cache", "--json", timeout_s=300))
    assert {row["service"]: row["changed"] for row in again["images"]} == {"presence": False, "guidance": False}
    assert (images.cwd / "images.lock").read_bytes() == before


def test_image_that_breaks_its_budget_gets_no_name_and_leaves_nothing(images: Lab, sources: Path) -> None:
    (sources / "nanoservices/presence/ballast.bin").write_bytes(bytes(9_000_000))

    def listed() -> list[str]:
        words = ("images", "--all", "--no-trunc", "--format", "{{.ID}} {{.Repository}} {{.Tag}}")
        return sorted(docker_program.run(images.context.manager, *words).splitlines())

    before = listed()
    with pytest.raises(BudgetError, match=r"(?s)presence breaks its budget: its own layers .*/presence/ballast.bin 9000 kB"):
        build(images, "presence", sources)
    assert listed() == before


def test_ls_measures_what_services_write_into_their_containers(images: Lab) -> None:
    rows = {row["service"]: row for row in json.loads(images.done("images", "ls", "--json")) if row["variant"] == SLIM}
    assert {word: row["writable_bytes"] for word, row in rows.items()} == dict.fromkeys(WORDS, 0)
    lock = images_lock.load(images.cwd / "images.lock")
    for row in rows.values():
        assert row["base_mb"] + row["unique_mb"] == pytest.approx(row["total_mb"], abs=0.01)
        assert row["locked"] == "yes" and row["base_image"] == lock.base
    assert len({row["base_mb"] for row in rows.values()}) == 1  # one base layer for all


def test_budget_finds_the_same_sizes_in_the_layers_themselves(images: Lab) -> None:
    figures = json.loads(images.done("images", "budget", "--json"))["figures"]
    rows = {row["service"]: row for row in json.loads(images.done("images", "ls", "--json", "--no-start"))}
    weighed = {one["service"]: one["mb"] for one in figures if one["what"].startswith("its own layers")}
    assert weighed == {word: pytest.approx(rows[word]["unique_mb"], abs=0.01) for word in WORDS}
    together = next(one["mb"] for one in figures if one["service"] == "all")
    assert max(row["total_mb"] for row in rows.values()) < together < sum(row["total_mb"] for row in rows.values())


def test_bill_of_materials_is_what_is_in_the_image(images: Lab) -> None:
    told = json.loads(images.done("images", "sbom", "auth"))
    names = {one["name"].lower() for one in told["components"]}
    assert {"werkzeug", "pymysql", "aiocoap", "cpython"} <= names and names & {"musl", "glibc"}
    assert not names & {"gpiozero", "flask", "click"}  # of the last two, installed for `web`, auth reaches nothing
    assert all(one["version"] for one in told["components"] if one["purl"].startswith("pkg:pypi/"))


def test_nodes_that_differ_share_one_digest_and_each_gets_its_own(images: Lab, tmp_path: Path) -> None:
    """The other architecture's image is only carried about: nothing of it is run."""
    manager, registry, native = images.context.manager, images.context.registry, images.manager.arch()
    kind = Kind(SLIM, "arm64" if native == "amd64" else "amd64", native)
    foreign, lock_path = kind.name("guidance"), tmp_path / "images.lock"
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    docker_program.run(manager, "build", "--platform", kind.platform, "--tag", foreign, str(tmp_path))
    try:
        images.done("images", "push", "guidance", "--lock", str(lock_path))
        lock = images_lock.load(lock_path)
        reference = lock.reference("guidance", native, kind.arch)
        assert registry is not None and reference.startswith(f"{registry}/nanoswarm/guidance@")
        docker_program.run(images.context.nodes["pi-lobby"], "pull", reference)
        found = images.engine("pi-lobby").image(reference)
        built = images.manager.image("nanoswarm/guidance")
        assert found is not None and built is not None and found.id == built.id
        _forget(images, "pi-lobby", found.id)
    finally:
        docker_program.run(manager, "rmi", "--force", foreign, f"{registry}/{foreign}")
    again = images.done("images", "push", "guidance", "--json", "--lock", str(lock_path))
    assert [row["changed"] for row in json.loads(again)["images"]] == [False]


def test_other_nodes_get_by_digest_what_was_pushed(images: Lab) -> None:
    lock = images_lock.load(images.cwd / "images.lock")
    assert set(lock.images) == set(WORDS)
    for word in ("presence", "auth"):
        reference = lock.reference(word, images.manager.arch())
        docker_program.run(images.context.nodes["pi-lobby"], "pull", reference)
        found = images.engine("pi-lobby").image(reference)
        built = images.manager.image(f"nanoswarm/{word}")
        assert found is not None and built is not None and found.id == built.id
        _forget(images, "pi-lobby", found.id)


def test_direct_images_run_from_where_they_lie(images: Lab, tmp_path: Path) -> None:
    lock_path = tmp_path / "images.lock"
    _forget(images, "pi-lobby", "nanoswarm/guidance")
    push = ("images", "push", "guidance", "--direct", "--json", "--lock", str(lock_path))
    first, second = (json.loads(images.done(*push, timeout_s=200)) for _ in range(2))
    assert first["nodes"] == [{"node": "pi-lobby", "brought": ["guidance"], "there": []}]
    assert second["nodes"] == [{"node": "pi-lobby", "brought": [], "there": ["guidance"]}]
    reference = images_lock.load(lock_path).reference("guidance", images.manager.arch())
    stack = tmp_path / "stack.yml"
    stack.write_text(
        f"version: '3.8'\nservices:\n  one:\n    image: {reference}\n    read_only: true\n"
        "    entrypoint: [python3, -c, 'import time; time.sleep(600)']\n    stop_grace_period: 1s\n"
        "    deploy: {mode: global, placement: {constraints: [node.labels.guidance == true]}}\n"
    )
    manager = images.context.manager
    docker_program.run(manager, "stack", "deploy", "--compose-file", str(stack), "--resolve-image", "never", "try")
    try:
        until, seen = time.monotonic() + PATIENCE_S, ""
        while "Running" not in seen:
            assert time.monotonic() < until and "rror" not in seen, seen
            time.sleep(0.2)
            seen = docker_program.run(manager, "stack", "ps", "--no-trunc", "--format", "{{.CurrentState}} {{.Error}}", "try")
    finally:
        docker_program.run(manager, "stack", "rm", "try")
        _forget(images, "pi-lobby", reference)


def _forget(lab: Lab, node: str, reference: str) -> None:
    """Remove an image under all its names, once no container needs it."""
    until = time.monotonic() + PATIENCE_S
    while (image := lab.engine(node).image(reference)) is not None:
        try:
            docker_program.run(lab.context.nodes[node], "rmi", "--force", image.id)
        except DockerError as error:
            assert time.monotonic() < until, error
            time.sleep(0.2)
