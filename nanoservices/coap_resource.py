"""A resource: the rows of one path, their handlers, and what goes out for what comes in.

`answer` is all there is to most requests. Blocks and observations are aiocoap's: `render` is what it calls for them.
"""

import asyncio
import functools
import hashlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, NamedTuple

import aiocoap
import aiocoap.error
from aiocoap import resource
from aiocoap.blockwise import Block1Spool, Block2Cache, IncompleteException
from aiocoap.numbers.codes import Code
from aiocoap.util.asyncio.timeoutdict import TimeoutDict

from nanoservices import payload, wire
from nanoservices.coap_options import CONTENT_FORMAT, LARGEST_BLOCK, MAX_AGE, Asked, encoded, uint, understand
from nanoservices.errors import NanoError, Unavailable

log = logging.getLogger(__name__)

Handler = Callable[[Any, str], Any]
Handlers = Mapping[wire.Resource, Handler]
METHODS = {"GET": 1, "POST": 2, "PUT": 3, "DELETE": 4}
JSON, OCTETS = 50, 42  # content formats
CONTENT, CHANGED, BAD_METHOD, NOT_ACCEPTABLE, UNSUPPORTED_FORMAT, FAULT = 0x45, 0x44, 0x85, 0x86, 0x8F, 0xA0
MOST_OBSERVERS = 64
ETAG_BYTES = 4
MOST_BODIES = 32  # gathered or handed out block by block at the same time
MOST_BODY_BYTES = 10_000_000
KEEP_BODY_S = 30.0


class Reply(NamedTuple):
    """An answer without its message layer."""

    code: int
    payload: bytes = b""
    content_format: int | None = None
    max_age: int | None = None

    @property
    def options(self) -> bytes:
        return _options(self.content_format, self.max_age)

    def message(self) -> aiocoap.Message:
        return aiocoap.Message(
            code=Code(self.code), payload=self.payload, content_format=self.content_format, max_age=self.max_age
        )


@functools.cache
def _options(content_format: int | None, max_age: int | None) -> bytes:
    kept = ((CONTENT_FORMAT, content_format), (MAX_AGE, max_age))
    return encoded(*((number, uint(value)) for number, value in kept if value is not None))


class Bodies(TimeoutDict):  # type: ignore[misc]
    """aiocoap's store of bodies under way, bounded: the oldest make room."""

    def __init__(self) -> None:
        super().__init__(KEEP_BODY_S)

    def __setitem__(self, key: Any, body: aiocoap.Message) -> None:
        self._items.pop(key, None)
        super().__setitem__(key, body)
        while len(self._items) > 1 and (len(self._items) > MOST_BODIES or self._bytes() > MOST_BODY_BYTES):
            oldest = next(iter(self._items))
            del self._items[oldest]
            if self._recently_accessed is not None:
                self._recently_accessed.discard(oldest)

    def _bytes(self) -> int:
        return sum(len(body.payload) for body in self._items.values())


class Uploads(Block1Spool):  # type: ignore[misc]
    """aiocoap's store of requests under way, bounded; a block that does not follow the last one is 4.08, not a fault."""

    def __init__(self) -> None:
        super().__init__()
        self._assemblies = Bodies()

    def feed_and_take(self, request: aiocoap.Message) -> aiocoap.Message:
        try:
            return super().feed_and_take(request)
        except ValueError:
            raise IncompleteException from None


class Downloads(Block2Cache):  # type: ignore[misc]
    """aiocoap's store of answers under way, bounded; of a state that is not kept any more, the block of the one now is as good:
    its tag tells them apart (RFC 7959 section 2.4)."""

    def __init__(self) -> None:
        super().__init__()
        self._completes = Bodies()

    async def extract_or_insert(self, request: aiocoap.Message, build: Callable[[], Awaitable[aiocoap.Message]]) -> Any:
        try:
            return await super().extract_or_insert(request, build)
        except IncompleteException:
            if request.code != Code.GET:  # anything else would be done again
                raise
        block, whole = request.opt.block2, await build()
        if not whole.code.is_successful():
            return whole
        return whole._extract_block(block.block_number, block.size_exponent, request.remote.maximum_payload_size)


