"""Somewhere it is noon: tests of a day may run at any time of it."""

import datetime


class Noon:
    """A time zone in which it is between twelve and one now."""

    def __init__(self) -> None:
        hours = 12 - datetime.datetime.now(datetime.UTC).hour
        self.zone = datetime.timezone(datetime.timedelta(hours=hours))
        self.name = f"Etc/GMT{-hours:+d}"  # whose sign is the other way round

    def at(self, hour: int, minute: int = 0, days: int = 0) -> float:
        today = datetime.datetime.now(self.zone).replace(hour=hour, minute=minute, second=0, microsecond=0)
        return (today + datetime.timedelta(days=days)).timestamp()
