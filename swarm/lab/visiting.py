"""Sends somebody into the room that runs on the lab, and follows their visit from node to node."""

import asyncio
import datetime
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from nanoservices import wire
from nanoservices.coap import Endpoint
from nanoservices.errors import NanoError
from nanoservices.settings import Secret
from swarm import labels_file, waterfall
from swarm.auth_api import AuthApi
from swarm.demo import cast, doorman, ways
from swarm.demo.cast import Cast
from swarm.demo.watcher import all_visits
from swarm.errors import LabError
from swarm.lab import tasks
from swarm.lab.devices import SEED
from swarm.lab.home import State
from swarm.lab.lookout import CONTROLLER
from swarm.lab.plan import WORLD, fitted
from swarm.lab.tasks import Task
from swarm.labels import Labels

Say = Callable[[str], None]
IsOver = Callable[[list[wire.Visit]], bool]
READY_S, SAID_S, LOOK_S = 30.0, 1.0, 0.1
VISIT_S, STORY_S = 90.0, 300.0
OPEN_FOR = datetime.timedelta(minutes=10)
_AUTH_PORT = "8080/tcp"


@dataclass
class Visited:
    """What came of it: `visits` are those that began since."""

    visits: list[wire.Visit] = field(default_factory=list)
    why_not_ok: list[str] = field(default_factory=list)


class Visitor:
    """For one lab that is up."""

    def __init__(self, state: State, say: Say):
        self._state, self._say = state, say
        self._labels = fitted(labels_file.read(state.labels), len(state.plan.nodes))
        self._room, _ = ways.room_with_screen(self._labels)
        self._way = ways.way_in(self._labels, self._room)

    def until_ready(self) -> None:
        """Wait for every service of labels.yml, as the controller knows them. LabError names what is not ready, and why."""
        began, said = time.monotonic(), ""
        while missing := self._missing():
            waited = time.monotonic() - began
            if waited > READY_S:
                raise LabError(f"the room on the lab is not ready: {'; '.join(missing)}")
            if waited > SAID_S and missing[0] != said:
                said = missing[0]
                self._say(f"waiting for the room: {said}")
            time.sleep(LOOK_S)

    def _missing(self) -> list[str]:
        try:
            return not_ready(self._labels, asyncio.run(_instances(tasks.the(self._state.plan, "controller"))))
        except (LabError, NanoError) as error:  # the controller may be starting
            return [str(error)]

    def prepare(self) -> None:
        """Tell auth who is invited, unless it knows and the meeting goes on for some time."""
        api, now = auth_api(tasks.the(self._state.plan, "auth")), datetime.datetime.now(datetime.UTC)
        ends = api.meeting_ends(cast.MEETING)
        if ends is not None and ends > now + OPEN_FOR:
            return
        for meeting in (cast.MEETING, cast.TOMORROW):  # they cannot be moved
            api.remove_meeting(meeting)
        Cast(SEED).enrol(api, self._room, now)
        self._say(f"alice has invited bob, carl and david to a meeting in {self._room}")

    def visit(self, name: str, zone: str | None) -> Visited:
        """Send one person in, and wait until their visit is closed."""
        zone = zone or self._way[0]
        visited = self._watched({"send": name, "zone": zone}, f"{name} comes in at {zone}", self._closed(name), VISIT_S)
        visited.why_not_ok = why_not_ok(name, visited.visits)
        return visited

    def story(self) -> Visited:
        """Everybody comes and goes, as in the demo."""
        visited = self._watched({"play": SEED}, "the story begins", self._told(), STORY_S)
        visited.why_not_ok = doorman.ask(WORLD, {"story": 0})["why_not_ok"]
        return visited

    def _watched(self, request: dict[str, object], says: str, is_over: IsOver, budget_s: float) -> Visited:
        try:
            return asyncio.run(self._watch(request, says, is_over, budget_s))
        except NanoError as error:
            raise LabError(f"the room on the lab does not answer as it should: {error}") from None

    async def _watch(self, request: dict[str, object], says: str, is_over: IsOver, budget_s: float) -> Visited:
        task = await asyncio.to_thread(tasks.the, self._state.plan, "controller")
        async with tasks.endpoint_beside(task) as endpoint:
            newest = max((visit.number for visit in await all_visits(endpoint, CONTROLLER)), default=0)
            await asyncio.to_thread(doorman.ask, WORLD, request)
            self._say(says)
            until = time.monotonic() + budget_s
            while True:
                visits = await _asked(endpoint, newest)
                if is_over(visits) or time.monotonic() > until:
                    return Visited(visits)
                await asyncio.sleep(LOOK_S)

    def _closed(self, name: str) -> IsOver:
        return lambda visits: any(visit.outcome is not None and waterfall.person(visit) == name for visit in visits)

    def _told(self) -> IsOver:
        heard = 0

        def is_told(_: list[wire.Visit]) -> bool:
            nonlocal heard
            answer = doorman.ask(WORLD, {"story": heard})
            for line in answer["lines"]:
                self._say(line)
            heard += len(answer["lines"])
            return bool(answer["told"])

        return is_told


def why_not_ok(name: str, visits: Iterable[wire.Visit]) -> list[str]:
    """Pure: what is wrong with the visit of one who was sent in."""
    wanted = "completed" if name in cast.INVITED else "refused"
    mine = [visit for visit in visits if waterfall.person(visit) == name]
    if not mine:
        return [f"{name} was not noticed, or not recognised; are the sensors of the zone ready?"]
    return [
        f"{name}'s visit is {visit.outcome or 'still open'} instead of {wanted} ({visit.reason or 'no reason given'})"
        for visit in mine
        if visit.outcome != wanted
    ]


def not_ready(labels: Labels, instances: Iterable[wire.Instance]) -> list[str]:
    """Pure: which services of labels.yml the controller does not know as ready, and why."""
    known = {(instance.word, instance.node): instance for instance in instances}
    found = []
    for name, node in labels.nodes.items():
        for word in node.run:
            instance = known.get((word, name))
            if word == "controller" or (instance is not None and instance.ready and not instance.silent):
                continue
            why = "has not announced itself" if instance is None else "; ".join(instance.why_not) or "is silent"
            found.append(f"{word} on {name}: {why}")
    return found


def auth_api(task: Task) -> AuthApi:
    """auth's REST as an admin: in a lab, root may look up the token where the task has it."""
    port, path = task.container.ports.get(_AUTH_PORT), task.container.environment.get("NANO_ADMIN_TOKEN_FILE")
    if port is None or path is None:
        missing = "NANO_ADMIN_TOKEN_FILE" if path is None else f"a published port {_AUTH_PORT}"
        raise LabError(f"{task.container.service} has no {missing}; deploy the room with: nanoswarm stack deploy")
    return AuthApi(f"http://{task.node.address}:{port}", Secret(task.file(path).strip()))


async def _asked(endpoint: Endpoint, after: int) -> list[wire.Visit]:
    """The controller may be away for a moment."""
    try:
        return await all_visits(endpoint, CONTROLLER, after)
    except NanoError:
        return []


async def _instances(controller: Task) -> tuple[wire.Instance, ...]:
    async with tasks.endpoint_beside(controller) as endpoint:
        told: wire.Instances = await endpoint.call(wire.INSTANCES, CONTROLLER, peer="controller")
        return told.instances
