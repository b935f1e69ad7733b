"""The door to aiocoap: one endpoint per process that serves this service's resources and calls its peers.

Handlers are coroutines `handler(message, sender)`: the shape of the row's request (None without one) and the address it
came from, as `coap://host:port`. They return the row's response, or raise a NanoError, which becomes its CoAP code.
Sources: RFC 7252 (CoAP), RFC 7641 (observe), RFC 7959 (block-wise), RFC 6690 (link format).
"""

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

os.environ.setdefault("AIOCOAP_REUSE_PORT", "0")  # a port that is taken shall be an error, not shared in silence

import aiocoap
import aiocoap.error
from aiocoap import resource
from aiocoap.numbers.codes import Code
from aiocoap.numbers.constants import TransportTuning

from nanoservices import payload, wire
from nanoservices.errors import NanoError, PayloadError, PeerRefused, PeerSilent, PortTaken, Unavailable
from nanoservices.names import Names

log = logging.getLogger(__name__)

Handler = Callable[[Any, str], Awaitable[Any]]
Handlers = Mapping[wire.Resource, Handler]

BUDGET_S = 2.0
JSON, OCTETS = 50, 42  # content formats

# Process-wide, for client and server alike: give up within the budget instead of CoAP's 93 s, and remember a request
# for 4 s instead of 247 (a request is 2.3 kB of memory for as long as it is remembered).
TransportTuning.ACK_TIMEOUT = 0.25
TransportTuning.MAX_RETRANSMIT = 2
TransportTuning.MAX_LATENCY = 1.0


class Endpoint:
    """A CoAP server and client on one socket. `handlers` must cover every row of its word in wire.TABLE."""

    def __init__(self) -> None:
        self._context: aiocoap.Context | None = None
        self._resources: dict[str, _Resource] = {}
        self._remotes: dict[str, Any] = {}
        self._names = Names()

    async def open(self, bind: str, port: int, handlers: Handlers) -> None:
        """Serve `handlers` on UDP `bind`:`port`. PortTaken when somebody else does."""
        site = resource.Site()
        for path in dict.fromkeys(row.path for row in handlers):
            rows = {row: handler for row, handler in handlers.items() if row.path == path}
            observable = any(row.observable for row in rows)
            self._resources[path] = (_Observable if observable else _Resource)(rows)
            site.add_resource(path.split("/"), self._resources[path])
        listing = resource.WKCResource(site.get_resources_as_linkheader, impl_info=None)
        site.add_resource([".well-known", "core"], listing)
        _check_free(bind, port)
        self._context = await aiocoap.Context.create_server_context(site, bind=(bind, port), transports=["udp6"])

    async def call(
        self, row: wire.Resource, uri: str, message: Any = None, *, peer: str | None = None, budget_s: float = BUDGET_S
    ) -> Any:
        """The peer's answer, in the row's response shape. `peer` is its name in errors.

        PeerSilent when none came within `budget_s`, PeerRefused when it said no or answered what it should not.
        """
        peer = peer or uri
        try:
            async with asyncio.timeout(budget_s):
                response = await self._exchange(row, uri, message)
        except TimeoutError:
            raise PeerSilent(peer, f"no answer to {row.method} /{row.path} within {budget_s:g} s") from None
        except (aiocoap.error.Error, OSError) as error:
            self._remotes.pop(uri, None)
            raise PeerSilent(peer, f"cannot be asked for {row.method} /{row.path}: {_why(error)}") from None
        if not response.code.is_successful():
            raise PeerRefused(peer, response.code.dotted, response.payload.decode(errors="replace")[:300])
        if row.response is bytes:
            return response.payload
        try:
            return payload.decode(row.response, response.payload)
        except PayloadError as error:
            raise PeerRefused(peer, response.code.dotted, f"but its answer is malformed: {error}") from None

    async def _exchange(self, row: wire.Resource, uri: str, message: Any) -> aiocoap.Message:
        if self._context is None:
            raise aiocoap.error.NetworkError("this endpoint is not open")
        request = aiocoap.Message(code=getattr(Code, row.method))
        if uri in self._remotes:  # spares a look-up: half of a call's time
            request.remote = self._remotes[uri]
        else:
            host, _, port = uri.removeprefix("coap://").partition(":")
            request.set_request_uri(f"coap://{await self._names.address(host)}:{port or aiocoap.COAP_PORT}")
        request.opt.uri_path = tuple(row.path.split("/"))
        if message is not None and row.method == "GET":
            request.opt.uri_query = tuple(f"{name}={value}" for name, value in payload.plain(message).items())
        elif message is not None:
            request.payload = payload.encode(message)
            request.opt.content_format = JSON
        response = await (_whole(self._context, request) if row.response is bytes else self._context.request(request).response)
        self._remotes[uri] = response.remote
        return response

    def changed(self, row: wire.Resource) -> None:
        """Tell the observers of `row` that its state is another one now."""
        watched = self._resources.get(row.path)
        if isinstance(watched, _Observable):
            watched.updated_state()

    async def close(self) -> None:
        self._names.close()
        if self._context is not None:
            await self._context.shutdown()
            self._context = None


