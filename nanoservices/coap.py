"""The door to CoAP: one endpoint per process that serves this service's resources and calls its peers.

Handlers are functions or coroutines `handler(message, sender)`: the shape of the row's request (None without one) and
the address it came from, as `coap://host:port`. They return the row's response, or raise a NanoError, which becomes its
CoAP code. A plain function is answered without a task: write one where nothing has to be waited for.
Sources: RFC 7252 (CoAP), RFC 7641 (observe), RFC 7959 (block-wise), RFC 6690 (link format), RFC 9175 (Echo, Request-Tag).

The rooms behind this door: coap_server.py answers, coap_client.py asks, coap_resource.py is what is served,
coap_options.py, coap_memory.py and coap_proof.py are the pure parts, coap_socket.py the wire.
"""

import asyncio
import secrets
from typing import Any

from aiocoap.numbers.constants import TransportTuning
from aiocoap.tokenmanager import TokenManager

from nanoservices import payload, wire
from nanoservices.coap_client import Answer, Client, Options
from nanoservices.coap_memory import Address
from nanoservices.coap_options import CONTENT_FORMAT, URI_PATH, URI_QUERY, Malformed, split, uint, understand
from nanoservices.coap_proof import Proofs
from nanoservices.coap_resource import JSON, METHODS, Context, Handler, Handlers, Listing, Observable, Resource, Site
from nanoservices.coap_server import Server
from nanoservices.coap_socket import Local, Socket
from nanoservices.errors import PayloadError, PeerRefused, PeerSilent
from nanoservices.names import Names

__all__ = ["BUDGET_S", "Endpoint", "Handler", "Handlers"]

BUDGET_S = 2.0
DEFAULT_PORT = 5683
_CON, _ACK, _RST = 0, 2, 3

# Process-wide, for what aiocoap sends by itself (notifications): a peer that is away is given up after 8 to 12 s, not 93.
TransportTuning.ACK_TIMEOUT = 0.25
TransportTuning.MAX_RETRANSMIT = 4
TransportTuning.MAX_LATENCY = 1.0


