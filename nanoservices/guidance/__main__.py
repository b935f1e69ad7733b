"""guidance: settings and wiring."""

from nanoservices import alive

alive.exit_if_asked()  # before the imports below, which cost far more than the probe

from dataclasses import dataclass
from pathlib import Path

from nanoservices import wire
from nanoservices.coap import Handlers
from nanoservices.errors import SettingsError
from nanoservices.guidance.device import Pins, open_strip
from nanoservices.guidance.guiding import Guiding
from nanoservices.place import Led, Place
from nanoservices.process import Process, run
from nanoservices.settings import Settings, load_place, setting


@dataclass(frozen=True, kw_only=True)
class GuidanceSettings(Settings):
    pins: Pins = setting("pigpio", says="pigpio: the host's GPIO daemon; simulated: the demo's world")
    world: Path | None = setting(None, says="the simulated world's socket")
    gpio_host: str = setting("localhost", says="where the GPIO daemon listens: a name, or the path of a Unix socket")
    gpio_port: int = setting(8888, low=1, high=65535, says="and its TCP port")


async def build(process: Process[GuidanceSettings]) -> Handlers:
    settings = process.settings
    zone, leds = _strip(settings)
    process.zone = zone
    process.problem("strip", "the LEDs have not been reached yet")
    strip = open_strip(
        settings.pins,
        settings.node,
        leds,
        world=settings.world,
        gpio_host=settings.gpio_host,
        gpio_port=settings.gpio_port,
    )
    guiding = Guiding(process, zone, strip, tuple(len(led) == 3 for led in leds))
    process.at_stop(guiding.close)
    process.figures |= {"visits": lambda: len(guiding.guide.visits), "leds_on": guiding.leds_on}
    process.spawn(strip.live(guiding.trouble))
    return {wire.GUIDE: guiding.put, wire.GUIDED: guiding.get}


def _strip(settings: GuidanceSettings) -> tuple[str, tuple[Led, ...]]:
    node = load_place(Place, settings.place).node(settings.node)
    if node.zone is None or node.gpio is None or not node.gpio.leds:
        raise SettingsError(
            [f"labels.yml: node {settings.node} runs guidance and needs `zone` and `gpio: {{leds: [GPIO17, GPIO27]}}`"]
        )
    pairs = [led for led in node.gpio.leds if len(led) == 2]
    if pairs:
        shown = ", ".join(f"[{', '.join(led)}]" for led in pairs)
        raise SettingsError([f"labels.yml: node {settings.node}: an LED has one line, or red, green and blue; not {shown}"])
    return node.zone, node.gpio.leds


if __name__ == "__main__":
    run("guidance", GuidanceSettings, build)
