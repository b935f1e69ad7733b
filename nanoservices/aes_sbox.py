"""The S-box of AES as a circuit: substitutes many bytes at once, each bit of them in an integer of its own. Pure.

The inverse in GF(2^8) is taken in GF((2^4)^2), where it is one small inverse and three products: z^4 + z + 1 makes GF(2^4) and
Y^2 + Y + (z^3 + z) the field over it. INTO and OUT of it are linear; OUT has the affine map of FIPS 197 (5.1.1) in it. The
tests hold it against the definition, for all 256 bytes.
"""

State = list[int]  # one integer per bit of a byte, the lowest first
Four = tuple[int, int, int, int]


def substituted(state: State, every: int) -> State:
    """`every` is an integer with a 1 for each byte."""
    low, high = _into(state)
    sum_ = _xor(low, high)
    inverse = _inverse(_xor(_square_nu(high), _product(low, sum_)))
    return _out(_product(inverse, sum_), _product(inverse, high), every)


def _into(state: State) -> tuple[Four, Four]:
    a, b, c, d, e, f, g, h = state
    ch, fh = c ^ h, f ^ h
    cfh = ch ^ f
    return (a ^ cfh, cfh ^ g, c, d ^ e), (b ^ fh, c ^ d, b ^ e ^ g ^ h, fh)


def _out(low: Four, high: Four, every: int) -> State:
    (a, b, c, d), (e, f, g, h) = low, high
    ad, bc, fg = a ^ d, b ^ c, f ^ g
    acd = ad ^ c
    return [
        acd ^ b ^ f ^ h ^ every,
        a ^ b ^ e ^ every,
        acd ^ fg ^ h,
        ad ^ bc ^ g,
        ad ^ e,
        bc ^ fg ^ every,
        e ^ fg ^ every,
        bc ^ d,
    ]


def _xor(one: Four, other: Four) -> Four:
    (a, b, c, d), (e, f, g, h) = one, other
    return a ^ e, b ^ f, c ^ g, d ^ h


def _product(one: Four, other: Four) -> Four:
    (a, b, c, d), (e, f, g, h) = one, other
    over_4 = b & h ^ c & g ^ d & f
    over_5 = c & h ^ d & g
    over_6 = d & h
    return (
        a & e ^ over_4,
        a & f ^ b & e ^ over_4 ^ over_5,
        a & g ^ b & f ^ c & e ^ over_5 ^ over_6,
        a & h ^ b & g ^ c & f ^ d & e ^ over_6,
    )


def _square_nu(one: Four) -> Four:
    """Its square, times z^3 + z."""
    a, b, c, d = one
    ab = a ^ b
    return c ^ d, ab, b ^ c, ab ^ c


def _inverse(one: Four) -> Four:
    a, b, c, d = one
    ab, ac, ad, bc, bd = a & b, a & c, a & d, b & c, b & d
    abc, acd, bcd = ab & c, ac & d, bc & d
    cd = c & d
    return (
        a ^ b ^ c ^ ac ^ bc ^ abc ^ d ^ bcd,
        ab ^ ac ^ bc ^ d ^ bd ^ (ab & d),
        ab ^ c ^ ac ^ d ^ ad ^ acd,
        b ^ c ^ d ^ ad ^ bd ^ cd ^ bcd,
    )
