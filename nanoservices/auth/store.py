"""All that auth keeps, and what it means for recognition, in memory. Any thread may use a Store."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nanoservices.auth.contents import Contents
from nanoservices.auth.directory import Directory
from nanoservices.auth.disk import Disk
from nanoservices.auth.events import EventLog
from nanoservices.auth.listing import Listing
from nanoservices.auth.logic import LATE_S
from nanoservices.auth.meetings import Meetings
from nanoservices.auth.people import People
from nanoservices.auth.rotating import Rotating
from nanoservices.errors import Unavailable


class Store:
    """`directory` is read without a lock and without the disk: it is replaced as a whole. `refresh` after a change."""

    def __init__(self, folder: Path, early_s: float, now_unix: float):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(f"the data folder {folder} cannot be used: {error.strerror}; check NANO_DATA") from None
        self.disk = Disk(folder / "auth.db")
        self.people = People(self.disk)
        self.meetings = Meetings(self.disk)
        self.contents = Contents(self.disk)
        self.events = EventLog(self.disk)
        self.listing = Listing(self.disk)
        self._early_s = early_s
        self._rotating = Rotating()
        self._rebuilding = threading.Lock()
        self._shown = -1
        self.directory = Directory(early_s=early_s, rotating=self._rotating)
        self.refresh(now_unix)

    def refresh(self, now_unix: float) -> None:
        """Show every change that was made before the call. Of the many who wait for it, one does the work for all."""
        wanted = self.disk.changes
        with self._rebuilding:
            if self._shown >= wanted:
                return
            shown = self.disk.changes
            directory = self._read(now_unix)
            self._rotating.prepare(directory.rolling, now_unix)
            self.directory, self._shown = directory, shown

    def look_ahead(self, now_unix: float) -> None:
        """Have the rolling ids of the next minute ready. Call more than once a minute."""
        with self._rebuilding:
            self._rotating.prepare(self.directory.rolling, now_unix)

    def _read(self, now_unix: float) -> Directory:
        lately = datetime.fromtimestamp(now_unix, UTC) - timedelta(seconds=LATE_S)
        return Directory(
            self.people.every_credential(),
            self.meetings.not_over_at(lately),
            self.contents.owners(),
            early_s=self._early_s,
            rotating=self._rotating,
        )

    def close(self) -> None:
        self.disk.close()
