"""What is measured, in this order; each by a command that anybody can run again by itself. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.paper import reading
from bench.paper.reading import Read
from swarm.images import SLIM, VARIANTS


@dataclass(frozen=True)
class Scenario:
    """`words`: after `python -m`; `quick`: what makes them short, None when there is no short version of it and --quick
    leaves it out. `takes`: the whole and the short one, for people."""

    name: str
    what: str
    words: tuple[str, ...]
    read: Read
    quick: tuple[str, ...] | None = ("--quick",)
    takes: tuple[str, str] = ("minutes", "seconds")
    engine: bool = False
    lab: bool = False

    def command(self, quick: bool) -> tuple[str, ...]:
        return (*self.words, *((self.quick or ()) if quick else ()), "--json")


_SWARM = ("bench.swarm", "--only")
_BUILDING = [
    Scenario(
        f"building-{variant}", f"Figure 6: deployment, {variant}", ("bench.building", "--variant", variant), reading.building,
        ("--quick",) if variant == SLIM else None, ("an hour on a Pi", "1 min"), engine=True,
    )
    for variant in VARIANTS
]  # fmt: skip
SCENARIOS = (
    Scenario("sizes", "Tables II to IV: images", ("swarm", "images", "ls"), reading.sizes, (), ("a minute",) * 2, engine=True),
    Scenario("orchestrator", "the orchestrator's size", ("bench.orchestrator",), reading.orchestrator, takes=("seconds",) * 2),
    Scenario("sensing", "Table V: presence, BLE authentication", ("bench.sensors",), reading.sensing, takes=("4 min", "1 min")),
    Scenario("visits", "a visit's hops on one host", ("bench.visits",), reading.visits_on_a_host, takes=("3 min", "30 s")),
    Scenario(
        "coap", "what a CoAP request costs", ("bench.coap", "--only", "server", "--only", "client"), reading.requests,
        ("--quick", "--rounds", "5", "--requests", "1000"), ("3 min", "30 s"),
    ),
    Scenario("scaling", "how it grows", ("bench.scaling",), reading.plainly("scale"), takes=("15 min", "2 min")),
    *_BUILDING,
    Scenario(
        "starting", "Figure 7: initiation", (*_SWARM, "start"), reading.starting, takes=("5 min", "1 min"), engine=True
    ),
    Scenario(
        "deploying", "Figure 7: the whole room", (*_SWARM, "deploy"), reading.starting, takes=("3 min", "1 min"), engine=True
    ),
    Scenario(
        "across", "a visit's hops across nodes", (*_SWARM, "visits"), reading.across, takes=("3 min", "1 min"),
        engine=True, lab=True,
    ),
    Scenario("nodes", "how it grows with nodes", ("bench.nodes",), reading.growing, takes=("6 min", "2 min"), engine=True),
    Scenario(
        "loss", "a node is lost: service back", ("bench.loss",), reading.plainly("room"), takes=("4 min", "1 min"),
        engine=True, lab=True,
    ),
)  # fmt: skip


def chosen(only: Sequence[str], quick: bool) -> list[Scenario]:
    """Those that were named; else all, less what has no short version where that is asked for."""
    if only:
        return [one for one in SCENARIOS if one.name in only]
    return [one for one in SCENARIOS if not quick or one.quick is not None]
