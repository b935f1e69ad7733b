"""What is said of an engine that does not answer: why, and what to do about it."""

import errno
import os

import pytest
import requests

from swarm.engine import Engine
from swarm.errors import EngineError


class Silent:
    """In the place of docker-py's client: its transport fails as the system's calls did."""

    def __init__(self, number: int):
        self._why = OSError(number, os.strerror(number))  # of the subclass that Python has for it

    def info(self) -> None:
        raise requests.ConnectionError("Connection aborted.") from self._why


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOENT, r"\(there is no such socket\); install an engine .* systemctl start docker"),
        (errno.ECONNREFUSED, r"\(nobody listens there\); start the engine: systemctl start docker"),
        (errno.EACCES, r"\(Permission denied\); let your user speak to it: sudo usermod -aG docker \$USER"),
        (errno.EHOSTUNREACH, r"\(No route to host\); does the engine run\?"),
    ],
)
def test_silent_engine_is_named_with_why_and_what_to_do(number: int, told: str) -> None:
    engine = Engine("unix:///run/docker.sock")
    engine.__dict__["_client"] = Silent(number)
    with pytest.raises(EngineError, match=rf"^unix:///run/docker\.sock: does not answer {told}"):
        engine.facts()
