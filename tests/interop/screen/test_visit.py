"""A whole visit, seen from the screen: the demo's house, its people, and a browser on the wall."""

import asyncio
import datetime
import json
import re
from pathlib import Path

import pytest

from nanoservices import clock
from swarm import labels_file
from swarm.demo.cast import TITLE, Cast
from swarm.demo.home import Home
from swarm.demo.house import House
from swarm.demo.pace import Pace
from swarm.demo.scenario import Scenario
from tests.interop.screen.browser import Browser, Page
from tests.interop.screen.rig import ROOT

pytestmark = pytest.mark.interop

# Every text that the screen has shown, as it changed, however shortly it was there.
WATCH = """window.story = [document.getElementById("shown").innerText]; new MutationObserver(() => {
  const now = document.getElementById('shown').innerText;
  if (window.story.at(-1) !== now) window.story.push(now);
}).observe(document.getElementById('shown'), {childList: true, subtree: true, characterData: true})"""


async def told(page: Page, words: str) -> None:
    await asyncio.to_thread(page.sees, words)


def test_visit_is_seen_from_personal_to_hidden_to_the_meeting_and_a_stranger_hides_it(browser: Browser, tmp_path: Path) -> None:
    async def story(home: Home) -> list[str]:
        cast = Cast(3)
        async with House(labels_file.read(ROOT / "labels.yml"), Pace(10.0), 3, home, lambda *_: None, lambda *_: None) as house:
            scenario = Scenario(house, cast, lambda *_: None)
            await asyncio.to_thread(cast.enrol, house.api(), house.room, datetime.datetime.now(datetime.UTC))
            with browser.page(house.screen_url) as page:
                page.run(WATCH)
                await told(page, "call the dentist")
                scenario.send("bob", house.way)
                house.stage.poke()
                await told(page, TITLE)
                await told(page, "Where we are")
                seen: list[str] = page.run("window.story")
                house.world.send_in("stranger", cast.stranger_tag(1), (house.way[-1],), clock.monotonic())
                house.stage.poke()
                await told(page, "Contents are hidden")
                assert not re.search(f"{TITLE}|Where we are|dentist", page.html)
                assert page.do("said") == []
                return seen

    home = Home(tmp_path / ".nanoswarm/demo")
    home.claim()
    try:
        seen = asyncio.run(story(home))
    finally:
        home.release()
    kinds = ["personal" if "dentist" in text else "meeting" if TITLE in text else "hidden" for text in seen]
    assert kinds[-1] == "meeting" and "personal" in kinds, json.dumps(seen)
    after = kinds[len(kinds) - 1 - kinds[::-1].index("personal") :]
    assert after[1] == "hidden", "what is personal goes first, then the meeting comes"
