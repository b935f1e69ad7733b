"""txThings' client in a process of its own, because of Twisted's reactor: a JSON line in for a request, one out for an answer.

in   {"id": 1, "method": "GET", "port": 5683, "path": ["screen"], "query": ["a=b"], "payload": "", "observe": false}
out  {"id": 1, "code": "2.05", "body": "<base64>"}, and one more for each notification
"""

import base64
import json
from ipaddress import ip_address
from typing import Any

from twisted.internet import reactor, stdio
from twisted.protocols.basic import LineReceiver
from txthings import coap, resource

coap.DEFAULT_BLOCK_SIZE_EXP = 6
JSON = 50


class Client(LineReceiver):
    delimiter = b"\n"
    MAX_LENGTH = 1 << 20

    def __init__(self, protocol: coap.Coap):
        self._protocol = protocol

    def lineReceived(self, line: bytes) -> None:
        asked = json.loads(line)
        request = coap.Message(code=coap.requests_rev[asked["method"]], payload=asked["payload"].encode())
        request.opt.uri_path = [part.encode() for part in asked["path"]]
        request.opt.uri_query = [part.encode() for part in asked["query"]]
        if request.payload:
            request.opt.content_format = JSON
        if asked["observe"]:
            request.opt.observe = 0
        request.remote = (ip_address("127.0.0.1"), asked["port"])
        observer = (lambda message: self._tell(asked["id"], message)) if asked["observe"] else None
        answer = self._protocol.request(request, observeCallback=observer)
        answer.addCallbacks(lambda message: self._tell(asked["id"], message), lambda failure: self._fail(asked["id"], failure))

    def connectionLost(self, reason: Any = None) -> None:
        if reactor.running:
            reactor.stop()

    def _tell(self, number: int, message: coap.Message) -> None:
        code = f"{message.code >> 5}.{message.code & 31:02}"
        body = base64.b64encode(message.payload or b"").decode()  # an empty one is a text
        self._write({"id": number, "code": code, "body": body})

    def _fail(self, number: int, failure: Any) -> None:
        self._write({"id": number, "code": "", "body": "", "why": repr(failure.value)})

    def _write(self, told: dict[str, Any]) -> None:
        self.sendLine(json.dumps(told).encode())


if __name__ == "__main__":
    protocol = coap.Coap(resource.Endpoint(None))
    reactor.listenUDP(0, protocol, interface="127.0.0.1")
    stdio.StandardIO(Client(protocol))
    reactor.run()
