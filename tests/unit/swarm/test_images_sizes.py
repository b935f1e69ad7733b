"""The paper's columns, budgets, and what is said of an image that breaks one."""

import pytest

from swarm import images_budget, images_paper, images_sizes
from swarm.engine_images import Image, Layer, content_of, history_of, image_of
from swarm.images_budget import Budget, Weighed
from swarm.images_sizes import Sizes

MARKED = [Layer("FROM", 20_000_000), Layer("RUN", 0), Layer("LABEL nanoswarm.variant=slim", 0), Layer("COPY", 1_500_000)]
PROMISED = {"image_total_mb": {"limit": 24}}
FILES = {"opt/cryptography/big.so": 9_000_000, "opt/Cryptography-49.0.dist-info/METADATA": 5_000, "opt/own.py": 20_000}


def test_base_ends_where_the_variant_is_named() -> None:
    assert images_sizes.sizes(MARKED, 21_500_000) == Sizes(20_000_000, 1_500_000)


def test_image_that_does_not_say_so_has_its_first_layer_for_a_base() -> None:
    assert images_sizes.sizes([Layer("ENV", 0), Layer("COPY", 5), Layer("COPY", 3)], 8) == Sizes(5, 3)
    assert images_sizes.sizes([], 8) == Sizes(0, 8)


def test_megabytes_are_a_million_bytes() -> None:
    assert images_sizes.plain(Sizes(20_000_000, 1_500_400)) == {"base_mb": 20.0, "unique_mb": 1.5, "total_mb": 21.5}


def test_layer_that_several_images_have_is_counted_once() -> None:
    assert images_sizes.together([{"base": 10, "a": 1}, {"base": 10, "b": 2}, {"base": 10, "a": 1}]) == 13


def test_engine_tells_the_newest_first_and_we_the_oldest() -> None:
    assert history_of([{"CreatedBy": "LABEL", "Size": 0}, {"CreatedBy": "COPY", "Size": 7}])[0] == Layer("COPY", 7)


def test_every_service_of_the_paper_has_its_figures_for_every_variant() -> None:
    for word in ("presence", "controller", "scanner", "auth", "guidance", "meeting"):
        for variant in ("slim", "multistage", "alpine", "official"):
            found = images_paper.published(word, variant)
            assert found is not None
            if found.base is not None and found.unique is not None:
                assert found.base + found.unique == pytest.approx(found.total, abs=0.2)
    assert images_paper.published("lamp", "slim") is None


def test_own_budget_is_the_services_and_the_total_one_is_everybodys() -> None:
    assert images_budget.budget({"own_mb": 2}, PROMISED, "python:3.13-alpine") == Budget(2, 24)
    assert images_budget.budget({"total_mb": 9}, PROMISED, "python:3.13-alpine").total_mb == 9
    assert images_budget.budget({}, {}, "python:3.13-alpine") == Budget()


def test_stand_in_for_the_base_has_the_same_limit() -> None:
    assert images_budget.budget({}, PROMISED, "nanoswarm/base:debian-13 (a stand-in, 0123)").total_mb == 24


def test_on_a_base_that_somebody_chose_only_their_own_layers_have_a_limit() -> None:
    assert images_budget.budget({"own_mb": 2}, PROMISED, "python:3.13-slim@sha256:1") == Budget(2, None)


def test_image_within_its_budget_is_not_complained_of() -> None:
    found = images_budget.weighed("auth", Sizes(20_000_000, 1_500_000), Budget(1.5, 21.5), {})
    assert images_budget.broken(found) == []


def test_broken_budget_says_by_how_much_and_names_the_largest_files() -> None:
    found = images_budget.broken(images_budget.weighed("auth", Sizes(20_000_000, 9_030_000), Budget(2, 24), {}))
    said = images_budget.complaint(found, FILES)
    assert "auth breaks its budget: its own layers 9.03 MB, 7.03 MB over its 2 MB; in total 29.03 MB, 5.03 MB over" in said
    assert said.endswith("/opt/cryptography/big.so 9000 kB, /opt/own.py 20 kB, /opt/Cryptography-49.0.dist-info/METADATA 5 kB")


def test_what_weighs_apart_counts_in_no_other_figure() -> None:
    limits = Budget(0.1, 24, {"cryptography": 9})
    own, apart, total = images_budget.weighed("auth", Sizes(20_000_000, 9_025_000), limits, FILES)
    assert own == Weighed("auth", "its own layers without what weighs apart", pytest.approx(0.02), 0.1)
    assert apart == Weighed("auth", "cryptography", pytest.approx(9.005), 9, apart=True)
    assert total.mb == pytest.approx(20.02)
    assert images_budget.broken([own, apart, total]) == [apart]


def test_package_apart_is_not_one_that_only_begins_like_it() -> None:
    found = images_budget.weighed("auth", Sizes(0, 7), Budget(apart={"crypto": 1}), {"opt/cryptography/a.so": 7})
    assert found[1].mb == 0


def attrs(**more: object) -> dict[str, object]:
    labels = {"org.opencontainers.image.base.name": "alpine", "org.opencontainers.image.created": "2026-01-01", "a": "b"}
    config = {"Env": ["A=1"], "Cmd": None, "Labels": labels, "Hostname": "x"}
    return {"Id": "sha256:1", "Architecture": "amd64", "Size": 5, "RootFS": {"Layers": ["sha256:l"]}, "Config": config, **more}


def test_images_are_equal_whenever_and_from_whichever_commit_they_were_made() -> None:
    one, other = image_of(attrs()), image_of(attrs(Id="sha256:2", Created="later"))
    later = {"org.opencontainers.image.base.name": "alpine", "org.opencontainers.image.revision": "fedcba", "a": "b"}
    assert one.content == other.content and one.id != other.id
    assert one.content == image_of(attrs(Config={"Env": ["A=1"], "Labels": later})).content
    assert one.base == "alpine"


@pytest.mark.parametrize(
    "more",
    [
        {"RootFS": {"Layers": ["sha256:l", "sha256:m"]}},
        {"Architecture": "arm64"},
        {"Config": {"Env": ["A=2"], "Labels": {"org.opencontainers.image.base.name": "alpine", "a": "b"}}},
        {"Config": {"Env": ["A=1"], "Labels": {"org.opencontainers.image.base.name": "alpine", "a": "c"}}},
        {"Config": {"Env": ["A=1"], "User": "0", "Labels": {"org.opencontainers.image.base.name": "alpine", "a": "b"}}},
    ],
)
def test_images_that_hold_or_do_something_else_are_not_equal(more: dict[str, object]) -> None:
    assert image_of(attrs()).content != image_of(attrs(**more)).content


def test_engine_and_registry_tell_of_the_same_content() -> None:
    config = {"Env": ["A=1"], "Labels": {"org.opencontainers.image.base.name": "alpine", "a": "b"}}
    assert content_of("amd64", ["sha256:l"], config) == image_of(attrs()).content


def test_image_without_a_configuration_is_still_an_image() -> None:
    assert image_of({"Id": "sha256:1", "Config": None}) == Image("sha256:1", "", 0, "", "", (), (), content_of("", (), {}))
