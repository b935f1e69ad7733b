"""What bench.coap sends is what the services' own contract describes."""

import pytest

from bench.coap import datagrams
from bench.coap.datagrams import Ask
from bench.coap.servers import ours
from nanoservices import payload, wire
from nanoservices.coap_options import split, understand


def test_answer_is_a_row_of_the_contract_and_about_a_hundred_bytes() -> None:
    assert payload.encode(ours.presence(None, "coap://127.0.0.1:5683")) == datagrams.ANSWER
    assert 90 <= len(datagrams.ANSWER) <= 110
    assert wire.PRESENCE.path == datagrams.PATH and wire.EVENTS.path == datagrams.EVENTS_PATH


def test_event_passes_the_door_and_is_acknowledged_as_told() -> None:
    batch = payload.decode(wire.EventBatch, datagrams.EVENTS)
    assert payload.encode(ours.events(batch, "coap://127.0.0.1:5683")) == datagrams.ACKNOWLEDGED


@pytest.mark.parametrize("kind", [datagrams.CON, datagrams.NON])
def test_request_is_taken_apart_into_what_was_put_in(kind: int) -> None:
    ask = Ask(datagrams.EVENTS_PATH, datagrams.POST, datagrams.EVENTS, datagrams.CHANGED, kind=kind)
    data = ask.datagram(0x01020304)
    assert (data[0], data[1], data[2:4], data[4:8]) == (0x44 | kind << 4, 2, b"\3\4", b"\1\2\3\4")
    end = split(data, 8)
    asked = understand(data[8:end])
    assert (asked.path, asked.content_format, data[end + 1 :]) == (("events",), 50, datagrams.EVENTS)


def test_echo_is_as_long_as_an_answer() -> None:
    echoed = Ask(None).datagram(7)
    assert len(echoed) == 8 + len(datagrams.answer_beyond_head())
    assert echoed[:2] == Ask(None).head and echoed[4:8] == b"\0\0\0\7"
