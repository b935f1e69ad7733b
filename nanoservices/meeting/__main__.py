"""meeting: settings and wiring."""

from nanoservices import alive

alive.exit_if_asked()  # before the imports below, which cost far more than the probe

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from nanoservices import wire
from nanoservices.coap import Handlers
from nanoservices.meeting.downloading import Auth
from nanoservices.meeting.floor_plan import plan_of
from nanoservices.meeting.leading import Leading
from nanoservices.meeting.looking_ahead import LookingAhead
from nanoservices.meeting.room import room_of
from nanoservices.meeting.showing import Showing
from nanoservices.meeting.view import Pane
from nanoservices.meeting.viewers import Viewers, networks
from nanoservices.meeting.web import THREADS, App
from nanoservices.place import Place
from nanoservices.process import Process, run
from nanoservices.settings import Secret, Settings, load_place, setting
from nanoservices.web import WebServer


@dataclass(frozen=True, kw_only=True)
class MeetingSettings(Settings):
    auth: str = setting("coap://auth:5683", matching=wire.ADDRESS, says="auth's address")
    room_credential: Secret = setting(low=8, high=128, says="what lets a room's screen have its contents; the same as auth's")
    http_bind: str = setting("0.0.0.0", says="address to listen on for the screen's browser")
    agenda: Literal["titles", "times", "off"] = setting(
        "titles", says="what an idle screen says of the room's next meetings; titles only while nobody unknown is there"
    )
    names: bool = setting(False, says="whether a screen on the way may show who is led, by their ids")
    screens: str = setting("", high=1000, says="networks whose browsers may look, or anywhere; always: this machine's")
    screen_key: Secret | None = setting(None, low=16, high=128, says="lets any browser look that has come with it: /?key=...")
    http_port: int = setting(8080, low=1, high=65535, says="and its TCP port")


async def build(process: Process[MeetingSettings]) -> Handlers:
    settings = process.settings
    place = load_place(Place, settings.place)
    process.zone, room = room_of(place, settings.node)
    pane, plan = Pane(room or process.zone), plan_of(place.rooms, place.plan)
    app = App(pane, Viewers(networks(settings.screens), settings.screen_key), plan=plan)
    web = WebServer(app, settings.http_bind, settings.http_port, THREADS, most_bytes=16_384)
    process.at_stop(web.close)
    ordered = pane if room is not None else Pane(process.zone)  # on the way nobody gives orders
    auth = Auth(process.endpoint, settings.auth, room or process.zone, settings.room_credential)
    looking = LookingAhead(auth, settings.agenda == "titles") if room is not None and settings.agenda != "off" else None
    showing = Showing(process, room or process.zone, ordered, auth, looking)
    process.at_stop(showing.close)  # before the web: it sends the listeners away
    if room is None:
        process.spawn(Leading(process, process.zone, place.rooms, plan, pane, settings.names).live())
        process.at_stop(_closing(pane))
    if looking is not None:
        process.spawn(looking.live(showing.look))
    web.start()
    process.deliver(showing.outbox)
    return {wire.SCREEN: showing.put, wire.SHOWN: showing.get}


def _closing(pane: Pane) -> Callable[[], Awaitable[None]]:
    async def close() -> None:
        pane.close()

    return close


if __name__ == "__main__":
    run("meeting", MeetingSettings, build)
