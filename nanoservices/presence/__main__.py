"""presence: settings and wiring."""

from nanoservices import alive

alive.exit_if_asked()  # before the imports below, which cost far more than the probe

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from nanoservices import clock, wire
from nanoservices.coap import Handlers
from nanoservices.errors import SettingsError
from nanoservices.log import about
from nanoservices.outbox import Outbox
from nanoservices.place import Place
from nanoservices.presence.device import Pins, open_sensor
from nanoservices.presence.faults import SensorFaults
from nanoservices.presence.logic import Change, PresenceTracker
from nanoservices.process import Process, run
from nanoservices.settings import Settings, load_place, setting

log = logging.getLogger("presence")


@dataclass(frozen=True, kw_only=True)
class PresenceSettings(Settings):
    hold_s: float = setting(10.0, low=0.05, high=3600, says="seconds without motion until the zone is empty")
    again_s: float = setting(3.0, low=0.2, high=60, says="unbroken motion is told again after so many seconds")
    stuck_s: float = setting(3600.0, low=1, high=86400, says="motion without a break for so long is a faulty sensor's")
    chatter_s: float = setting(10.0, low=0.05, high=60, says="more than 20 motions within so long are a faulty sensor's")
    pins: Pins = setting("pigpio", says="pigpio: the host's GPIO daemon; simulated: the demo's world")
    world: Path | None = setting(None, says="the simulated world's socket")
    gpio_host: str = setting("localhost", says="where the GPIO daemon listens: a name, or the path of a Unix socket")
    gpio_port: int = setting(8888, low=1, high=65535, says="and its TCP port")


class Watch:
    """Feeds the tracker, and reports what it says."""

    def __init__(self, process: Process[PresenceSettings], zone: str):
        self._process = process
        self._zone = zone
        self._timer: asyncio.TimerHandle | None = None
        settings = process.settings
        self.tracker = PresenceTracker(settings.hold_s, clock.monotonic(), settings.again_s)
        self.faults = SensorFaults(settings.stuck_s, settings.chatter_s)
        self.outbox = Outbox()

    def motion_changed(self, moving: bool, at: float) -> None:
        self.faults.motion_changed(moving, at)
        if not self._is_faulty(at):
            self._report(self.tracker.motion_changed(moving, at))

    def trouble(self, why: str | None) -> None:
        self._process.problem("sensor", why)
        if why is not None:
            self._report(self.tracker.sensor_lost(why, clock.monotonic()))

    def _time_passed(self) -> None:
        now = clock.monotonic()
        self.faults.time_passed(now)
        if not self._is_faulty(now):
            self._report(self.tracker.time_passed(now))

    def _is_faulty(self, now: float) -> bool:
        """Whether what the sensor says is not worth anything; said when it begins, and taken in again when it ends."""
        why, before = self.faults.why, self._process.problems.get("fault")
        self._process.problem("fault", why)
        if why is not None:
            self._report(self.tracker.sensor_lost(why, now))
        elif before is not None:
            self._report(self.tracker.motion_changed(self.faults.moving, now))
        return why is not None

    def _report(self, change: Change | None) -> None:
        if change is not None:
            event = wire.PresenceEvent("presence", 0, change.at, self._zone, change.state, change.edge, change.why)
            self.outbox.put(event)
            self._process.endpoint.changed(wire.PRESENCE)
            log.info(change.state, extra=about(zone=self._zone, edge=change.edge, why=change.why))
        if self._timer is not None:
            self._timer.cancel()
        due = min((at for at in (self.tracker.wake_at(), self.faults.wake_at()) if at is not None), default=None)
        loop = asyncio.get_running_loop()
        self._timer = None if due is None else loop.call_later(max(0.0, due - clock.monotonic()), self._time_passed)

    async def get(self, _message: None, _sender: str) -> wire.Presence:
        since_s = clock.monotonic() - self.tracker.since
        return wire.Presence(self._zone, self.tracker.state, round(since_s, 3), self.tracker.why)


async def build(process: Process[PresenceSettings]) -> Handlers:
    settings = process.settings
    node = load_place(Place, settings.place).node(settings.node)
    if node.zone is None or node.gpio is None or node.gpio.pir is None:
        raise SettingsError([f"labels.yml: node {settings.node} runs presence and needs `zone` and `gpio: {{pir: GPIO4}}`"])
    process.zone = node.zone
    process.problem("sensor", "the sensor has not been read yet")
    sensor = open_sensor(
        settings.pins,
        settings.node,
        node.gpio.pir,
        world=settings.world,
        gpio_host=settings.gpio_host,
        gpio_port=settings.gpio_port,
    )
    process.at_stop(sensor.close)
    watch = Watch(process, node.zone)
    process.spawn(sensor.watch(watch.motion_changed, watch.trouble))
    process.deliver(watch.outbox)
    return {wire.PRESENCE: watch.get}


if __name__ == "__main__":
    run("presence", PresenceSettings, build)
