"""Whatever bytes come to whatever handler: it does what they validly ask, or it refuses them and is what it was before."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices import wire
from nanoservices.errors import NanoError
from nanoservices.payload import decode, plain
from tests.unit.hostile import changed_somewhere, odd_json, often
from tests.unit.house.house import House
from tests.unit.house.network import End, Witness
from tests.unit.house.people import meeting
from tests.unit.house.services import CONTROLLER, Instance

CHANGING = [row for row in wire.TABLE if row.method != "GET"]
LOGIC = {
    "presence": ("watch.tracker",), "scanner": ("listening.book",), "guidance": ("guiding.guide", "strip.frame"),
    "meeting": ("showing.logic", "pane._view"), "auth": ("_archive.log", "_archive.held", "enrolments._enrolments"),
    "controller": ("desk.logic",),
}  # fmt: skip


class Ears(Witness):
    """Keeps what has been asked in earnest."""

    def __init__(self) -> None:
        self.said: dict[wire.Resource, list[Any]] = {row: [] for row in CHANGING}

    def asked(self, sender: End, row: wire.Resource, message: Any) -> None:
        if row in self.said and len(self.said[row]) < 30:
            self.said[row].append(json.loads(json.dumps(plain(message))))


class Lively(House):
    """One on her way, one in the room, contents on the screen; a key is held up at the entrance, to be enrolled."""

    def __enter__(self) -> "Lively":
        super().__enter__()
        ears = self.network.witness = Ears()
        self.witness.look = lambda: None  # type: ignore[method-assign]  # nobody in this house can be believed
        self.hold(meeting("m1", "room-1", -30, 80_000, ["alice", "bob"]))
        self.wait(11)
        self.do(self._enrol)
        for name, zones in (("bob", ("entrance", "room-1")), ("dora", ("entrance", None)), ("alice", ("entrance",))):
            for zone in zones:
                self.walk(name, zone)
                self.wait(7)
        self.said = ears.said
        return self

    async def _enrol(self) -> None:
        auth = self.instances["auth@server-1"]
        order = wire.Enrolling("enrolment-1", "entrance", 120.0)
        auth.enrolments._enrolments.open(order.enrolment, order.zone, "an-admin", order.window_s, self.now)
        await auth.owner.spawn(auth.end.call(wire.ENROL, CONTROLLER, order, peer="controller"))

    def tell(self, row: wire.Resource, instance: Instance, data: bytes) -> bool:
        """Whether the instance did what it was asked."""
        handler: Any = instance.end._handlers[row]
        try:
            message: Any = decode(row.request or object, data)
            self.loop.run_until_complete(asyncio.wait_for(self._handled(instance, handler, message), 10))
        except NanoError:
            return False
        return True

    async def _handled(self, instance: Instance, handler: Any, message: Any) -> None:
        await instance.owner.spawn(handler(message, "coap://somebody"))


def state(value: Any) -> Any:
    """All that a service's logic knows, as values that can be compared."""
    if isinstance(value, dict):
        return {key: state(held) for key, held in value.items()}
    if isinstance(value, list | tuple | set | frozenset) or type(value).__name__ == "deque":
        return [state(held) for held in value]
    if hasattr(value, "__dict__") and not callable(value):
        return {name: state(held) for name, held in vars(value).items()}
    return repr(value)


def everything(instance: Instance) -> Any:
    found = []
    for path in LOGIC[instance.word]:
        value: Any = instance
        for name in path.split("."):
            value = getattr(value, name)
        found.append(state(value))
    return found


@pytest.fixture(scope="module")
def house() -> Iterator[Lively]:
    with Lively() as lively:
        assert all(lively.said.values()), "the house is too quiet to know what is asked in it"
        yield lively
        assert not lively.network.faults


@pytest.mark.parametrize("row", CHANGING, ids=lambda row: f"{row.word}-{row.path}")
def test_what_is_refused_changes_nothing(row: wire.Resource, house: Lively) -> None:
    earnest = st.sampled_from(house.said[row])
    almost = earnest.flatmap(changed_somewhere).map(lambda said: json.dumps(said).encode())
    did = set()

    @often
    @given(odd_json | almost | earnest.map(lambda said: json.dumps(said).encode()), st.sampled_from(house.living(row.word)))
    def refused_or_done(data: bytes, instance: Instance) -> None:
        before = everything(instance)
        is_done = house.tell(row, instance, data)
        did.add(is_done)
        if not is_done:
            assert everything(instance) == before

    refused_or_done()
    assert did == {True, False}, "only one of the two was tried"
