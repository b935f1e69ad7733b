"""A room's contents from auth: the list, then every item, each checked against its size and its sha256."""

import asyncio
import hashlib
import io
from typing import Any

from nanoservices import clock, wire
from nanoservices.coap import Endpoint
from nanoservices.errors import Unavailable
from nanoservices.meeting.view import Contents, Item, contents_of
from nanoservices.settings import Secret

MOST_ITEM_BYTES = 20_000_000
MOST_BYTES = 24_000_000  # in all: they are kept in the memory of a Pi
LIST_S = 2.0
LEAST_BYTES_PER_S = 250_000  # slower than that, and the peer counts as silent


class Auth:
    """Where the contents are. What is wrong is told without the names of contents, which nobody may see yet."""

    def __init__(self, endpoint: Endpoint, uri: str, room: str, credential: Secret):
        self._endpoint = endpoint
        self._uri = uri
        self._room = room
        self._credential = credential

    async def contents(self, of: str) -> Contents:
        """PeerSilent, PeerRefused or Unavailable when they cannot be had as they should be."""
        listed = await self.listed(of)
        _check_sizes(listed.items)
        data: dict[str, bytes] = {}
        for number, item in enumerate(listed.items, 1):
            if item.sha256 not in data:
                data[item.sha256] = await self._item(of, item, f"item {number} of {len(listed.items)}")
        items = [Item(item.name, item.media_type, item.sha256, data[item.sha256]) for item in listed.items]
        return await asyncio.to_thread(contents_of, listed.title, items)

    async def listed(self, of: str) -> wire.Contents:
        """The list alone: whether they are still the same, and still to be had."""
        answer: wire.Contents = await self._ask(
            wire.CONTENTS, wire.ContentsQuery(self._room, of, self._credential.reveal()), LIST_S
        )
        return answer

    async def agenda(self, titles: bool) -> wire.Agenda:
        """What is on in the room and comes next, with or without what it is about."""
        query = wire.AgendaQuery(self._room, self._credential.reveal(), "true" if titles else "false")
        answer: wire.Agenda = await self._ask(wire.AGENDA, query, LIST_S)
        return answer

    async def _item(self, of: str, item: wire.ContentItem, which: str) -> bytes:
        data = await self._parts(of, item)
        if len(data) != item.bytes:
            raise Unavailable(f"auth: {which} has {len(data)} bytes, its list says {item.bytes}")
        if hashlib.sha256(data).hexdigest() != item.sha256:
            raise Unavailable(f"auth: {which} does not have the sha256 {item.sha256[:12]}… that its list says")
        return data

    async def _parts(self, of: str, item: wire.ContentItem) -> bytes:
        """Until they are as much as the list says, or no more come."""
        gathered = io.BytesIO()  # gives its bytes away without a second copy of them
        until = clock.monotonic() + LIST_S + item.bytes / LEAST_BYTES_PER_S
        part = 0
        while gathered.tell() < item.bytes:
            query = wire.ItemQuery(self._room, of, item.sha256, self._credential.reveal(), str(part))
            data: bytes = await self._ask(wire.ITEM, query, max(0.0, until - clock.monotonic()))
            if not data:
                break
            gathered.write(data)
            part += 1
        return gathered.getvalue()

    async def _ask(self, row: wire.Resource, query: Any, budget_s: float) -> Any:
        return await self._endpoint.call(row, self._uri, query, peer="auth", budget_s=budget_s)


def same(contents: Contents, listed: wire.Contents) -> bool:
    """Whether the list is of these contents."""
    had = [(item.name, item.media_type, item.sha256) for item in contents.items]
    return contents.title == listed.title and had == [(item.name, item.media_type, item.sha256) for item in listed.items]


def _check_sizes(items: tuple[wire.ContentItem, ...]) -> None:
    for number, item in enumerate(items, 1):
        if item.bytes > MOST_ITEM_BYTES:
            which = f"item {number} of {len(items)}"
            raise Unavailable(f"auth: {which} has {item.bytes} bytes, more than the {MOST_ITEM_BYTES} that a screen takes")
    total = sum({item.sha256: item.bytes for item in items}.values())
    if total > MOST_BYTES:
        raise Unavailable(f"auth: the contents have {total} bytes, more than the {MOST_BYTES} that a screen keeps in memory")
