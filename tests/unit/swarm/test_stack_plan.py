"""What a deploy would change, of a service that is there and of one that somebody changed by hand."""

import pytest

from swarm import deploying, stack, stack_images, stack_plan
from swarm.engine_stack import Named, Service
from swarm.labels import Labels
from swarm.stack import Stack
from tests.unit.swarm.cluster import attrs_of, service, services
from tests.unit.swarm.conftest import SAMPLE, Reading

KIT = deploying.load_kit()


def rendered(labels: Labels, **images: str) -> Stack:
    return stack.render(KIT, labels, stack_images.plain(KIT) | images)


def changes(wanted: Stack, there: list[Service]) -> list[str]:
    return [str(change) for change in stack_plan.changes(wanted, there)]


def test_on_an_empty_cluster_everything_is_added(sample: Labels) -> None:
    assert changes(rendered(sample), [])[:2] == ["add auth", "add controller"]


def test_what_is_there_as_wanted_is_nothing_to_do(sample: Labels) -> None:
    assert changes(rendered(sample), services(rendered(sample))) == []


def test_what_changed_in_labels_yml_and_images_lock_is_told(sample: Labels, read: Reading) -> None:
    moved = read(SAMPLE.replace("GPIO27", "GPIO22"))
    wanted = rendered(moved, scanner="nanoswarm/scanner@sha256:" + "1" * 64)
    assert changes(wanted, services(rendered(sample))) == ["update guidance (labels.yml or a secret)", "update scanner (image)"]


def test_what_runs_no_more_is_removed(sample: Labels, read: Reading) -> None:
    without = read(SAMPLE.replace(", guidance]", "]"))
    assert changes(rendered(without), services(rendered(sample)))[-1] == "remove guidance"


@pytest.mark.parametrize(
    ("by_hand", "says"),
    [
        (lambda spec: spec["Mode"]["Replicated"].update(Replicas=0), "replicas"),
        (lambda spec: spec["TaskTemplate"]["ContainerSpec"].update(Image="other"), "image"),
        (lambda spec: spec["TaskTemplate"]["ContainerSpec"]["Env"].append("NANO_LOG_LEVEL=debug"), "environment"),
        (lambda spec: spec["TaskTemplate"]["Placement"].update(Constraints=[]), "placement"),
        (lambda spec: spec["TaskTemplate"]["ContainerSpec"]["Secrets"].pop(), "labels.yml or a secret"),
        (lambda spec: spec["Labels"].pop("nanoswarm.digest"), "settings"),
    ],
)
def test_what_somebody_changed_by_hand_is_put_right(sample: Labels, by_hand, says: str) -> None:  # type: ignore[no-untyped-def]
    there = {each.name: each for each in services(rendered(sample))}
    by_hand(there["auth"].spec)
    assert changes(rendered(sample), list(there.values())) == [f"update auth ({says})"]


def test_a_tag_that_docker_completed_is_the_same_image(sample: Labels) -> None:
    there = services(rendered(sample))
    there[0].spec["TaskTemplate"]["ContainerSpec"]["Image"] += ":latest"
    assert changes(rendered(sample), there) == []


def named(name: str, kind: str = "secret", *, created: str = "2026-01-01", **labels: str) -> Named:
    return Named(f"id-{name}", name, kind, {key.replace("_", "."): value for key, value in labels.items()}, created)


def test_the_secret_in_use_is_kept_before_a_newer_one(sample: Labels) -> None:
    names = ["admin-token-0123456789ab", "admin-token-ba9876543210"]
    there = [named(names[0]), named(names[1], created="2026-02-02"), named("admin-token-old", created="2026-03-03")]
    assert stack_plan.current_secret("admin-token", there, []) == names[1]
    used = stack.render(KIT, sample, stack_images.plain(KIT), {"admin-token": names[0]})
    assert stack_plan.current_secret("admin-token", there, services(used)) == names[0]
    assert stack_plan.current_secret("room-credential", there, []) is None


def test_a_secret_made_by_hand_for_room_yml_is_taken() -> None:
    assert stack_plan.current_secret("admin-token", [named("admin-token")], []) == "admin-token"


def test_only_what_is_ours_and_of_no_use_to_anybody_is_obsolete(sample: Labels, read: Reading) -> None:
    old, new = rendered(sample), rendered(read(SAMPLE.replace("GPIO27", "GPIO22")))
    older = rendered(read(SAMPLE.replace("GPIO27", "GPIO23")))
    configs = {word: next(name for name in each["configs"] if "guidance" in name) for word, each in
               {"older": older, "old": old, "new": new}.items()}  # fmt: skip
    there = [service(new, "guidance", PreviousSpec=attrs_of(old, "guidance")["Spec"])]
    known = [Named(name, name, "config", {"com.docker.stack.namespace": "room"}, "2026-01-01") for name in configs.values()]
    foreign = [named("admin-token"), Named("other", "other", "config", {"com.docker.stack.namespace": "lobby"}, "2026-01-01")]
    made = Named("unused", "room-credential-0123456789ab", "secret", {"nanoswarm.secret": "room-credential"}, "2026-01-01")
    sealing = named("seal-key-0123456789ab", nanoswarm_secret="seal-key", nanoswarm_lasting="what is stored needs it")
    found = stack_plan.obsolete([*known, *foreign, sealing, made], there)
    assert [each.name for each in found] == [
        configs["older"],
        made.name,
    ]
