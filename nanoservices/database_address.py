"""Where a MariaDB or MySQL server is: mysql://user@host[:port]/database, or mysql://user@/database?socket=/path. Pure."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from nanoservices.payload import Matching

ADDRESS = Matching(
    r"mysql://[^@:/?#\s]+@[^@/?#\s]*/[A-Za-z0-9_-]{1,64}(\?socket=/[^?#&\s]+)?",
    "a database's address, as mysql://user@host:3306/auth or mysql://user@/auth?socket=/run/mysqld/mysqld.sock"
    " (its password is a setting of its own)",
)
PORT = 3306


@dataclass(frozen=True)
class Address:
    user: str
    database: str
    host: str = ""
    port: int = PORT
    socket: str | None = None

    def __str__(self) -> str:
        where = self.socket or f"{self.host}:{self.port}"
        return f"the database {self.database} at {where}"


def parsed(text: str) -> Address:
    """ValueError when it names neither a host nor a socket, or both."""
    parts = urlsplit(text)
    socket = dict(parse_qsl(parts.query)).get("socket")
    host = parts.hostname or ""
    if bool(host) == (socket is not None):
        raise ValueError(f"{text} has to name either a host or a socket; as {ADDRESS.says}")
    return Address(unquote(parts.username or ""), parts.path[1:], host, parts.port or PORT, socket)
