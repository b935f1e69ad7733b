"""The whole house in one thread: every service as it runs, the network between them, people who walk about, and time."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any
from unittest import mock

from nanoservices import clock
from nanoservices.auth import desk as auth_desk
from nanoservices.auth.model import Meeting
from nanoservices.controller import __main__ as controller_main
from nanoservices.controller import store as controller_store
from tests.unit.controller.house import PLACE
from tests.unit.house.keeping import Archive, Disk
from tests.unit.house.network import CLEAR, Network, Weather
from tests.unit.house.people import CREDENTIALS, EARLY_S, KEYS, NOON, Person
from tests.unit.house.services import Instance
from tests.unit.house.turning import Owner, Turning, owner
from tests.unit.house.witness import Watcher

TICK_S, STIR_S, LINE_HIGH_S = 0.5, 3.0, 1.0
HEARD = 0.8  # so many of a key's adverts a scanner catches
NAMES = sorted(f"{word}@{node}" for node, entry in PLACE.nodes.items() for word in entry.run)
OFFSETS = {node: 977.0 * index for index, node in enumerate(sorted(PLACE.nodes), 1)}  # no two hosts' clocks agree


class House:
    """Use as a context. `seed` decides what the network does with each datagram."""

    def __init__(self, meetings: Iterable[Meeting] = (), seed: int = 0):
        self.loop = Turning()
        self.meetings = {meeting.id: meeting for meeting in meetings}
        self.people = {name: Person(name) for name in KEYS}
        self.archive = Archive(CREDENTIALS, self.meetings.values(), EARLY_S, NOON)
        self.disk = Disk()
        self.chance = random.Random(seed)
        self.witness = Watcher(self)
        self.network = Network(self.loop, self.chance, self.witness)
        self.instances: dict[str, Instance] = {}
        self.clear_since: float | None = None  # no message is lost since then
        self.sound_since: float | None = None  # and nothing is dead or broken
        self._boots = 0
        self._high_until: dict[str, float] = {}
        self._patches = contextlib.ExitStack()

    @property
    def now(self) -> float:
        return self.loop.now

    @property
    def controller(self) -> Instance:
        return self.instances["controller@server-1"]

    def __enter__(self) -> "House":
        asyncio.set_event_loop(None)
        unix = SimpleNamespace(time=lambda: NOON + self.now)
        for where, name, instead in (
            (clock, "monotonic", self._monotonic), (clock, "name", lambda: owner().clock), (auth_desk, "time", unix),
            (controller_main, "time", unix), (controller_store, "time", unix), (controller_store, "Database", self.disk.open),
        ):  # fmt: skip
            self._patches.enter_context(mock.patch.object(where, name, instead))
        self._patches.enter_context(_faults_of_errands(self.network.faults))
        self.loop.set_exception_handler(lambda _loop, what: self.network.faults.append(_error(what)))
        for name in NAMES:
            self.start(name)
        self.do(lambda: self.loop.call_later(TICK_S, self._tick))
        return self

    def __exit__(self, *_: object) -> None:
        for instance in self.instances.values():
            self.loop.kill(instance.owner)
        with contextlib.suppress(Exception):
            self.loop.run_until_complete(_rest(0.001))
        self.loop.close()
        self._patches.close()

    def _monotonic(self) -> float:
        return self.now + owner().offset_s

    # --- what happens -----------------------------------------------------------------------------------------------------

    def do(self, work: Callable[[], Any]) -> None:
        async def turn() -> None:
            result = work()
            if asyncio.iscoroutine(result):
                await result

        self.loop.run_until_complete(turn())

    def wait(self, seconds: float) -> None:
        self.loop.run_until_complete(_rest(seconds))

    def start(self, name: str, ago_s: float | None = None) -> None:
        """A new process, where there was one with what that had kept. `ago_s`: its host has been started so long ago."""
        self._boots += 1
        offset_s = OFFSETS[name.partition("@")[2]] if ago_s is None else ago_s - self.now
        of = Owner(name, offset_s, f"clock-{offset_s:g}")
        instance = Instance(self.network, of, self._boots, self.archive)
        self.do(lambda: of.spawn(instance.start()))
        self.instances[name] = instance
        if instance.word == "presence":
            self.do(lambda: self._line_is_read(instance))
        self._judge()

    def kill(self, name: str) -> None:
        self.do(lambda: self.loop.kill(self.instances[name].owner))
        self.instances[name].since = self.now
        self.witness.died(self.instances[name])
        self._judge()

    def sky(self, weather: Weather, cut: Iterable[str] = ()) -> None:
        self.network.weather, self.network.cut = weather, set(cut)
        self._judge()

    def _judge(self) -> None:
        clear = self.network.weather == CLEAR and not self.network.cut
        if not clear:
            self.clear_since = None
        elif self.clear_since is None:
            self.clear_since = self.now
        if not clear or self.disk.is_full or not all(instance.owner.is_alive for instance in self.instances.values()):
            self.sound_since = None
        elif self.sound_since is None:
            self.sound_since = self.now

    def fill_disk(self, is_full: bool) -> None:
        self.disk.is_full = is_full
        self._judge()

    def heal(self) -> None:
        """Nothing is lost any more, and everybody who died is started again."""
        self.disk.is_full = False
        self.sky(CLEAR)
        for name, instance in list(self.instances.items()):
            if not instance.owner.is_alive:
                self.start(name)

    def hold(self, meeting: Meeting) -> None:
        """An admin adds a meeting."""
        self.meetings[meeting.id] = meeting
        self.archive.keep(self.meetings.values(), NOON + self.now)

    def walk(self, name: str, zone: str | None, still: bool = False) -> None:
        """To a zone, or out of the house; `still`: and sits down there after one motion."""
        person = self.people[name]
        if person.zone != zone:
            self.witness.moved(person)
            person.zone, person.since = zone, self.now
        person.is_still = still
        if zone is not None:
            self.do(lambda: self._stir(person))

    # --- what the devices see -----------------------------------------------------------------------------------------------

    def _stir(self, person: Person) -> None:
        person.stirred_at = self.now
        zone = str(person.zone)
        was_high = self._high_until.get(zone, 0.0) > self.now
        self._high_until[zone] = self.now + LINE_HIGH_S
        self.loop.call_later(LINE_HIGH_S + 0.001, self._line_changed, zone)
        if not was_high:
            self._line_changed(zone)

    def _line_changed(self, zone: str) -> None:
        for instance in self.living("presence", zone):
            self._line_is_read(instance)

    def _line_is_read(self, instance: Instance) -> None:
        if hasattr(instance, "watch"):
            is_high = self._high_until.get(str(instance.zone), 0.0) > self.now
            instance.owner.run(instance.watch.motion_changed, is_high, self.now + instance.owner.offset_s)

    def living(self, word: str, zone: str | None = None) -> list[Instance]:
        found = [instance for instance in self.instances.values() if instance.word == word and instance.owner.is_alive]
        return [instance for instance in found if zone is None or instance.zone == zone]

    def _tick(self) -> None:
        self.loop.call_later(TICK_S, self._tick)
        for person in self.people.values():
            if person.zone is not None and not person.is_still and self.now - person.stirred_at >= STIR_S:
                self._stir(person)
        for scanner in self.living("scanner"):
            if scanner.radio.is_on:
                self._advertise(scanner)
        if not self.network.faults:  # one is enough
            self.witness.look()

    def _advertise(self, scanner: Instance) -> None:
        for person in self.people.values():
            for key in person.keys if person.zone == scanner.zone else ():
                if self.chance.random() < HEARD:
                    scanner.owner.run(scanner.listening.heard, key.says(NOON + self.now))


async def _rest(seconds: float) -> None:
    await asyncio.sleep(seconds)


def _error(what: dict[str, Any]) -> BaseException:
    error = what.get("exception")
    return error if isinstance(error, BaseException) else AssertionError(str(what))


@contextlib.contextmanager
def _faults_of_errands(faults: list[BaseException]) -> Any:
    """What a service catches as a fault of its own and only logs; nothing else is logged meanwhile."""

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info and record.exc_info[1] is not None:
                faults.append(record.exc_info[1])

    loggers = [
        logging.getLogger(name) for name in ("controller", "auth", "guidance", "meeting", "scanner", "presence", "nanoservices")
    ]
    handler, were = Keep(), [(logger, logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.ERROR)
        logger.propagate = False
    yield
    for logger, level, propagate in were:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate
