"""The services as they run, each in a process of its own that can be killed: real logic and real shells, played devices."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

from nanoservices import wire
from nanoservices.auth import desk as auth_desk
from nanoservices.auth.rest_enrolments import EnrolmentResources
from nanoservices.coap import Endpoint, Handlers
from nanoservices.controller.__main__ import ControllerSettings
from nanoservices.controller.__main__ import Desk as Controlling
from nanoservices.errors import Unavailable
from nanoservices.guidance.animation import Frame
from nanoservices.guidance.device import DARK
from nanoservices.guidance.guiding import Guiding
from nanoservices.meeting.downloading import Auth
from nanoservices.meeting.showing import Showing
from nanoservices.meeting.view import Contents, Pane, View
from nanoservices.presence.__main__ import PresenceSettings, Watch
from nanoservices.process import Process
from nanoservices.scanner.listening import Listening
from nanoservices.settings import Secret, Settings
from tests.unit.controller.house import PLACE
from tests.unit.house.keeping import Archive
from tests.unit.house.network import End, Network, address
from tests.unit.house.people import NOON
from tests.unit.house.turning import Owner

SCAN_S, ARRIVE_S, SHOW_S, AWAY_S = 5.0, 60.0, 20.0, 10.0
HOLD_S, AGAIN_S, REPEAT_S = 4.0, 3.0, 1.0
STRIP = (True, True, True)
_CREDENTIAL = Secret("the room credential")
CONTROLLER, _AUTH = address("controller@server-1"), address("auth@server-1")


class Strip:
    """The LEDs stay as they were when their process is killed."""

    def __init__(self) -> None:
        self.frame: Frame = (DARK,) * len(STRIP)
        self.is_broken = False

    @property
    def is_lit(self) -> bool:
        return any(colour != DARK for colour in self.frame)

    def show(self, frame: Frame) -> None:
        if self.is_broken:
            raise Unavailable("the LEDs do not answer")
        self.frame = frame

    async def close(self) -> None:
        self.frame = (DARK,) * len(STRIP)


class Radio:
    def __init__(self) -> None:
        self.is_on = self.is_broken = False

    async def turn(self, on: bool) -> None:
        if on and self.is_broken:
            raise Unavailable("the radio does not turn")
        self.is_on = on


class Screen(Pane):
    """A pane that keeps what was seen at any time, in order; None when no contents were."""

    def __init__(self, room: str):
        super().__init__(room)
        self.seen: list[Contents | None] = [None]

    def show(self, view: View) -> bool:
        if view.contents != self.seen[-1]:
            self.seen.append(view.contents)
        return super().show(view)


class Instance:
    """One process of a word on a node. What the world sees of it: `watch`, `listening`, `guiding` or `showing`."""

    watch: Watch
    listening: Listening
    radio: Radio
    guiding: Guiding
    strip: Strip
    showing: Showing
    pane: Screen
    desk: Controlling
    enrolments: EnrolmentResources

    def __init__(self, network: Network, owner: Owner, boot: int, archive: Archive):
        self.owner, self.name, self.boot = owner, owner.name, boot
        self.word, _, self.node = owner.name.partition("@")
        self.since = network.loop.now  # started then, or killed
        self.zone = PLACE.nodes[self.node].zone
        self.end = End(network, owner)
        self._archive = archive
        self._network = network

    async def start(self) -> None:
        """Call as the owner."""
        self.process = self._process()
        self.process.boot = f"{int(1000 * (NOON + self._network.loop.now)):012x}-{self.boot:04x}"
        self.process.zone = self.zone
        self.process.endpoint = cast(Endpoint, self.end)
        make: Callable[[], Awaitable[Handlers]] = getattr(self, f"_{self.word}")
        await self.process.serve(await make())

    def _process(self) -> Process[Any]:
        found: dict[str, Any] = {"node": self.node, "controller": CONTROLLER}
        if self.word == "presence":
            return Process(self.word, PresenceSettings(**found, hold_s=HOLD_S, again_s=AGAIN_S))
        if self.word == "controller":
            limits = {"scan_window_s": SCAN_S, "arrive_s": ARRIVE_S, "show_s": SHOW_S, "away_s": AWAY_S}
            return Process(self.word, ControllerSettings(**found, **limits, auth=_AUTH, data=Path("/data")))
        return Process(self.word, Settings(**found))

    async def _presence(self) -> Handlers:
        self.watch = Watch(self.process, str(self.zone))
        self.process.deliver(self.watch.outbox)
        return {wire.PRESENCE: self.watch.get}

    async def _scanner(self) -> Handlers:
        self.radio = Radio()
        self.listening = Listening(self.process, str(self.zone), cast(Any, self.radio), REPEAT_S)
        self.process.deliver(self.listening.outbox)
        self.process.spawn(self.listening.keep())
        return {wire.SCAN: self.listening.put, wire.SCANS: self.listening.get}

    async def _guidance(self) -> Handlers:
        self.strip = Strip()
        self.guiding = Guiding(self.process, str(self.zone), cast(Any, self.strip), STRIP)
        return {wire.GUIDE: self.guiding.put, wire.GUIDED: self.guiding.get}

    async def _meeting(self) -> Handlers:
        room = str(self.zone)
        self.pane = Screen(room)
        self.showing = Showing(self.process, room, self.pane, Auth(self.process.endpoint, _AUTH, room, _CREDENTIAL))
        self.process.deliver(self.showing.outbox)
        return {wire.SCREEN: self.showing.put, wire.SHOWN: self.showing.get}

    async def _auth(self) -> Handlers:
        desk = auth_desk.Desk(
            cast(Any, self._archive), PLACE.rooms, _CREDENTIAL, self.process.problem,
            apart_s=0,  # people are somewhere else at once here
        )  # fmt: skip
        self.process.spawn(desk.look_after())
        self.enrolments = EnrolmentResources(cast(Any, self._archive), lambda order: None)
        return {
            wire.RECOGNISE: desk.recognise, wire.REPORT: desk.report, wire.HELD: self.enrolments.held,
            wire.CONTENTS: desk.contents, wire.ITEM: desk.item, wire.AGENDA: desk.agenda,
        }  # fmt: skip

    async def _controller(self) -> Handlers:
        self.desk = Controlling(self.process, PLACE)
        await self.desk.begin()
        return {wire.ANNOUNCE: self.desk.announced, wire.EVENTS: self.desk.events, wire.INSTANCES: self.desk.instances,
                wire.VISITS: self.desk.visits, wire.ZONES: self.desk.zones, wire.ENROL: self.desk.enrolling}  # fmt: skip
