"""The task that asks on the benchmark's behalf, from inside the room's overlay network; one runs on each node.

Over TCP comes one line of JSON and goes one, when what it asks for has happened or `within_s` is over:

    {"knock": "10.0.1.5", "say": "40014e4e", "within_s": 20}   somebody answers a datagram that says this
    {"resolve": "auth", "within_s": 20}                        the name has an address here
    {"room": 8, "within_s": 20}                                so many instances and the controller say that they are ready
    {"trips": "10.0.1.5", "say": "40004e4e", "count": 200, "within_s": 20}   seconds that each answer took, one after the other

{"ok": true, "took_s": 1.2, "found": ...}; without `ok` it has not happened, and `found` says what was found instead. It runs
from the controller's image as a file on its own, so it imports what the controller does and nothing else.
"""

import asyncio
import json
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any

from nanoservices import wire
from nanoservices.coap import Endpoint
from nanoservices.errors import NanoError

PORT, COAP_PORT = 9683, 5683
DNS = ("127.0.0.11", 53)  # where an engine answers for the names of its networks
KNOCK_S, RESOLVE_S, LOOK_S = 0.004, 0.02, 0.03
_HEAD = bytes.fromhex("4e4e01000001000000000000")  # RFC 1035, 4.1.1: one question, recursion wished for
_A_IN = bytes.fromhex("00010001")

Find = Callable[[], Awaitable[tuple[bool, Any]]]


class Ear(asyncio.DatagramProtocol):
    """Hears one answer. That nobody listens yet is no news."""

    def __init__(self) -> None:
        self.heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, _sender: object) -> None:
        if not self.heard.done():
            self.heard.set_result(data)

    def error_received(self, _error: Exception) -> None:
        pass


async def say(where: tuple[str, int], data: bytes, every_s: float, within_s: float) -> bytes:
    """The first answer to `data`, said again and again. TimeoutError when there is none."""
    talk, ear = await asyncio.get_running_loop().create_datagram_endpoint(Ear, remote_addr=where, family=socket.AF_INET)
    try:
        async with asyncio.timeout(within_s):
            while not ear.heard.done():
                talk.sendto(data)
                await asyncio.wait([ear.heard], timeout=every_s)
        return ear.heard.result()
    finally:
        talk.close()


async def knock(address: str, data: bytes, within_s: float) -> tuple[bool, Any]:
    answer = await say((address, COAP_PORT), data, KNOCK_S, within_s)
    return True, answer[:4].hex()


async def trips(address: str, data: bytes, count: int, within_s: float) -> tuple[bool, Any]:
    took = []
    for _ in range(count):
        began = time.monotonic()
        await say((address, COAP_PORT), data, within_s, within_s)
        took.append(time.monotonic() - began)
    return True, took


async def resolve(name: str) -> tuple[bool, Any]:
    """An engine without the name may ask others, who may be silent: it is not waited for."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    try:
        address = address_in(await say(DNS, _HEAD + labels + b"\0" + _A_IN, RESOLVE_S, RESOLVE_S))
    except TimeoutError:
        address = None
    return address is not None, address


def address_in(answer: bytes) -> str | None:
    """The IPv4 address in an answer to such a question (RFC 1035, 4.1), which ends with the one record; None without one."""
    is_told = len(answer) > len(_HEAD) + 4 and answer[3] & 15 == 0 and answer[6:8] != b"\0\0"
    return ".".join(map(str, answer[-4:])) if is_told else None


class Room:
    """Asks everybody, as far as the controller knows them."""

    def __init__(self, endpoint: Endpoint, wanted: int):
        self._endpoint, self._wanted = endpoint, wanted

    async def look(self) -> tuple[bool, Any]:
        there, controller = await resolve("controller")
        if not there:
            return False, ["controller: has no address yet"]
        uri = f"coap://{controller}:{COAP_PORT}"
        try:
            told: wire.Instances = await self._endpoint.call(wire.INSTANCES, uri, peer="controller", budget_s=0.5)
            uris = [uri, *(instance.uri for instance in told.instances)]
            said = [await self._endpoint.call(wire.HEALTH, each, peer=each, budget_s=0.5) for each in uris]
        except NanoError as error:
            return False, [str(error)]
        missing = self._wanted - len(told.instances)
        found = [f"{each.word}@{each.node}: {'; '.join(each.why_not)}" for each in said if not each.ready]
        return not missing and not found, [*found, *([f"{missing} have not announced themselves"] if missing else [])]


async def until(find: Find, every_s: float, within_s: float) -> tuple[bool, Any]:
    end = time.monotonic() + within_s
    while True:
        there, found = await find()
        if there or time.monotonic() > end:
            return there, found
        await asyncio.sleep(every_s)


async def asked(request: dict[str, Any], endpoint: Endpoint) -> tuple[bool, Any]:
    within_s = float(request["within_s"])
    try:
        if "knock" in request:
            return await knock(request["knock"], bytes.fromhex(request["say"]), within_s)
        if "trips" in request:
            return await trips(request["trips"], bytes.fromhex(request["say"]), int(request["count"]), within_s)
        if "resolve" in request:
            return await until(lambda: resolve(request["resolve"]), RESOLVE_S / 2, within_s)
        return await until(Room(endpoint, int(request["room"])).look, LOOK_S, within_s)
    except (OSError, ValueError) as error:  # TimeoutError is one
        return False, repr(error)


async def main() -> None:
    endpoint = Endpoint()
    await endpoint.open("0.0.0.0", 0, {})

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request, began = json.loads(await reader.readline()), time.monotonic()
        there, found = await asked(request, endpoint)
        answer = {"ok": there, "took_s": time.monotonic() - began, "found": found}
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "0.0.0.0", PORT) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
