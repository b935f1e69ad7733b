"""Any service killed in the middle of a visit: it is started again, and the visit ends with an outcome, in no wrong room."""

import pytest

from tests.interop.conftest import KeptDemo

pytestmark = pytest.mark.interop
VICTIMS = [
    "presence@pi-lobby",
    "scanner@pi-lobby",
    "auth@server-1",
    "guidance@pi-lobby",
    "controller@server-1",
    "presence@pi-room-1",
    "scanner@pi-room-1",
    "meeting@pi-room-1",
]


@pytest.mark.parametrize("victim", VICTIMS)
def test_visit_ends_with_an_outcome_though_somebody_is_killed(kept: KeptDemo, victim: str) -> None:
    kept.until_ready()
    kept.until_empty()
    before = kept.visits()
    kept.send("bob")
    kept.until(lambda: kept.new_visits(before), "a visit opens")
    kept.kill(victim)
    ended = kept.until(lambda: [v for v in kept.new_visits(before) if v.outcome and v.participant == "bob"], "it ends")
    assert {visit.room for visit in ended} == {"room-1"}
    assert all(visit.outcome in ("completed", "failed", "abandoned") for visit in ended)
    if ended[-1].outcome != "completed":
        assert ended[-1].reason
    kept.until_ready()


def test_controller_killed_while_somebody_walks_goes_on_with_the_same_visit(kept: KeptDemo) -> None:
    kept.until_ready()
    kept.until_empty()
    before = kept.visits()
    kept.send("carl")
    (lit,) = kept.until(lambda: [v for v in kept.new_visits(before) if any(step.name == "e" for step in v.steps)], "lit")
    kept.kill("controller@server-1")
    done = kept.until(lambda: [v for v in kept.new_visits(before) if v.id == lit.id and v.outcome], "the same visit ends")
    assert done[0].outcome == "completed"
    assert {step.name for step in lit.steps} <= {step.name for step in done[0].steps}
