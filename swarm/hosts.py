"""How an admin names a machine, and the URL of the Docker engine on it. Pure.

pi@pi-lobby  pi-lobby  pi-lobby:2222  ssh://pi@pi-lobby     over SSH, to /var/run/docker.sock there
unix:///var/run/docker.sock                                 on this machine
context:NAME                                                where that Docker context points
"""

import re
from collections.abc import Callable

from swarm.errors import InputError
from swarm.files import shown

_USER, _HOST = r"[A-Za-z0-9_][A-Za-z0-9_.-]*", r"[A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.%a-z]+\]"  # never an option
_SSH = re.compile(rf"(?:(?P<user>{_USER})@)?(?P<host>{_HOST})(?::(?P<port>[0-9]{{1,5}}))?")
_USE_SSH = "give it as USER@HOST, and it is reached over SSH"


def url_of(text: str, context_url: Callable[[str], str]) -> str:
    """The engine's URL. `context_url` knows Docker contexts by name. InputError says what is wrong."""
    if text.startswith("context:"):
        return url_of(_known(context_url(text.removeprefix("context:"))), context_url)
    scheme, separator, rest = text.partition("://")
    if separator and scheme in ("tcp", "http", "https"):
        raise InputError([f"{shown(text)}: an engine that listens there is everybody's who reaches it; {_USE_SSH}"])
    if separator and scheme == "unix":
        if not re.fullmatch(r"/[^\s:?#]+", rest):
            raise InputError([f"{shown(text)}: is no socket's path; write unix:///var/run/docker.sock"])
        return text
    if separator and scheme != "ssh":
        raise InputError([f"{shown(text)}: {shown(scheme)}:// is not known here; {_USE_SSH}"])
    ssh_parts(rest if separator else text)
    return f"ssh://{rest if separator else text}"


def ssh_parts(text: str) -> tuple[str | None, str, int | None]:
    """User, host and port of `[user@]host[:port]`. InputError when it is something else."""
    parts = _SSH.fullmatch(text)
    if parts is None or not 0 < int(parts["port"] or 22) < 65536:
        raise InputError([f"{shown(text)}: is no machine's name; write HOST, USER@HOST or USER@HOST:PORT"])
    return parts["user"], parts["host"].strip("[]"), int(parts["port"]) if parts["port"] else None


def _known(url: str) -> str:
    if url.startswith("context:"):
        raise InputError([f"{shown(url)}: is no URL of an engine"])
    return url
