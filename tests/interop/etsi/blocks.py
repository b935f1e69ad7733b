"""Bodies in blocks as the plugtest's peer sends and gathers them: one datagram, one check at a time (RFC 7959)."""

from tests.interop.etsi.messages import BLOCK1, BLOCK2, ETAG, GET, LARGEST, Message, Options, block
from tests.interop.etsi.peer import Peer


def size(exponent: int) -> int:
    return 1 << exponent + 4


def part(body: bytes, number: int, exponent: int) -> tuple[bytes, bool]:
    """Block `number` of a body, and whether more follow."""
    end = (number + 1) * size(exponent)
    return body[number * size(exponent) : end], end < len(body)


async def send(peer: Peer, method: int, to: str, body: bytes, exponent: int) -> Message:
    """A large request to the door, each block under a token of its own; the answer to the last."""
    number, more = 0, True
    while more:
        data, more = part(body, number, exponent)
        answer = await peer.exchange(method, to, bytes([number + 1]), ((BLOCK1, block(number, more, exponent)),), data)
        assert answer.said == "2.31" if more else answer.said != "2.31"
        assert answer.block(BLOCK1) == (number, more, exponent)
        number += 1
    return answer


async def gather(
    peer: Peer, to: str, first: Message, exponent: int, method: int = GET, options: Options = (), said: str = "2.05"
) -> bytes:
    """A large answer of the door's whose first block is there; the others in blocks of `exponent`, which may be smaller."""
    body, answer = b"", first
    granted = first.block(BLOCK2)
    assert granted is not None, "the answer was to be a large one"
    assert granted[2] >= exponent, "the server may choose a smaller block, never a larger one"
    while True:
        number, more, szx = answer.block(BLOCK2) or (0, False, 0)
        assert (answer.said, number * size(szx)) == (said, len(body))
        assert answer.all(ETAG) == first.all(ETAG), "blocks of one state"
        assert len(answer.payload) == size(szx) if more else len(answer.payload) <= size(szx)
        body += answer.payload
        if not more:
            return body
        wanted = block(len(body) // size(exponent), False, exponent)
        answer = await peer.exchange(method, to, b"next", ((BLOCK2, wanted), *options))
        assert (answer.block(BLOCK2) or (0, False, 7))[2] == exponent


async def take(peer: Peer, grant: int) -> tuple[bytes, Message, list[int]]:
    """A large request of our client's, in which the peer grants blocks of `grant` only: the body, the last request
    (still to be answered), and the numbers of the blocks."""
    body, numbers = b"", []
    while True:
        asked = await peer.hear()
        number, more, szx = asked.block(BLOCK1) or (0, False, LARGEST)
        assert number * size(szx) == len(body), "no gap, nothing twice"
        assert len(asked.payload) == size(szx) if more else 0 < len(asked.payload) <= size(szx)
        assert szx <= (LARGEST if not numbers else grant), "the size that was granted is kept to"
        body += asked.payload
        numbers.append(number)
        if not more:
            return body, asked, numbers
        peer.answer(asked, "2.31", options=((BLOCK1, block(number, True, min(szx, grant))),))


async def hand_out(peer: Peer, body: bytes, exponent: int, said: str = "2.05", first: Message | None = None) -> list[Message]:
    """Answer our client with `body` in blocks of `exponent`; every request, in order. `first` has been heard already."""
    requests, more, number = [], True, 0
    while more:
        asked = first if first is not None and not requests else await peer.hear()
        wanted = asked.block(BLOCK2)
        if requests:
            assert wanted == (number, False, exponent)
        data, more = part(body, number, exponent)
        old = asked.block(BLOCK1)
        both: Options = () if old is None else ((BLOCK1, block(*old)),)
        peer.answer(asked, said, data, ((BLOCK2, block(number, more, exponent)), *both))
        requests.append(asked)
        number += 1
    return requests
