"""How a machine is named, and the URL of the engine on it."""

import pytest

from swarm import hosts
from swarm.errors import InputError

CONTEXTS = {"lobby": "ssh://pi@pi-lobby", "cloud": "tcp://192.0.2.7:2376", "loop": "context:loop"}


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("pi-lobby", "ssh://pi-lobby"),
        ("pi@pi-lobby", "ssh://pi@pi-lobby"),
        ("pi@pi-lobby.local:2222", "ssh://pi@pi-lobby.local:2222"),
        ("ssh://pi@192.0.2.21", "ssh://pi@192.0.2.21"),
        ("pi@[2001:db8::1]:22", "ssh://pi@[2001:db8::1]:22"),
        ("unix:///run/docker.sock", "unix:///run/docker.sock"),
        ("context:lobby", "ssh://pi@pi-lobby"),
    ],
)
def test_a_machine_is_named_in_many_ways(text: str, url: str) -> None:
    assert hosts.url_of(text, CONTEXTS.__getitem__) == url


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tcp://192.0.2.7:2375", "everybody's who reaches it; give it as USER@HOST"),
        ("https://192.0.2.7", "everybody's who reaches it"),
        ("context:cloud", "everybody's who reaches it"),
        ("context:loop", "is no URL of an engine"),
        ("npipe:////./pipe/docker", "npipe:// is not known here"),
        ("unix://docker.sock", "is no socket's path; write unix:///var/run/docker.sock"),
        ("-oProxyCommand=evil", "is no machine's name"),
        ("ssh://-oProxyCommand=evil", "is no machine's name"),
        ("pi@-evil", "is no machine's name"),
        ("ssh://pi@host/var/run/docker.sock", "is no machine's name"),
        ("pi@host:0", "is no machine's name"),
        ("pi@host:65536", "is no machine's name"),
        ("two words", "is no machine's name"),
        ("", "is no machine's name"),
    ],
)
def test_what_is_no_machine_or_not_safe_is_refused_with_what_to_write(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        hosts.url_of(text, CONTEXTS.__getitem__)


def test_parts_of_an_address_are_told_apart() -> None:
    assert hosts.ssh_parts("pi@[2001:db8::1]:2222") == ("pi", "2001:db8::1", 2222)
    assert hosts.ssh_parts("pi-lobby") == (None, "pi-lobby", None)
