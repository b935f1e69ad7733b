"""Links that somebody stores and somebody else is shown: what makes one an address of a page. Pure."""

import urllib.parse

LONGEST = 2000


class NoPage(ValueError):
    """Not to be followed. Its text goes on after "the link "."""


def host(link: str) -> str:
    """Whose page it is. NoPage when a browser should not be sent there."""
    try:
        parts = urllib.parse.urlsplit(link)
        found, port = parts.hostname, parts.port
    except ValueError:
        raise NoPage("is no address") from None
    if parts.scheme not in ("http", "https"):
        raise NoPage(f"begins with {parts.scheme[:20] or 'no scheme'}, not with http:// or https://")
    if not found or port == 0 or len(link) > LONGEST or not link.isprintable() or " " in link:
        raise NoPage("is no address of a page")
    if parts.username is not None:
        raise NoPage("holds a user's name")
    return found
