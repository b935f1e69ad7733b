"""What docker is told to make an image, and what images.lock becomes of it."""

from pathlib import Path

import pytest

from swarm import images
from swarm.engine_images import Image
from swarm.errors import InputError
from swarm.images import Delivery, Recipe
from swarm.images_lock import ImagesLock
from swarm.words import Word
from tests.unit.swarm.fake_docker import node, sha

A, B = sha("a"), sha("b")
WORDS = {"auth": Word("auth", extras=("web", "sql")), "presence": Word("presence", extras=("gpio",))}
URLS = {"pi-1": "unix:///pi-1", "pi-2": "unix:///pi-2"}
FAILED = """#9 [libraries 2/3] COPY
#9 DONE 0.1s
#11 [libraries 3/3] RUN python3 -m pip install
#11 0.301 an earlier line
#7 0.400 of another step
#11 2.506 ERROR: No matching distribution found for aiocoap==0.4.17
#11 ERROR: executor failed running [/bin/sh -c ...]: exit code: 1
------
executor failed running [/bin/sh -c ...]: exit code: 1""".splitlines()


def made(word: str, arch: str = "amd64", base: str = "base") -> Image:
    return Image(sha(word + arch), arch, 1, "now", base, ())


def test_build_is_told_the_service_what_it_installs_and_the_base() -> None:
    words = Recipe(Path("/src"), "python:3.13-alpine", "python:3.13-alpine@sha256:1").command(WORDS["auth"])
    for told in ("PYTHON_IMAGE=python:3.13-alpine", "WORD=auth", "EXTRAS=web,sql", "BASE=python:3.13-alpine@sha256:1"):
        assert words[words.index(told) - 1] == "--build-arg"
    assert words[words.index("--tag") + 1] == "nanoswarm/auth"
    assert words[-1] == "/src"
    assert "--secret" not in words


def test_certificates_go_by_file_and_proxies_by_name_only() -> None:
    words = Recipe(Path("/src"), "b", "b", Path("/etc/ca.crt"), ("https_proxy",)).command(WORDS["auth"])
    assert words[words.index("--secret") + 1] == "id=ca,src=/etc/ca.crt"
    assert words[words.index("https_proxy") - 1] == "--build-arg"


def test_no_word_means_all_of_them() -> None:
    assert images.chosen([], WORDS) == list(WORDS.values())
    assert images.chosen(["presence"], WORDS) == [WORDS["presence"]]


def test_every_unknown_word_is_named_at_once() -> None:
    with pytest.raises(InputError) as told:
        images.chosen(["hall", "presence", "garden"], WORDS)
    assert [problem.split(";")[0] for problem in told.value.problems] == [
        "there is no service hall",
        "there is no service garden",
    ]


def test_progress_is_the_stage_and_its_step() -> None:
    assert images.step_of("#11 [libraries 3/3] RUN python3") == "libraries 3/3"
    assert images.step_of("#11 [stage-4  1/3] COPY") == "stage-4 1/3"
    assert images.step_of("#11 DONE 5.9s") is None


def test_why_a_build_failed_is_what_its_step_said_and_no_other() -> None:
    assert images.why_failed(FAILED) == "an earlier line\nERROR: No matching distribution found for aiocoap==0.4.17"
    assert images.why_failed(FAILED[:2]) == ""


def test_digest_is_what_push_says() -> None:
    assert images.pushed_digest(f"The push refers to [x]\nlatest: digest: {A} size: 946\n") == A
    assert images.pushed_digest("The push refers to [x]") is None


def test_lock_keeps_other_words_and_architectures_of_the_same_registry() -> None:
    old = ImagesLock("old", "lan:5000", {"auth": {"amd64": A}, "presence": {"amd64": A, "arm64": B}})
    lock = images.merged(old, "lan:5000", {"presence": made("presence")}, {"presence": B})
    assert lock == ImagesLock("base", "lan:5000", {"auth": {"amd64": A}, "presence": {"amd64": B, "arm64": B}})


@pytest.mark.parametrize("registry", [None, "elsewhere:5000"])
def test_lock_keeps_nothing_that_lies_in_another_place(registry: str | None) -> None:
    old = ImagesLock("old", "lan:5000", {"auth": {"amd64": A}})
    assert images.merged(old, registry, {"presence": made("presence")}, {"presence": B}).images == {"presence": {"amd64": B}}


def test_lock_leaves_the_old_one_as_it_is() -> None:
    old = ImagesLock("old", None, {"auth": {"amd64": A}})
    images.merged(old, None, {"auth": made("auth")}, {"auth": B})
    assert old.images == {"auth": {"amd64": A}}


def test_lock_names_every_base_that_images_stand_on() -> None:
    found = {"auth": made("auth", base="alpine"), "presence": made("presence", base="a stand-in")}
    assert images.merged(None, None, found, {}).base == "a stand-in and alpine"


def test_each_node_gets_the_words_that_its_labels_say() -> None:
    nodes = [node("pi-1", "presence", "scanner"), node("pi-2"), node("pi-3", "scanner")]
    assert images.deliveries(["auth", "presence"], "amd64", nodes, URLS) == [Delivery("pi-1", "unix:///pi-1", ("presence",))]


def test_label_that_is_not_true_is_none() -> None:
    off = node("pi-1")
    off.labels["presence"] = "false"
    assert images.deliveries(["presence"], "amd64", [off], URLS) == []


def test_every_node_that_cannot_get_its_images_is_named_at_once() -> None:
    nodes = [node("pi-1", "auth", arch="aarch64"), node("pi-9", "auth"), node("pi-2", "auth")]
    with pytest.raises(InputError) as told:
        images.deliveries(["auth"], "amd64", nodes, URLS)
    assert [problem.split()[0] for problem in told.value.problems] == ["pi-1", "pi-9"]


def test_architectures_are_compared_in_the_words_of_images() -> None:
    assert images.deliveries(["auth"], "arm64", [node("pi-1", "auth", arch="aarch64")], URLS)
