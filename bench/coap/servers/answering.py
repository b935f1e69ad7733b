"""The cheapest server there is: one answer, made beforehand, to whatever comes. Those who ask are measured against it."""

import socket
import sys

from bench.coap.datagrams import CONTENT, answer_beyond_head


def main(port: int) -> None:
    rest = answer_beyond_head()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", port))
        while True:
            data, peer = bound.recvfrom(2048)
            bound.sendto(bytes((data[0] & 15 | 0x60, CONTENT)) + data[2 : 4 + (data[0] & 15)] + rest, peer)


if __name__ == "__main__":
    main(int(sys.argv[1]))
