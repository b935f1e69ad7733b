"""Which addresses may be told to the people in front of a screen? Pure. The screen itself follows none.

Refused is what leads into the house: addresses that are not of the public internet (RFC 6890), names without a dot, and the
endings that networks keep for themselves (RFC 6762, RFC 8375, RFC 2606). In a guest's telephone such a link would knock at
the neighbours' doors, with the guest's rights.
"""

import ipaddress
import re

from nanoservices import links

INSIDE = ("local", "localhost", "internal", "intranet", "lan", "home", "corp", "private", "arpa", "test", "invalid", "onion")
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")


def refusal(address: str) -> str | None:
    """Why an address is not shown, in words that follow "a link "; None when it may be."""
    try:
        host = links.host(address)
    except links.NoPage as error:
        return str(error)
    return "leads to an internal address" if _is_inside(host) else None


def _is_inside(host: str) -> bool:
    host = host.rstrip(".").lower()
    try:
        found = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        last = host.rpartition(".")[2]
        # Browsers read 127.1, 0x7f000001 and 2130706433 as addresses too.
        return "." not in host or last in INSIDE or _NUMBER.fullmatch(last) is not None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return not (mapped or found).is_global or found.is_multicast
