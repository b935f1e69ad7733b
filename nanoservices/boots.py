"""The name of one start of a service. Names of later starts sort after those of earlier ones, so that what still comes from
an earlier one can be told, even by who never heard of it while it was alive."""

import re
import secrets

_NAME = re.compile(r"([0-9a-f]{12})-[0-9a-f]{4}")
_LATEST = 16**12 - 1


def boot_name(now_unix: float, after: str = "") -> str:
    """A name for a start at this time of the calendar, that sorts after the name `after` also where the calendar does not:
    a Pi may have no clock of its own."""
    before = _NAME.fullmatch(after)
    least = int(before[1], 16) + 1 if before is not None else 0
    return f"{min(max(int(now_unix * 1000), least), _LATEST):012x}-{secrets.token_hex(2)}"
