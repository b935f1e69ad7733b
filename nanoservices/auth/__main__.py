"""auth: settings and wiring."""

from nanoservices import alive

alive.exit_if_asked()  # before the imports below, which cost far more than the probe

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from nanoservices import wire
from nanoservices.auth.desk import Desk
from nanoservices.auth.documents import MOST_BYTES
from nanoservices.auth.recognising import APART_S
from nanoservices.auth.rest import make_app
from nanoservices.auth.rest_enrolments import AskController, EnrolmentResources
from nanoservices.auth.sealing import LEAST_KEY, Seal
from nanoservices.auth.store import PATIENCE_S, Store, schema
from nanoservices.coap import Handlers
from nanoservices.database import AnyDatabase
from nanoservices.database_address import ADDRESS, parsed
from nanoservices.errors import SettingsError
from nanoservices.place import Place
from nanoservices.process import Process, run
from nanoservices.settings import Secret, Settings, load_place, setting
from nanoservices.web import WebServer

TIDY_S = 10.0


@dataclass(frozen=True, kw_only=True)
class AuthSettings(Settings):
    data: Path = setting(Path("/data"), says="the folder that holds what must survive a restart")
    database: str | None = setting(None, matching=ADDRESS, says="a MariaDB or MySQL server; by default a file in NANO_DATA")
    database_password: Secret | None = setting(None, high=200, says="and the password of the user in its address")
    seal_key: Secret = setting(
        low=LEAST_KEY,
        high=10_000,
        says="seals keys on disk; on further lines, what they were sealed with before",
    )
    keep_days: float = setting(90.0, low=1, high=36_500, says="days until a visit in the event log is forgotten")
    apart_s: float = setting(
        APART_S, low=0, high=600, says="a key strong in two zones that are not next to each other, within so long, is an alarm"
    )
    early_s: float = setting(900.0, low=0, high=86_400, says="how long before its start one may come to a meeting")
    http_bind: str = setting("0.0.0.0", says="address to listen on for the admin's HTTP")
    http_port: int = setting(8080, low=1, high=65535, says="and its TCP port")
    admin_token: Secret = setting(low=16, high=200, says="what an admin's requests carry as Bearer token")
    room_credential: Secret = setting(low=8, high=128, says="what the rooms' screens carry; the same as theirs")


async def build(process: Process[AuthSettings]) -> Handlers:
    settings = process.settings
    rooms = load_place(Place, settings.place).rooms
    store = Store(settings.data, settings.early_s, time.time(), seal=_seal(settings), database=_server(settings))
    desk = Desk(store, rooms, settings.room_credential, process.problem, settings.keep_days, settings.apart_s)
    process.at_stop(desk.close)
    enrolments = EnrolmentResources(store, _controller(process))
    app = make_app(store, rooms, settings.admin_token, time.time, enrolments)
    most_bytes = MOST_BYTES + 1_000_000  # over the app's own limit, whose refusal says more
    web = WebServer(app, settings.http_bind, settings.http_port, threads=4, most_bytes=most_bytes, admit=app.admit)
    web.start()
    process.at_stop(web.close)
    process.figures |= {
        "keys": lambda: store.directory.keys,
        "alarms": lambda: desk.recognising.alarms,
        "participants": lambda: store.counts.participants,
        "meetings": lambda: store.counts.meetings,
    }
    process.spawn(desk.look_after())
    process.spawn(desk.forget_old())
    process.spawn(_tidy(enrolments))
    return {
        wire.RECOGNISE: desk.recognise,
        wire.REPORT: desk.report,
        wire.HELD: enrolments.held,
        wire.CONTENTS: desk.contents,
        wire.ITEM: desk.item,
        wire.AGENDA: desk.agenda,
    }


def _controller(process: Process[AuthSettings]) -> AskController:
    """Asks the controller from a thread of the web server."""
    loop = asyncio.get_running_loop()

    def ask(order: wire.Enrolling) -> wire.Done:
        call = process.endpoint.call(wire.ENROL, process.settings.controller, order, peer="controller")
        answer: wire.Done = asyncio.run_coroutine_threadsafe(call, loop).result()
        return answer

    return ask


async def _tidy(enrolments: EnrolmentResources) -> None:
    while True:
        enrolments.time_passed()
        await asyncio.sleep(TIDY_S)


def _seal(settings: AuthSettings) -> Seal:
    try:
        return Seal(settings.seal_key.reveal())
    except ValueError as error:
        raise SettingsError([f"NANO_SEAL_KEY: {error}"]) from None


def _server(settings: AuthSettings) -> AnyDatabase | None:
    if settings.database is None:
        return None
    try:
        address = parsed(settings.database)
    except ValueError as error:
        raise SettingsError([f"NANO_DATABASE: {error}"]) from None
    from nanoservices.database_mysql import MySQL  # who keeps all in a file need not load it

    password = settings.database_password.reveal() if settings.database_password else ""
    return MySQL(address, password, schema("mysql"), PATIENCE_S)


if __name__ == "__main__":
    run("auth", AuthSettings, build)