def _check_free(bind: str, port: int) -> None:
    """aiocoap would leave its socket open when it cannot bind."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((bind, port))
        except socket.gaierror:
            raise PortTaken(f"{bind} is not an IPv4 address; set NANO_BIND to one of this host") from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(f"UDP port {port} on {bind} is taken by another process; set NANO_PORT to a free one") from None
            raise PortTaken(f"cannot listen on UDP {bind}:{port}: {error.strerror}; check NANO_BIND and NANO_PORT") from None


async def _whole(context: aiocoap.Context, request: aiocoap.Message) -> aiocoap.Message:
    """A large answer, block after block (RFC 7959 section 2.4). aiocoap itself would copy all that is there already for each
    block: 8 s for 5 MB, more than a minute for 20."""
    response = first = await context.request(request, handle_blockwise=False).response
    gathered = bytearray()
    while response.code.is_successful() and response.opt.block2 is not None:
        block = response.opt.block2
        if block.start != len(gathered) or response.opt.etag != first.opt.etag:
            raise aiocoap.error.ResourceChanged("another answer began before this one was whole")
        gathered += response.payload
        if not block.more:
            response.payload = bytes(gathered)
            break
        following = request.copy(mid=None, token=None, block2=(block.block_number + 1, False, block.size_exponent))
        following.remote = response.remote
        response = await context.request(following, handle_blockwise=False).response
    return response


class _Resource(resource.Resource):
    """The methods of one path."""

    def __init__(self, rows: Handlers):
        super().__init__()
        self._rows = {getattr(Code, row.method): (row, handler) for row, handler in rows.items()}
        first = next(iter(rows))
        self.ct = OCTETS if first.response is bytes else JSON
        self.rt = first.rt
        self.if_ = " ".join(dict.fromkeys(row.interface for row in rows))

    async def render(self, request: aiocoap.Message) -> aiocoap.Message:
        if request.code not in self._rows:
            raise aiocoap.error.UnallowedMethod()
        row, handler = self._rows[request.code]
        try:
            _check_formats(row, request)
            message = _message(row, request)
            response = _response(row, await handler(message, f"coap://{request.remote.hostinfo}"))
        except NanoError as error:
            response = _refusal(error)
        except Exception:
            log.exception("a handler failed", extra={"about": {"path": row.path, "method": row.method}})
            response = aiocoap.Message(code=Code.INTERNAL_SERVER_ERROR, payload=b"a fault in this service; its log has it")
        response.opt.no_response = request.opt.no_response
        return response


class _Observable(_Resource, resource.ObservableResource):
    pass


def _why(error: Exception) -> str:
    cause = error if isinstance(error, OSError) else error.__cause__ or error.__context__
    if isinstance(cause, ConnectionRefusedError):
        return "nobody listens there"
    return str(cause or error) or type(error).__name__


def _check_formats(row: wire.Resource, request: aiocoap.Message) -> None:
    served = OCTETS if row.response is bytes else JSON
    if request.opt.accept not in (None, served):
        raise aiocoap.error.NotAcceptable(f"only content format {served} is served here")
    if request.payload and request.opt.content_format not in (None, JSON):
        raise aiocoap.error.UnsupportedContentFormat(f"only content format {JSON} is understood here")


def _message(row: wire.Resource, request: aiocoap.Message) -> Any:
    if row.request is None:
        return None
    if row.method == "GET":
        pairs = (part.partition("=") for part in request.opt.uri_query)
        return payload.read(row.request, {name: value for name, _, value in pairs})
    return payload.decode(row.request, request.payload)


def _response(row: wire.Resource, answer: Any) -> aiocoap.Message:
    code = Code.CONTENT if row.method == "GET" else Code.CHANGED
    if row.response is bytes:
        return aiocoap.Message(code=code, payload=answer, content_format=OCTETS)
    return aiocoap.Message(code=code, payload=payload.encode(answer), content_format=JSON)


def _refusal(error: NanoError) -> aiocoap.Message:
    """The diagnostic payload of RFC 7252 section 5.5.2: a sentence for a person."""
    kind, detail = (int(part) for part in error.code.split("."))
    response = aiocoap.Message(code=Code(kind * 32 + detail), payload=str(error)[:300].encode())
    if isinstance(error, Unavailable):
        response.opt.max_age = max(1, round(error.retry_s))
    return response
