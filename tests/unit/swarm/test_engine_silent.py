"""What is said of an engine that does not answer: why, and what to do about it."""

import errno
import http.client
import os

import docker.errors
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


class Strange:
    """As `Silent`; what answers is no engine that docker-py understands."""

    def __init__(self, error: Exception):
        self._error = error

    def info(self) -> None:
        raise docker.errors.DockerException("Error while fetching server API version") from self._error


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


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("API versions below 1.24 are no longer supported by this library."), r"\(it is older than Docker 20\.10\)"),
        (http.client.BadStatusLine("SSH-2.0-OpenSSH\r\n"), r"\(no Docker engine speaks like that: SSH-2\.0-OpenSSH\)"),
        (KeyError(0), r"\(no Docker engine speaks like that: 0\); name the engine's own socket"),
    ],
)
def test_what_is_no_engine_of_ours_is_called_so(error: Exception, told: str) -> None:
    engine = Engine("unix:///run/docker.sock")
    engine.__dict__["_client"] = Strange(error)
    with pytest.raises(EngineError, match=told):
        engine.facts()
