"""Two people led from the door to the screen, while every line between the real services loses some of what it carries."""

from pathlib import Path

import pytest

from tests.interop.faults.demo import Played, play
from tests.interop.faults.fate import FOUL

pytestmark = pytest.mark.interop
COUPLE = ("alice", "bob")


@pytest.mark.parametrize("drop", [0.1, 0.3])
def test_people_are_led_once_and_their_lights_put_out_though_every_line_loses_some(drop: float, tmp_path: Path) -> None:
    async def story(played: Played) -> None:
        house, watcher = played.house, played.house.watcher
        for name in COUPLE:
            played.scenario.send(name, house.way)
        await watcher.until(lambda: all(map(watcher.closed, COUPLE)), house.pace.budget_s)
        visits = [visit for name in COUPLE for visit in played.visits(name)]
        assert [(v.participant, v.outcome, v.room) for v in visits] == [(name, "completed", house.room) for name in COUPLE]
        await watcher.until(lambda: played.said("guidance", "guide stop").total() == len(COUPLE), 30)
        carried_out_once(played, [visit.id for visit in visits])
        assert await played.lights() == []
        assert played.proxy.tally.lost > 0

    play(tmp_path, FOUL.losing(drop), story)


def carried_out_once(played: Played, visits: list[str]) -> None:
    """What the controller commanded has been done, and nothing more often than it was commanded.

    A screen shows one thing: an order that the next one overtakes, for the other visit to the same meeting, is late there.
    """
    for command, deed, word in (("lead", "guide lead", "guidance"), ("screen", "screen meeting", "meeting")):
        commanded, done = played.said("controller", command), played.said(word, deed)
        least = 1 if word == "guidance" else 0
        assert all(least <= done[visit] <= max(1, commanded[visit]) for visit in visits), (command, commanded, done)
        assert any(done[visit] for visit in visits), (command, commanded, done)
    assert played.said("controller", "stop leading") == played.said("guidance", "guide stop") == dict.fromkeys(visits, 1)
    assert {visit.partition(".")[0] for visit in visits} <= set(played.said("scanner", "scan ordered"))
