"""Answers requests over CoAP: one datagram in, one out, by the shortest way; the rest by aiocoap.

A request that fits one datagram, and whose answer does, is taken apart, handed to its handler and answered here. What
needs a memory between datagrams (blocks, observations, a wish for silence) goes through aiocoap's layers, whose message
manager this is. Both share the memory of what was answered and the limit for peers that have not proved their address.

The hooks into aiocoap, all of them overridden methods of classes it lets one derive from, are those of version 0.4.17,
which setup.cfg pins; tests/unit/test_coap*.py and tests/interop hold them to what they must do.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import aiocoap
import aiocoap.error
from aiocoap.messagemanager import MessageManager
from aiocoap.numbers.types import ACK, CON, RST

from nanoservices import payload
from nanoservices.coap_memory import Address, Answers
from nanoservices.coap_options import ECHO, LARGEST_BLOCK, Asked, Malformed, encoded, split, understand
from nanoservices.coap_proof import FACTOR, Proofs
from nanoservices.coap_remote import Remote
from nanoservices.coap_resource import Observable, Reply, Resource, Site
from nanoservices.coap_socket import Local, Socket
from nanoservices.coap_waiting import Pings, Repeating

log = logging.getLogger(__name__)

GET, NOT_FOUND, UNAUTHORIZED, TOO_LARGE = 1, 0x84, 0x81, 0x8D
UNAVAILABLE = 0xA3
ACK_AFTER_S = 0.1
MOST_WORK = 256  # requests whose handlers are waiting for something
TELL_S = 60.0
_BESIDE_A_BLOCK = 4 + 5 + 2 + 3 + 1  # bytes of an answer that hands one out: header, ETag, Content-Format, Block2, marker


class Server(MessageManager):  # type: ignore[misc]
    """`socket`, `proofs` and `site` are the endpoint's; `refused` counts datagrams that were no CoAP."""

    def __init__(self, tokens: Any, site: Site, socket: Socket, proofs: Proofs, message_id: Callable[[], int]):
        super().__init__(tokens)
        self._next_message_id = message_id
        self._site = site
        self._socket = socket
        self._proofs = proofs
        self._answers = Answers()
        self._tasks: set[asyncio.Task[None]] = set()
        self._repeating = Repeating(self._wire, lambda answer, remote: len(answer) <= self._most(remote))
        self._pings = Pings(proofs, self._wire)
        self.pong = self._pings.pong
        self._observed = 0
        self._tell_at = 0.0
        self.refused = 0

    # --- the short way --------------------------------------------------------------------------------------------

    def request(self, data: bytes, peer: Address, local: Local, whole: bool) -> None:
        """A datagram whose code is a request's."""
        known = self._answers.get((peer, data))
        if known is not None:
            if known:
                self._socket.send(known, peer, local)
            return
        start = 4 + (data[0] & 15)
        try:
            end = split(data, start)
            asked = understand(data[start:end])
        except Malformed as error:
            self.reject(data, peer, local, str(error))
            return
        if start > min(len(data), 12) or end == len(data) - 1:
            self.reject(data, peer, local, "a token that is too long or cut off, or a payload marker without a payload")
            return
        remote = Remote(peer, local, data)
        if asked.echo is not None:
            self._proofs.check(peer, asked.echo, self.loop.time())
        refusal = self._refusal(asked, data, end, whole)
        if refusal is not None:
            if data[0] >> 4 & 3 == 0 or asked.refusal is None:  # a NON with a critical option is ignored (section 5.4.1)
                self._reply(remote, asked, refusal)
            return
        resource = self._site.at(asked.path)
        if resource is None:
            self._reply(remote, asked, Reply(NOT_FOUND, b"no such resource; /.well-known/core lists what is here"))
        elif not asked.plain or not isinstance(resource, Resource):
            self._long_way(remote, asked, resource)
        else:
            reply = resource.answer(data[1], asked, data[end + 1 :], remote.uri_base)
            if isinstance(reply, Reply):
                self._reply(remote, asked, reply)
            else:
                self._later(remote, asked, reply)

    def _refusal(self, asked: Asked, data: bytes, end: int, whole: bool) -> Reply | None:
        if asked.refusal is not None:
            return Reply(asked.refusal[0], asked.refusal[1].encode())
        if len(self._tasks) >= MOST_WORK:
            return Reply(UNAVAILABLE, b"too much to do now", max_age=1)
        gathered = asked.block1.start if asked.block1 is not None else 0
        if not whole or gathered + len(data) - end > payload.MOST_BYTES:
            return Reply(TOO_LARGE, f"more than the {payload.MOST_BYTES} bytes that are taken here".encode())
        return None

    def _later(self, remote: Remote, asked: Asked, work: Coroutine[Any, Any, Reply]) -> None:
        """Answer when the handler is done; a repetition of the request meanwhile changes nothing."""
        self._answers.put((remote.address, remote.asked), b"", self.loop.time())
        task = _started(self._work(remote, asked, work), self.loop)
        if not task.done():
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self, remote: Remote, asked: Asked, work: Coroutine[Any, Any, Reply]) -> None:
        if not remote.confirmable:
            self._reply(remote, asked, await work)
            return
        timer = self.loop.call_later(ACK_AFTER_S, self._acknowledge, remote)
        reply = await work
        timer.cancel()
        self._reply(remote, asked, reply)

    def _acknowledge(self, remote: Remote) -> None:
        """The request is here, its answer takes longer (RFC 7252 section 5.2.2)."""
        if not self._proven(remote):
            self._pings.ping(remote, lambda: None)  # once it is proved, the answer can be repeated until it is there
        remote.acknowledged = True
        empty = b"\x60\x00" + remote.asked[2:4]
        self._answers.put((remote.address, remote.asked), empty, self.loop.time())
        self._wire(empty, remote)

    def _reply(self, remote: Remote, asked: Asked, reply: Reply) -> None:
        data, most = remote.asked, self._most(remote)
        size = 4 + (data[0] & 15) + len(reply.options) + len(reply.payload) + bool(reply.payload)
        if reply.code >> 5 == 2 and (size > most or len(reply.payload) > 1 << LARGEST_BLOCK + 4):
            self._long_way(remote, asked, self._site.at(asked.path), reply)
            return
        body = reply.payload[: max(0, len(reply.payload) + most - size)]  # of a refusal as much of its sentence as may be
        self._send(remote, reply.code, reply.options + b"\xff" + body if body else reply.options)

    def _send(self, remote: Remote, code: int, rest: bytes) -> None:
        """An answer: on the acknowledgement, or as a message of its own where there is none or it is gone already."""
        data, now = remote.asked, self.loop.time()
        if remote.confirmable and not remote.acknowledged:
            answer = bytes((data[0] | 0x20, code)) + data[2 : 4 + (data[0] & 15)] + rest
            self._answers.put((remote.address, data), answer, now)
            self._wire(answer, remote)
            return
        kind = 0x40 if remote.confirmable else 0x50
        mid = self._next_message_id()
        answer = bytes((kind | data[0] & 15, code, mid >> 8, mid & 255)) + data[4 : 4 + (data[0] & 15)] + rest
        if remote.confirmable:
            self._repeating.begin(answer, remote, mid)
        else:
            self._answers.put((remote.address, data), b"", now)
            self._wire(answer, remote)

    def _wire(self, datagram: bytes, remote: Remote) -> None:
        remote.sent += len(datagram)
        self._socket.send(datagram, remote.address, remote.local)

    def _most(self, remote: Remote) -> int:
        """How many bytes this peer may still be sent for its datagram."""
        return 1 << 16 if self._proven(remote) else FACTOR * len(remote.asked) - remote.sent

    def _proven(self, remote: Remote) -> bool:
        return self._proofs.proven(remote.address, self.loop.time())

    def _ask_for_proof(self, remote: Remote) -> None:
        self._send(remote, UNAUTHORIZED, encoded((ECHO, self._proofs.echo(remote.address, self.loop.time()))))

    def settled(self, peer: Address, mid: int, *, reset: bool) -> None:
        """An empty acknowledgement, or a reset, of a message that came from here."""
        if self._repeating.end(peer, mid):
            return
        message = aiocoap.Message(code=aiocoap.EMPTY, _mtype=RST if reset else ACK, _mid=mid)
        message.remote = Remote(peer, [], b"")
        self._remove_exchange(message)

    def acknowledge_answer(self, data: bytes, peer: Address, local: Local, *, known: bool) -> None:
        """A confirmable answer came: it is wanted, was wanted, or never was (section 4.2)."""
        said = self._answers.get((peer, data))
        if said is None:
            said = (b"\x60\x00" if known else b"\x70\x00") + data[2:4]
            self._answers.put((peer, data), said, self.loop.time())
        self._socket.send(said, peer, local)

    def failed(self, error: OSError, peer: Address) -> None:
        """Nobody listens at this address any more: its observations end."""
        self.dispatch_error(error, Remote(peer, [], b""))

    def reject(self, data: bytes, peer: Address, local: Local, why: str) -> None:
        """Not a message one could answer: a reset for a confirmable one, silence for the others (section 4.2)."""
        self.refused += 1
        if data[0] >> 4 & 3 == 0:
            self._socket.send(b"\x70\x00" + data[2:4], peer, local)
        if self.loop.time() >= self._tell_at:  # a storm of them must not fill a disk
            self._tell_at = self.loop.time() + TELL_S
            log.warning("datagrams refused", extra={"about": {"sender": peer[0], "why": why, "refused": self.refused}})

    # --- by aiocoap -----------------------------------------------------------------------------------------------

    def _long_way(self, remote: Remote, asked: Asked, resource: Any, reply: Reply | None = None) -> None:
        """Blocks and observations. `reply` is there already when only its size brought it here."""
        observing = asked.observe == 0 and remote.asked[1] == GET and isinstance(resource, Observable) and not resource.full
        if not self._proven(remote):
            again = (
                partial(self._long_way, remote, asked, resource)
                if reply is None
                else partial(self._reply, remote, asked, reply)
            )
            if self._pings.ping(remote, again):
                if not remote.acknowledged:
                    self._answers.put((remote.address, remote.asked), b"", self.loop.time())
                return
            if observing:
                self._ask_for_proof(remote)  # it would be sent more and more for this one datagram
                return
        try:
            message = aiocoap.Message.decode(remote.asked, remote=remote)
        except (ValueError, aiocoap.error.Error) as error:  # an elective option that is not UTF-8, for one
            self.reject(remote.asked, remote.address, remote.local, str(error))
            return
        if not self._proven(remote) and not self._in_small_blocks(remote, asked, message):
            self._ask_for_proof(remote)
            return
        if asked.observe != 1 and not observing:  # 1 ends an observation
            message.opt.observe = None  # answered once, as RFC 7641 section 4.1 has it
        message.reply = reply
        if not remote.acknowledged:
            self._answers.put((remote.address, remote.asked), b"", self.loop.time())
        self.dispatch_message(message)

    def _in_small_blocks(self, remote: Remote, asked: Asked, message: aiocoap.Message) -> bool:
        """Have the answer cut so small that it is no flood (RFC 7252 section 11.3); False where that cannot be."""
        room = self._most(remote) - _BESIDE_A_BLOCK - (remote.asked[0] & 15) - 5 * (asked.block1 is not None)
        exponent = max(room, 1).bit_length() - 5
        if exponent < 0:
            return False
        if asked.block2 is None or (asked.block2.number == 0 and asked.block2.exponent > exponent):
            message.opt.block2 = (0, False, min(exponent, LARGEST_BLOCK))
            return True
        return asked.block2.exponent <= exponent

    def _process_request(self, request: aiocoap.Message) -> None:
        if request.remote.acknowledged:  # what is left is the answer alone
            self.token_manager.process_request(request)
            return
        _, timer = self._piggyback_opportunities.pop((request.remote, request.token), (0, None))
        if timer is not None:  # the peer has forgotten what it asked with this token before
            timer.cancel()
        super()._process_request(request)

    def send_message(self, message: aiocoap.Message, messageerror_monitor: Any) -> Any:
        """An observation's number grows from one to the next of this endpoint, whoever registers again (RFC 7641 section
        4.4). Every notification wants an acknowledgement, or those who are gone would be observers for ever (4.5); of
        those that wait for one to an earlier one only the newest is worth sending (4.5.2)."""
        if message.opt.observe is None:
            return super().send_message(message, messageerror_monitor)
        first = message.opt.observe == 0
        self._observed = message.opt.observe = self._observed + 1 & 0xFFFFFF
        state = (message.opt.etag, message.payload)
        if first:
            message.remote.told = state
            return super().send_message(message, messageerror_monitor)
        if message.remote.told == state:
            return None
        message.remote.told = state
        message.mtype = CON
        waiting = self._backlogs.get(message.remote, [])
        for place, (older, _) in enumerate(waiting):
            if older.token == message.token:
                message.mid = older.mid
                waiting[place] = (message, messageerror_monitor)
                return None
        return super().send_message(message, messageerror_monitor)

    def _send_empty_ack(self, remote: Remote, mid: int, reason: str) -> None:
        self._acknowledge(remote)

    def _send_via_transport(self, message: aiocoap.Message) -> None:
        """The one gate to the wire for what aiocoap makes."""
        remote, datagram = message.remote, message.encode()
        if message.code.is_response() and not self._proven(remote):
            message.opt.echo = self._proofs.echo(remote.address, self.loop.time())
            most, proving = self._most(remote), message.encode()
            if len(datagram) > most:
                self._ask_for_proof(remote)
                return
            datagram = proving if len(proving) <= most else datagram
        if message.mtype in (ACK, RST):
            self._answers.put((remote.address, remote.asked), datagram, self.loop.time())
        self._wire(datagram, remote)

    def _deduplicate_message(self, message: aiocoap.Message) -> bool:
        return False  # `request` has done that

    def _store_response_for_duplicates(self, message: aiocoap.Message) -> None:
        pass  # `_send_via_transport` does that

    async def shutdown(self) -> None:
        self._repeating.shutdown()
        self._pings.shutdown()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for _, timer in self._active_exchanges.values():
            timer.cancel()
        self._active_exchanges: Any = None


def _started(work: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop) -> "asyncio.Task[None]":
    """A task that has run up to where it first waits; a moment later on Pythons before 3.12."""
    if sys.version_info >= (3, 12):
        return asyncio.Task(work, loop=loop, eager_start=True)
    return loop.create_task(work)
