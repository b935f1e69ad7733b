"""What is sealed opens only as it was sealed, and is never twice the same."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanoservices.auth.sealing import Pseudonyms, Seal, SealError, fresh_secret

OLD, NEW = "0ld" * 16, "ne" * 24


@given(st.text(max_size=200), st.text(max_size=40))
def test_what_is_sealed_opens_again_and_is_not_in_it(text: str, context: str) -> None:
    sealed = Seal(OLD).seal(text, context)
    assert Seal(OLD).open(sealed, context) == text
    assert len(text) < 4 or text.encode().hex() not in sealed


def test_same_text_is_sealed_differently_every_time() -> None:
    seal = Seal(OLD)
    assert len({seal.seal("mac:bb0000000002", "c") for _ in range(100)}) == 100


@given(st.integers(0, 8 * (1 + 4 + 16 + 16 + 16) - 1))
def test_one_flipped_bit_is_noticed_wherever_it_is(bit: int) -> None:
    data = bytearray.fromhex(Seal(OLD).seal("0123456789abcdef", "c"))
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealError):
        Seal(OLD).open(data.hex(), "c")


@pytest.mark.parametrize("short", range(53))
def test_what_is_cut_off_is_refused(short: int) -> None:
    sealed = Seal(OLD).seal("0123456789abcdef", "c")
    with pytest.raises(SealError):
        Seal(OLD).open(sealed[: 2 * short], "c")


def test_sealed_in_one_row_is_of_no_use_in_another() -> None:
    with pytest.raises(SealError, match="changed"):
        Seal(OLD).open(Seal(OLD).seal("key", "of bob"), "of mallory")


def test_older_key_still_opens_and_the_first_one_seals() -> None:
    sealed = Seal(OLD).seal("key", "c")
    both = Seal(f"{NEW}\n{OLD}\n")
    assert both.open(sealed, "c") == "key"
    assert not both.is_current(sealed)
    anew = both.seal("key", "c")
    assert both.is_current(anew) and Seal(NEW).open(anew, "c") == "key"
    with pytest.raises(SealError, match="another key; give that one as a further line of NANO_SEAL_KEY"):
        Seal(NEW).open(sealed, "c")


@pytest.mark.parametrize("text", ["", "\n", "short", f"{OLD}\nshort"])
def test_key_that_could_be_tried_out_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at least 32 characters"):
        Seal(text)


def test_lookup_is_the_same_for_the_same_text_and_key_only() -> None:
    assert Seal(OLD).lookup("a") == Seal(OLD).lookup("a")
    assert len({Seal(OLD).lookup("a"), Seal(OLD).lookup("b"), Seal(NEW).lookup("a")}) == 3


def test_sealing_is_as_the_docstring_says() -> None:
    """Written down once more, so that what was sealed years ago still opens."""
    root = hmac.digest(b"nanoswarm-seal-1", OLD.encode(), "sha256")
    named = {name: hmac.digest(root, name.encode(), "sha256") for name in ("id", "stream", "tag", "lookup")}
    text, nonce = b"forty characters, which are two blocks: " * 2, b"n" * 16
    stream = b"".join(hmac.digest(named["stream"], nonce + bytes((0, 0, 0, number)), "sha256") for number in range(3))
    data = b"\x01" + named["id"][:4] + nonce + bytes(a ^ b for a, b in zip(text, stream, strict=False))
    tag = hmac.new(named["tag"], (7).to_bytes(8, "big") + b"context" + data, hashlib.sha256).digest()[:16]
    assert Seal(OLD).open((data + tag).hex(), "context") == text.decode()


def test_pseudonyms_tell_kinds_and_secrets_apart() -> None:
    secret = fresh_secret()
    words = {Pseudonyms(secret).of("participant", "bob"), Pseudonyms(secret).of("meeting", "bob")}
    assert len(words | {Pseudonyms(fresh_secret()).of("participant", "bob")}) == 3
    assert not any("bob" in word for word in words)
