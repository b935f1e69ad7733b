"""txThings, the library of the published prototype, with an answer made beforehand."""

import sys
from typing import Any

from twisted.internet import defer, reactor
from txthings import coap, resource

from bench.coap.datagrams import ANSWER, PATH

coap.DEFAULT_BLOCK_SIZE_EXP = 6  # 1,024 bytes; by itself it cuts all above 64 into blocks


class Presence(resource.CoAPResource):  # type: ignore[misc]
    isLeaf = 1

    def render_GET(self, _request: coap.Message) -> "defer.Deferred[coap.Message]":
        answer = coap.Message(code=coap.CONTENT, payload=ANSWER)
        answer.opt.content_format = coap.media_types_rev["application/json"]
        return defer.succeed(answer)


def main(port: int) -> None:
    root = resource.CoAPResource()
    root.putChild(PATH.encode(), Presence())
    loop: Any = reactor
    loop.listenUDP(port, coap.Coap(resource.Endpoint(root)), interface="127.0.0.1")
    loop.run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
