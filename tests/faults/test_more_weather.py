"""The promises of tests/interop/faults at more rates of loss, with more seeds, for more outages, over the whole story."""

import re
from pathlib import Path

import pytest

from swarm.demo import cast, expectations
from tests.interop.faults.crowd import EVENTS, thousand_events
from tests.interop.faults.demo import Played, play
from tests.interop.faults.fate import FOUL
from tests.interop.faults.house import percentile
from tests.interop.faults.outage import outage
from tests.interop.faults.test_outage import LATE_S
from tests.interop.faults.test_thousand_events import MOST_S, P95_S

pytestmark = pytest.mark.interop
PROMISED = 0.3  # the loss up to which times are promised; beyond it a scanner may be given up, by name


@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("drop", [0.0, 0.1, 0.2, 0.3, 0.4])
def test_thousand_events_count_once_each_and_in_time(drop: float, seed: int, tmp_path: Path, table: list[str]) -> None:
    outcome = thousand_events(tmp_path, FOUL.losing(drop), seed)
    if not table:
        table.append("loss  seed      n  effect p50     p95     max  acknowledged p50  p95   max, in s")
    table.append(f"{drop:4.0%}  {seed:4}  {outcome.line()}")
    assert len(outcome.acknowledged_s) == EVENTS
    assert {effect: count for effect, count in outcome.effects.items() if count != 1 or effect not in outcome.sent} == {}
    missing = {zone_of(effect) for effect in outcome.sent - set(outcome.effects)}
    if drop > PROMISED:
        assert missing <= given_up(tmp_path)
        return
    assert missing == set() and len(outcome.effect_s) == EVENTS
    for times in (outcome.effect_s, outcome.acknowledged_s):
        assert percentile(times, 0.95) <= P95_S and max(times) <= MOST_S


def zone_of(effect: str) -> int:
    """Of a key or a person of crowd.py."""
    return int(effect.removeprefix("mac:").removeprefix("person-")[:4], 16)


def given_up(folder: Path) -> set[int]:
    """The zones whose scanner the controller could not reach within its budget, and named."""
    failures = [line for line in (folder / "controller.log").read_text().splitlines() if '"scan failed"' in line]
    return {int(number) for line in failures for number in re.findall(r"scanner@pi-(\d+): no answer", line)}


@pytest.mark.parametrize("run", [1, 2, 3])
def test_first_success_after_ten_seconds_of_nothing_is_not_late(run: int, tmp_path: Path, table: list[str]) -> None:
    lateness = outage(tmp_path, count=20)
    for what, late_s in (("events", [*lateness.events_s.values()]), ("commands", [*lateness.commands_s.values()])):
        shown = "  ".join(f"{percentile(late_s, part):.3f}" for part in (0.5, 0.95, 1.0))
        table.append(f"outage {run}, {what}: n {len(late_s)}, late by p50, p95, max: {shown} s")
        assert len(late_s) == 20 and min(late_s) >= 0 and max(late_s) <= LATE_S


@pytest.mark.parametrize("drop", [0.1, 0.2, 0.3])
def test_whole_story_goes_as_it_should(drop: float, tmp_path: Path, table: list[str]) -> None:
    async def story(played: Played) -> None:
        house, scenario = played.house, played.scenario
        await scenario.play()
        visits = list(house.watcher.visits.values())
        lit = house.world.has_lights(house.way[0])
        assert expectations.why_not_ok(visits, scenario.people, house.watcher.modes, house.room, lit) == []
        completed = [visit for visit in visits if visit.outcome == "completed"]
        assert len(completed) == len(cast.INVITED)
        longest_s = max(visit.steps[-1].at - visit.steps[0].at for visit in completed)
        table.append(f"story at {drop:.0%}: {len(completed)} completed, from the door to the screen in {longest_s:.1f} s")

    play(tmp_path, FOUL.losing(drop), story)
