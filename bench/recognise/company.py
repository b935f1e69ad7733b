"""A company of many, with every kind of key; what each says now."""

import random
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from nanoservices.eddystone import Moment, ids
from nanoservices.private_address import address_of
from nanoservices.rolling import token

PHONES, BEACONS, TAGS = 1000, 1000, 4000
EXPONENT, CLOCK_ZERO = 10, "2020-01-01T00:00:00Z"
ZERO_UNIX = datetime.fromisoformat(CLOCK_ZERO).timestamp()
STRANGERS = 100  # gadgets in range; many more at once are a flood


class Question(NamedTuple):
    """`who` is the participant, None for a stranger."""

    kind: str
    key: str
    who: str | None


class Company:
    """Everybody's secret follows from their number, and so does their kind of key."""

    def __init__(self, people: int):
        self.people = people
        self._chance = random.Random(1)
        self.secrets = [self._chance.randbytes(16) for _ in range(people)]

    def kind(self, number: int) -> str:
        bounds = (("irk", PHONES), ("eid", PHONES + BEACONS), ("rolling", PHONES + BEACONS + TAGS))
        return next((kind for kind, end in bounds if number < end), "static")

    def credential(self, number: int) -> dict[str, Any]:
        kind, secret = self.kind(number), self.secrets[number].hex()
        if kind == "static":
            return {"kind": kind, "key": f"mac:{secret[:12]}"}
        return {"kind": kind, "secret": secret} | ({"exponent": EXPONENT, "clock_zero": CLOCK_ZERO} if kind == "eid" else {})

    def key(self, number: int, now_unix: float) -> str:
        kind, secret = self.kind(number), self.secrets[number]
        if kind == "irk":
            return f"rpa:{address_of(secret, self._chance.randbytes(3))}"
        if kind == "eid":
            return f"eid:{ids([Moment(secret, EXPONENT, int(now_unix - ZERO_UNIX))])[0]}"
        return f"hmac:{token(secret, now_unix)}" if kind == "rolling" else f"mac:{secret.hex()[:12]}"

    def questions(self, now_unix: float) -> Iterator[Question]:
        """One of each kind in turn, for ever."""
        while True:
            for low, high in ((0, PHONES), (PHONES, PHONES + BEACONS), (PHONES + BEACONS, PHONES + BEACONS + TAGS)):
                number = self._chance.randrange(low, high)
                yield Question(self.kind(number), self.key(number, now_unix), f"p{number}")
            number = self._chance.randrange(PHONES + BEACONS + TAGS, self.people)
            yield Question("static", self.key(number, now_unix), f"p{number}")
            stranger = self._chance.randrange(STRANGERS)
            yield Question("stranger, private", f"rpa:4{stranger:011x}", None)
            yield Question("stranger, static", f"mac:c{stranger:011x}", None)
