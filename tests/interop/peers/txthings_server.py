"""txThings' server in a process of its own, `txthings_server.py PORT`: `note` keeps what is put there and gives it back."""

import sys

from twisted.internet import defer, reactor
from txthings import coap, resource

coap.DEFAULT_BLOCK_SIZE_EXP = 6


class Note(resource.CoAPResource):
    isLeaf = 1

    def __init__(self) -> None:
        super().__init__()
        self._kept = b'{"text":""}'

    def render_GET(self, request: coap.Message) -> "defer.Deferred[coap.Message]":
        return defer.succeed(coap.Message(code=coap.CONTENT, payload=self._kept))

    def render_PUT(self, request: coap.Message) -> "defer.Deferred[coap.Message]":
        self._kept = request.payload
        return defer.succeed(coap.Message(code=coap.CHANGED, payload=b'{"bytes":%d}' % len(self._kept)))


class Listing(resource.CoAPResource):
    """txThings' own listing cannot do with the paths that its server needs, which are bytes."""

    isLeaf = 1

    def render_GET(self, request: coap.Message) -> "defer.Deferred[coap.Message]":
        answer = coap.Message(code=coap.CONTENT, payload=b"</note>")
        answer.opt.content_format = coap.media_types_rev["application/link-format"]
        return defer.succeed(answer)


if __name__ == "__main__":
    root, well_known = resource.CoAPResource(), resource.CoAPResource()
    well_known.putChild(b"core", Listing())
    root.putChild(b".well-known", well_known)
    root.putChild(b"note", Note())
    reactor.listenUDP(int(sys.argv[1]), coap.Coap(resource.Endpoint(root)), interface="127.0.0.1")
    reactor.run()
