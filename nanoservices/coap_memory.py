"""What was answered to which datagram, so that a repeated one gets the same answer and changes nothing: pure.

A repetition is recognised by its sender and all of its bytes, which for a repetition are the same by definition
(RFC 7252 section 4.2). Message ids alone would do (section 4.5), but a peer that uses up all 65,536 of them within the
time they are remembered would then be taken for an echo of itself and get no answers any more.
"""

Address = tuple[str, int]
Key = tuple[Address, bytes]

MOST_BYTES = 1_000_000  # a generation
KEEP_S = 125.0  # half of EXCHANGE_LIFETIME: everything is kept for one generation more
_ENTRY_BYTES = 300  # what Python needs for an entry beside the bytes themselves


class Answers:
    """Two generations: the older one is dropped whole when the younger is full or old enough. No timer for each."""

    def __init__(self, most_bytes: int = MOST_BYTES):
        self._most = most_bytes
        self._young: dict[Key, bytes] = {}
        self._old: dict[Key, bytes] = {}
        self._bytes = 0
        self._began = 0.0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, key: Key) -> bytes | None:
        """The datagram that answered, b"" when there is none (yet), None for a key never seen."""
        known = self._young.get(key)
        return known if known is not None else self._old.get(key)

    def put(self, key: Key, answer: bytes, now: float) -> None:
        if self._bytes > self._most or now - self._began > KEEP_S:
            self._old, self._young, self._bytes, self._began = self._young, {}, 0, now
        self._young[key] = answer
        self._bytes += len(key[1]) + len(answer) + _ENTRY_BYTES
