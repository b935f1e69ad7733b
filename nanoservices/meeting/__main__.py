"""meeting: settings and wiring."""

from nanoservices import alive

alive.exit_if_asked()  # before the imports below, which cost far more than the probe

from dataclasses import dataclass

from nanoservices import wire
from nanoservices.coap import Handlers
from nanoservices.meeting.downloading import Auth
from nanoservices.meeting.room import room_of
from nanoservices.meeting.showing import Showing
from nanoservices.meeting.view import Pane
from nanoservices.meeting.web import THREADS, make_app
from nanoservices.place import Place
from nanoservices.process import Process, run
from nanoservices.settings import Secret, Settings, load_place, setting
from nanoservices.web import WebServer


@dataclass(frozen=True, kw_only=True)
class MeetingSettings(Settings):
    auth: str = setting("coap://auth:5683", matching=wire.ADDRESS, says="auth's address")
    room_credential: Secret = setting(low=8, high=128, says="what lets a room's screen have its contents; the same as auth's")
    http_bind: str = setting("0.0.0.0", says="address to listen on for the screen's browser")
    http_port: int = setting(8080, low=1, high=65535, says="and its TCP port")


async def build(process: Process[MeetingSettings]) -> Handlers:
    settings = process.settings
    process.zone, room = room_of(load_place(Place, settings.place), settings.node)
    pane = Pane(room)
    web = WebServer(make_app(pane), settings.http_bind, settings.http_port, THREADS, most_bytes=16_384)
    process.at_stop(web.close)
    showing = Showing(process, room, pane, Auth(process.endpoint, settings.auth, room, settings.room_credential))
    process.at_stop(showing.close)  # before the web: it sends the listeners away
    web.start()
    process.deliver(showing.outbox)
    return {wire.SCREEN: showing.put, wire.SHOWN: showing.get}


if __name__ == "__main__":
    run("meeting", MeetingSettings, build)