class Endpoint:
    """A CoAP server and client on one socket. `handlers` must cover every row of its word in wire.TABLE."""

    def __init__(self) -> None:
        self._resources: dict[str, Resource] = {}
        self._addresses: dict[str, Address] = {}
        self._names = Names()
        self._proofs = Proofs()
        self._message_id = secrets.randbelow(1 << 16)
        self._socket: Socket | None = None
        self._client: Client | None = None
        self._server: Server | None = None

    async def open(self, bind: str, port: int, handlers: Handlers) -> None:
        """Serve `handlers` on UDP `bind`:`port`. PortTaken when somebody else does."""
        site = Site()
        for path in dict.fromkeys(row.path for row in handlers):
            rows = {row: handler for row, handler in handlers.items() if row.path == path}
            observable = any(row.observable for row in rows)
            self._resources[path] = (Observable if observable else Resource)(rows)
            site.add_resource(path.split("/"), self._resources[path])
        site.add_resource([".well-known", "core"], Listing(site.get_resources_as_linkheader, impl_info=None))
        self._socket = Socket(bind, port, self._received, self._failed)
        self._client = Client(self._send, self._next_message_id)
        self._server = _server(site, self._socket, self._proofs, self._next_message_id)

    @property
    def refused(self) -> int:
        """How many datagrams came that were no CoAP message."""
        return self._server.refused if self._server is not None else 0

    async def call(
        self, row: wire.Resource, uri: str, message: Any = None, *, peer: str | None = None, budget_s: float = BUDGET_S
    ) -> Any:
        """The peer's answer, in the row's response shape. `peer` is its name in errors.

        PeerSilent when none came within `budget_s`, PeerRefused when it said no or answered what it should not.
        """
        peer = peer or uri
        try:
            async with asyncio.timeout(budget_s):
                answer = await self._ask(row, uri, message)
        except TimeoutError:
            self._addresses.pop(uri, None)  # it may be somewhere else by now
            raise PeerSilent(peer, f"no answer to {row.method} /{row.path} within {budget_s:g} s") from None
        except OSError as error:
            self._addresses.pop(uri, None)
            raise PeerSilent(peer, f"cannot be asked for {row.method} /{row.path}: {_why(error)}") from None
        if not answer.successful:
            raise PeerRefused(peer, answer.dotted, answer.payload.decode(errors="replace")[:300])
        if row.response is bytes:
            return answer.payload
        try:
            return payload.decode(row.response, answer.payload)
        except PayloadError as error:
            raise PeerRefused(peer, answer.dotted, f"but its answer is malformed: {error}") from None

    async def _ask(self, row: wire.Resource, uri: str, message: Any) -> Answer:
        if self._client is None:
            raise OSError("this endpoint is not open")
        address = self._addresses.get(uri)
        if address is None:
            address = self._addresses[uri] = await self._address(uri)
        options: Options = tuple((URI_PATH, part.encode()) for part in row.path.split("/"))
        if message is None:
            return await self._client.ask(address, METHODS[row.method], options)
        if row.method == "GET":
            query = tuple((URI_QUERY, f"{name}={value}".encode()) for name, value in payload.plain(message).items())
            return await self._client.ask(address, METHODS[row.method], options + query)
        body = payload.encode(message)
        return await self._client.ask(address, METHODS[row.method], (*options, (CONTENT_FORMAT, uint(JSON))), body)

    async def _address(self, uri: str) -> Address:
        host, _, port = uri.removeprefix("coap://").partition(":")
        if not port.isascii() or not (port or str(DEFAULT_PORT)).isdigit() or not 0 < int(port or DEFAULT_PORT) < 1 << 16:
            raise OSError(f"{uri} is not an address; it looks like coap://host:{DEFAULT_PORT}")
        return await self._names.address(host), int(port or DEFAULT_PORT)

    def changed(self, row: wire.Resource) -> None:
        """Tell the observers of `row` that its state is another one now."""
        watched = self._resources.get(row.path)
        if isinstance(watched, Observable):
            watched.updated_state()

    async def close(self) -> None:
        self._names.close()
        server, client, opened = self._server, self._client, self._socket
        self._server = self._client = self._socket = None  # nothing more comes in
        if server is not None and client is not None and opened is not None:
            client.close()
            await server.token_manager.shutdown()
            opened.close()

    # --- what comes in --------------------------------------------------------------------------------------------

    def _received(self, data: bytes, peer: Address, local: Local, whole: bool) -> None:
        if self._server is None or len(data) < 4 or data[0] >> 6 != 1:  # another protocol, or another version of this one
            return
        kind, code = data[0] >> 4 & 3, data[1]
        if 1 <= code < 32 and kind < _ACK:
            self._server.request(data, peer, local, whole)
        elif code == 0 and len(data) == 4 and not data[0] & 15:
            self._empty(kind, data, peer, local)
        elif 64 <= code < 192 and kind < _RST and whole:
            self._response(kind, data, peer, local)
        else:
            self._server.reject(data, peer, local, f"a message of code {code >> 5}.{code & 31:02d} and type {kind}")

    def _empty(self, kind: int, data: bytes, peer: Address, local: Local) -> None:
        """An acknowledgement, a reset, or a ping (RFC 7252 sections 4.2 and 4.3)."""
        assert self._server is not None and self._client is not None and self._socket is not None
        mid = int.from_bytes(data[2:4], "big")
        if kind == _CON:
            self._socket.send(b"\x70\x00" + data[2:4], peer, local)
        elif kind == _ACK and not self._client.acknowledged(peer, mid):
            self._server.settled(peer, mid, reset=False)
        elif kind == _RST and not self._client.reset(peer, mid) and not self._server.pong(peer, mid):
            self._server.settled(peer, mid, reset=True)

    def _response(self, kind: int, data: bytes, peer: Address, local: Local) -> None:
        assert self._server is not None and self._client is not None
        start = 4 + (data[0] & 15)
        try:
            end = split(data, start)
            says = understand(data[start:end])
        except Malformed as error:
            self._server.reject(data, peer, local, str(error))
            return
        answer = Answer(data[1], data[end + 1 :], says)
        mid, token = int.from_bytes(data[2:4], "big"), data[4:start]
        known = start <= 12 and says.refusal is None and self._client.response(peer, kind, mid, token, answer)
        if known:
            self._proofs.believe(peer, asyncio.get_running_loop().time())  # only a receiver there knows the token
        if kind == _CON:
            self._server.acknowledge_answer(data, peer, local, known=known)

    def _failed(self, error: OSError, peer: Address) -> None:
        if self._client is not None and self._server is not None:
            self._client.failed(error, peer)
            self._server.failed(error, peer)

    def _send(self, datagram: bytes, peer: Address) -> None:
        if self._socket is not None:
            self._socket.send(datagram, peer, [])

    def _next_message_id(self) -> int:
        self._message_id = self._message_id + 1 & 0xFFFF
        return self._message_id


def _server(site: Site, socket: Socket, proofs: Proofs, message_id: Any) -> Server:
    """Our message manager under aiocoap's token manager and context."""
    context = Context(serversite=site, loggername="coap-server")
    tokens = TokenManager(context)
    server = Server(tokens, site, socket, proofs, message_id)
    tokens.token_interface = server
    context.request_interfaces.append(tokens)
    return server


def _why(error: OSError) -> str:
    return "nobody listens there" if isinstance(error, ConnectionRefusedError) else str(error) or type(error).__name__
