"""All that auth keeps, and what it means for recognition, in memory. Any thread may use a Store."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from nanoservices.auth.addresses import Addresses
from nanoservices.auth.alarms import Alarms
from nanoservices.auth.audit import Audit
from nanoservices.auth.beacons import Beacons
from nanoservices.auth.contents import Contents
from nanoservices.auth.directory import Directory
from nanoservices.auth.disk import Disk
from nanoservices.auth.erasures import Erasures
from nanoservices.auth.events import EventLog
from nanoservices.auth.listing import Listing
from nanoservices.auth.logic import LATE_S
from nanoservices.auth.meetings import Meetings
from nanoservices.auth.opening import open_up
from nanoservices.auth.people import People
from nanoservices.auth.privacy import Privacy
from nanoservices.auth.rotating import Rotating
from nanoservices.auth.sealing import Seal
from nanoservices.database import AnyDatabase, Database, Dialect
from nanoservices.errors import Unavailable
from nanoservices.log import about

log = logging.getLogger("auth")

PATIENCE_S = 0.8  # with a database; so that whoever asks has an answer within a second


class Counts(NamedTuple):
    """How many there are, also of those who have no key and of what is long over."""

    participants: int = 0
    meetings: int = 0


class Store:
    """`directory` is read without a lock and without the disk: it is replaced as a whole. `refresh` after a change.

    `folder` is made. Without `database` all is in a file there. A server that is not there yet is no error: `is_open`
    says whether it has been read, which `refresh` tries."""

    def __init__(
        self,
        folder: Path,
        early_s: float,
        now_unix: float,
        *,
        seal: Seal,
        database: AnyDatabase | None = None,
        clock: Callable[[], float] = time.time,
    ):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"the data folder {folder} cannot be used: {error.strerror}; check NANO_DATA") from None
        self.disk = Disk(database or Database(folder / "auth.db", schema("sqlite"), PATIENCE_S), clock)
        self.people = People(self.disk, seal)
        self.meetings = Meetings(self.disk)
        self.contents = Contents(self.disk)
        self.events = EventLog(self.disk)
        self.listing = Listing(self.disk)
        self.alarms = Alarms(self.disk)
        self.addresses = Addresses(self.disk)
        self.audit = Audit(self.disk)
        self.erasures = Erasures(self.disk, folder)
        self.privacy = Privacy(self.disk, self.people, self.meetings, self.events, self.erasures)
        self._seal = seal
        self._early_s = early_s
        self._rotating, self._beacons = Rotating(), Beacons()
        self._rebuilding = threading.Lock()
        self._shown = -1
        self._opened = 0
        self.also_refresh: list[Callable[[], None]] = []  # what else is read anew when something has changed
        self.directory = Directory(early_s=early_s, rotating=self._rotating)
        self.counts = Counts()
        self._first_look(now_unix)

    @property
    def is_open(self) -> bool:
        return self._opened > 0

    def _first_look(self, now_unix: float) -> None:
        try:
            self.refresh(now_unix)
        except Unavailable as error:
            if self.disk.database.dialect == "sqlite":
                self.close()
                raise
            log.warning("the database is not there yet", extra=about(why=str(error)))
        except BaseException:
            self.close()
            raise

    def refresh(self, now_unix: float) -> None:
        """Show every change that was made before the call. Of the many who wait for it, one does the work for all."""
        wanted = self.disk.changes
        with self._rebuilding:
            if self._shown >= wanted and self._opened == self.disk.database.opened:
                return
            self.disk.check()
            if self._opened != self.disk.database.opened:
                open_up(self.disk, self._seal, self.erasures)
                self._opened = self.disk.database.opened
            shown = self.disk.changes
            for refresh in self.also_refresh:
                refresh()
            directory, counts = self._read(now_unix), _counts(self.disk)
            directory.prepare(now_unix)
            self.directory, self.counts, self._shown = directory, counts, shown

    def look_ahead(self, now_unix: float) -> None:
        """Have the rolling ids of the next minute ready. Call more than once a minute."""
        with self._rebuilding:
            self.directory.prepare(now_unix)

    def _read(self, now_unix: float) -> Directory:
        lately = datetime.fromtimestamp(now_unix, UTC) - timedelta(seconds=LATE_S)
        return Directory(
            self.people.every_credential(),
            self.meetings.not_over_at(lately),
            self.contents.owners(),
            early_s=self._early_s,
            rotating=self._rotating,
            beacons=self._beacons,
        )

    def close(self) -> None:
        """What has been given to it is written first."""
        self.events.close()
        self.disk.close()


def _counts(disk: Disk) -> Counts:
    return Counts(*(int(disk.read(f"SELECT COUNT(*) AS n FROM {table}")[0]["n"]) for table in Counts._fields))  # noqa: S608


def schema(dialect: Dialect) -> Path:
    return Path(__file__).parent / "schema" / dialect
