"""The demo's story, played on a lab: asked for on the control line, told line by line to whoever asks how it goes."""

import asyncio
from typing import Any

from nanoservices import clock
from swarm.demo import expectations
from swarm.demo.cast import Cast
from swarm.demo.scenario import Scenario, Setting


class Story:
    """{"play": seed} begins it; {"story": n} is answered with `lines` from n on, and once it is `told` with `why_not_ok`."""

    def __init__(self, setting: Setting, room: str):
        self._setting, self._room = setting, room
        self._lines: list[str] = []
        self._why_not_ok: list[str] = []
        self._task: asyncio.Task[None] | None = None

    @property
    def is_on(self) -> bool:
        return self._task is not None and not self._task.done()

    def is_meant(self, request: dict[str, Any]) -> bool:
        return "play" in request or "story" in request

    def __call__(self, request: dict[str, Any]) -> dict[str, Any]:
        says = self._begin(int(request["play"])) if "play" in request else ""
        lines = self._lines[int(request.get("story", 0)) :]
        return {"ok": not says, "says": says, "lines": lines, "told": not self.is_on, "why_not_ok": self._why_not_ok}

    def _begin(self, seed: int) -> str:
        """What is wrong with it; nothing if it has begun."""
        if self.is_on:
            return "the story is being played already"
        if there := [person.name for person in self._setting.world.people]:
            return f"the story begins with nobody there; let out {', '.join(there)}: nanoswarm lab leave"
        self._lines, self._why_not_ok = [], []
        self._task = asyncio.create_task(self._play(seed))
        return ""

    async def _play(self, seed: int) -> None:
        begun, watcher = clock.monotonic(), self._setting.watcher
        watcher.modes.clear()
        scenario = Scenario(self._setting, Cast(seed), self._lines.append)
        await scenario.play()
        visits = [visit for visit in watcher.visits.values() if visit.steps and visit.steps[0].at >= begun]
        has_lights = self._setting.world.has_lights(self._setting.way[0])
        self._why_not_ok = expectations.why_not_ok(visits, scenario.people, watcher.modes, self._room, has_lights)

    def check(self) -> None:
        """Raise what has stopped it, if something has."""
        if self._task is not None and self._task.done():
            self._task.result()