class Resource(resource.Resource):  # type: ignore[misc]
    """The methods of one path."""

    def __init__(self, rows: Handlers):
        super().__init__()
        self._rows = {METHODS[row.method]: (row, handler) for row, handler in rows.items()}
        first = next(iter(rows))
        self.ct = OCTETS if first.response is bytes else JSON
        self.rt = first.rt
        self.if_ = " ".join(dict.fromkeys(row.interface for row in rows))
        self._block1 = Uploads()
        self._block2 = Downloads()

    def answer(self, code: int, asked: Asked, body: bytes, sender: str) -> Reply | Coroutine[Any, Any, Reply]:
        """The reply, at once or as a coroutine when the handler is one."""
        if code not in self._rows:
            return Reply(BAD_METHOD)
        row, handler = self._rows[code]
        try:
            refused = _wrong_format(row, asked, body)
            if refused is not None:
                return refused
            answer = handler(_message(row, asked, body), sender)
            if asyncio.iscoroutine(answer):
                return _later(row, answer)
            return _reply(row, answer)
        except Exception as error:
            return _refusal(row, error)

    async def render(self, request: aiocoap.Message) -> aiocoap.Message:
        if request.opt.observe == 0:  # aiocoap cuts only what is not observed into blocks
            return await self._block2.extract_or_insert(request, lambda: self._rendered(request))
        return await self._rendered(request)

    async def _rendered(self, request: aiocoap.Message) -> aiocoap.Message:
        reply = getattr(request, "reply", None)  # there already, and too large for one datagram
        if reply is None:
            asked = understand(request.opt.encode())
            reply = self.answer(int(request.code), asked, request.payload, request.remote.uri_base)
        if asyncio.iscoroutine(reply):
            reply = await reply
        message = reply.message()
        if reply.code == CONTENT and (request.opt.etags or request.opt.block2 or len(reply.payload) > 1 << LARGEST_BLOCK + 4):
            message.opt.etag = hashlib.blake2s(reply.payload, digest_size=ETAG_BYTES).digest()  # blocks of one state only
            if message.opt.etag in request.opt.etags:
                message = aiocoap.Message(code=Code.VALID, etag=message.opt.etag)
        message.opt.no_response = request.opt.no_response
        return message


class Observable(Resource, resource.ObservableResource):  # type: ignore[misc]
    @property
    def full(self) -> bool:
        return len(self._observations) >= MOST_OBSERVERS


class Listing(resource.WKCResource):  # type: ignore[misc]
    """What is here (RFC 6690). It does not list itself: without attributes, it would match every filter for any value."""

    def get_link_description(self) -> None:
        return None


class Site(resource.Site):  # type: ignore[misc]
    """aiocoap's site with a look-up that does not copy the message: that was a third of a request's time."""

    def at(self, path: tuple[str, ...]) -> Any:
        return self._resources.get(path)

    async def render_to_pipe(self, pipe: Any) -> None:
        child = self._resources.get(pipe.request.opt.uri_path)
        if child is None:
            raise aiocoap.error.NotFound()
        await child.render_to_pipe(pipe)


class Context(aiocoap.Context):  # type: ignore[misc]
    """aiocoap's context with one coroutine for a request, which may be cancelled before it has begun, and no name for it."""

    def render_to_pipe(self, pipe: Any) -> None:
        task = self.loop.create_task(self._answer(pipe))
        pipe.on_interest_end(task.cancel)

    async def _answer(self, pipe: Any) -> None:
        try:
            await self.serversite.render_to_pipe(pipe)
        except aiocoap.error.RenderableError as error:
            pipe.add_response(error.to_message(), is_last=True)
        except Exception:
            log.exception("a request failed")
            pipe.add_response(aiocoap.Message(code=Code.INTERNAL_SERVER_ERROR), is_last=True)


async def _later(row: wire.Resource, answer: Awaitable[Any]) -> Reply:
    try:
        return _reply(row, await answer)
    except Exception as error:
        return _refusal(row, error)


def _wrong_format(row: wire.Resource, asked: Asked, body: bytes) -> Reply | None:
    served = OCTETS if row.response is bytes else JSON
    if asked.accept is not None and asked.accept != served:
        return Reply(NOT_ACCEPTABLE, f"only content format {served} is served here".encode())
    if body and asked.content_format is not None and asked.content_format != JSON:
        return Reply(UNSUPPORTED_FORMAT, f"only content format {JSON} is understood here".encode())
    return None


def _message(row: wire.Resource, asked: Asked, body: bytes) -> Any:
    if row.request is None:
        return None
    if row.method == "GET":
        pairs = (part.partition("=") for part in asked.query)
        return payload.read(row.request, {name: value for name, _, value in pairs})
    return payload.decode(row.request, body)


def _reply(row: wire.Resource, answer: Any) -> Reply:
    code = CONTENT if row.method == "GET" else CHANGED
    return Reply(code, answer, OCTETS) if row.response is bytes else Reply(code, payload.encode(answer), JSON)


def _refusal(row: wire.Resource, error: Exception) -> Reply:
    """The diagnostic payload of RFC 7252 section 5.5.2: a sentence for a person."""
    if not isinstance(error, NanoError):
        log.error("a handler failed", exc_info=error, extra={"about": {"path": row.path, "method": row.method}})
        return Reply(FAULT, b"a fault in this service; its log has it")
    kind, detail = (int(part) for part in error.code.split("."))
    max_age = max(1, round(error.retry_s)) if isinstance(error, Unavailable) else None
    return Reply(kind * 32 + detail, str(error)[:300].encode(errors="replace")[:400], max_age=max_age)
