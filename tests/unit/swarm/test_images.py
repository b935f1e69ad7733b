"""What docker is told to make an image, and what images.lock becomes of it."""

from pathlib import Path

import pytest

from swarm import images
from swarm.engine_images import Image
from swarm.errors import InputError
from swarm.images import Delivery, Kind, Made, Recipe
from swarm.images_lock import ImagesLock
from swarm.words import Word
from tests.unit.swarm.fake_docker import node, sha

A, B = sha("a"), sha("b")
WORDS = {"auth": Word("auth", extras=("web", "sql")), "presence": Word("presence", extras=("gpio",))}
URLS = {"pi-1": "unix:///pi-1", "pi-2": "unix:///pi-2"}
HERE, PI = Kind("slim", "amd64", "amd64"), Kind("slim", "arm64", "amd64")


def made(*words: str, arches: tuple[str, ...] = ("amd64",), base: str = "base") -> Made:
    return {word: {arch: Image(sha(word + arch), arch, 1, "now", base, ()) for arch in arches} for word in words}


def test_build_is_told_the_service_what_it_installs_and_the_base() -> None:
    how = Recipe(Path("/src"), HERE, "python:3.13-alpine", "python:3.13-alpine@sha256:1", labels={"a": "b"})
    words = how.command(WORDS["auth"], ("--iidfile", "/id"))
    for told in ("PYTHON_IMAGE=python:3.13-alpine", "WORD=auth", "EXTRAS=web,sql", "BASE=python:3.13-alpine@sha256:1"):
        assert words[words.index(told) - 1] == "--build-arg"
    assert words[words.index("--iidfile") + 1] == "/id"
    assert words[words.index("--target") + 1] == "slim"
    assert words[words.index("--label") + 1] == "a=b"
    assert words[-1] == "/src"
    assert not {"--secret", "--platform", "--tag", "--no-cache"} & set(words)


def test_foreign_architecture_is_asked_for_in_dockers_words() -> None:
    how = Recipe(Path("/src"), Kind("alpine", "arm", "amd64"), "b", "b", builder="c", fresh=True)
    words = how.by_hand(WORDS["auth"])
    assert "BUILDER_IMAGE=c" in words
    assert words[words.index("--platform") + 1] == "linux/arm/v7"
    assert words[words.index("--tag") + 1] == "nanoswarm/auth:alpine-arm"
    assert "--no-cache" in words


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (HERE, ["nanoswarm/auth", "nanoswarm/auth:slim"]),
        (Kind("alpine", "amd64", "amd64"), ["nanoswarm/auth:alpine"]),
        (PI, ["nanoswarm/auth:slim-arm64"]),
    ],
)
def test_image_is_called_after_its_service_and_what_is_special_of_it(kind: Kind, names: list[str]) -> None:
    assert kind.names("auth") == names
    assert kind.name("auth") == names[0]


def test_every_unknown_variant_and_architecture_is_named_at_once() -> None:
    with pytest.raises(InputError) as told:
        images.kinds(["tiny"], ["sparc"], "amd64")
    assert [problem.partition(";")[0] for problem in told.value.problems] == [
        "there is no variant tiny",
        "images are not built for sparc",
    ]


def test_no_variant_means_what_the_stack_runs_on_the_engines_own_architecture() -> None:
    assert images.kinds([], [], "arm64") == [Kind("slim", "arm64", "arm64")]


def test_certificates_go_by_file_and_proxies_by_name_only() -> None:
    words = Recipe(Path("/src"), HERE, "b", "b", Path("/etc/ca.crt"), ("https_proxy",)).command(WORDS["auth"], ())
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


def test_digest_is_what_push_says() -> None:
    assert images.pushed_digest(f"The push refers to [x]\nlatest: digest: {A} size: 946\n") == A
    assert images.pushed_digest("The push refers to [x]") is None


def test_lock_keeps_other_words_and_architectures_of_the_same_registry() -> None:
    old = ImagesLock("old", "lan:5000", {"auth": {"amd64": A}, "presence": {"amd64": A, "arm64": B}})
    lock = images.merged(old, "lan:5000", made("presence"), {"presence": {"amd64": B}})
    assert lock == ImagesLock("base", "lan:5000", {"auth": {"amd64": A}, "presence": {"amd64": B, "arm64": B}})


@pytest.mark.parametrize("registry", [None, "elsewhere:5000"])
def test_lock_keeps_nothing_that_lies_in_another_place(registry: str | None) -> None:
    old = ImagesLock("old", "lan:5000", {"auth": {"amd64": A}})
    assert images.merged(old, registry, made("presence"), {"presence": {"amd64": B}}).images == {"presence": {"amd64": B}}


def test_lock_leaves_the_old_one_as_it_is() -> None:
    old = ImagesLock("old", None, {"auth": {"amd64": A}})
    images.merged(old, None, made("auth"), {"auth": {"amd64": B}})
    assert old.images == {"auth": {"amd64": A}}


def test_lock_names_every_base_that_images_stand_on() -> None:
    found = made("auth", base="alpine") | made("presence", base="a stand-in")
    assert images.merged(None, None, found, {}).base == "a stand-in and alpine"


def test_each_node_gets_the_words_that_its_labels_say() -> None:
    nodes = [node("pi-1", "presence", "scanner"), node("pi-2"), node("pi-3", "scanner")]
    found = images.deliveries(made("auth", "presence"), nodes, URLS)
    assert found == [Delivery("pi-1", "unix:///pi-1", ("presence",), "amd64")]


def test_label_that_is_not_true_is_none() -> None:
    off = node("pi-1")
    off.labels["presence"] = "false"
    assert images.deliveries(made("presence"), [off], URLS) == []


def test_every_node_that_cannot_get_its_images_is_named_at_once() -> None:
    nodes = [node("pi-1", "auth", arch="aarch64"), node("pi-9", "auth"), node("pi-2", "auth")]
    with pytest.raises(InputError) as told:
        images.deliveries(made("auth"), nodes, URLS)
    assert [problem.split()[0] for problem in told.value.problems] == ["pi-1", "pi-9"]
    assert "images build --arch arm64 auth" in told.value.problems[0]


def test_each_node_gets_the_images_of_its_own_architecture() -> None:
    nodes = [node("pi-1", "auth", arch="aarch64"), node("pi-2", "auth")]
    found = images.deliveries(made("auth", arches=("amd64", "arm64")), nodes, URLS)
    assert [(one.node, one.arch) for one in found] == [("pi-1", "arm64"), ("pi-2", "amd64")]


def test_list_of_images_stays_while_nothing_that_it_lists_changes() -> None:
    both = {"amd64": A, "arm64": B}
    old = ImagesLock("old", "lan:5000", {"auth": both, "presence": both}, {"auth": sha("1"), "presence": sha("2")})
    lock = images.merged(old, "lan:5000", made("auth", "presence"), {"auth": {"amd64": A}, "presence": {"amd64": B}})
    assert lock.lists == {"auth": sha("1")}
    assert images.merged(old, "lan:5000", made("auth"), {}, {"presence": sha("3")}).lists["presence"] == sha("3")
    assert images.merged(old, None, made("auth"), {}).lists == {}
