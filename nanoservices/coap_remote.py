"""A peer as aiocoap wants it."""

from typing import Any

from aiocoap import interfaces

from nanoservices.coap_memory import Address
from nanoservices.coap_options import LARGEST_BLOCK
from nanoservices.coap_socket import Local


class Remote(interfaces.EndpointAddress):  # type: ignore[misc]
    """Compared by address alone. `asked` is the datagram that brought it here."""

    scheme = "coap"
    is_multicast = is_multicast_locally = False
    maximum_payload_size = 1 << LARGEST_BLOCK + 4

    def __init__(self, address: Address, local: Local, asked: bytes):
        self.address, self.local, self.asked = address, local, asked
        self.acknowledged = False  # by an empty message: the answer goes its own way
        self.sent = 0  # bytes, for this datagram
        self.told: Any = None  # as an observer: the last state

    @property
    def confirmable(self) -> bool:
        return self.asked[0] >> 4 & 3 == 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remote) and self.address == other.address

    def __hash__(self) -> int:
        return hash(self.address)

    @property
    def hostinfo(self) -> str:
        return f"{self.address[0]}:{self.address[1]}"

    @property
    def uri_base(self) -> str:
        return f"coap://{self.hostinfo}"

    hostinfo_local = uri_base_local = property(lambda self: "")
    blockwise_key = property(lambda self: self.address)
