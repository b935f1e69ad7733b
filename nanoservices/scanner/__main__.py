"""scanner: settings and wiring."""

from nanoservices import alive

alive.exit_if_asked()  # before the imports below, which cost far more than the probe

from dataclasses import dataclass
from pathlib import Path

from nanoservices import wire
from nanoservices.coap import Handlers
from nanoservices.errors import SettingsError
from nanoservices.place import Place
from nanoservices.process import Process, run
from nanoservices.scanner.device import RadioKind, ScanMode, open_radio
from nanoservices.scanner.listening import Listening
from nanoservices.settings import Settings, load_place, setting


@dataclass(frozen=True, kw_only=True)
class ScannerSettings(Settings):
    radio: RadioKind = setting("bluez", says="bluez: the host's bluetoothd; simulated: the demo's world")
    world: Path | None = setting(None, says="the simulated world's socket")
    mode: ScanMode = setting("active", says="passive: tags are not asked for more, and need bluetoothd --experimental")
    silence_s: float = setting(30.0, low=0.05, high=3600, says="a radio that hears nothing for so long is started anew")
    repeat_s: float = setting(1.0, low=0.05, high=60, says="least seconds between two sightings of one key in a scan")


async def build(process: Process[ScannerSettings]) -> Handlers:
    settings = process.settings
    node = load_place(Place, settings.place).node(settings.node)
    if node.zone is None or node.ble is None:
        raise SettingsError([f"labels.yml: node {settings.node} runs scanner and needs `zone` and `ble: hci0`"])
    process.zone = node.zone
    process.problem("radio", "the radio has not been tried yet")
    radio = open_radio(settings.radio, settings.node, node.ble, world=settings.world, mode=settings.mode)
    listening = Listening(process, node.zone, radio, settings.repeat_s, settings.silence_s)
    process.at_stop(listening.close)
    process.figures |= {
        "radio_on_s": listening.radio_on_s,
        "adverts": lambda: listening.adverts,
    }
    process.spawn(radio.live(listening.heard, listening.trouble))
    process.spawn(listening.keep())
    process.deliver(listening.outbox)
    return {wire.SCAN: listening.put, wire.SCANS: listening.get}


if __name__ == "__main__":
    run("scanner", ScannerSettings, build)
