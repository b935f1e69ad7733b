"""What auth has, page by page, until there is no next one."""

from collections.abc import Callable, Iterator
from typing import Any

from swarm.auth_rest import Rest

MOST = 500  # on one page


def every(rest: Rest, *path: str, **query: Any) -> Iterator[dict[str, Any]]:
    """All rows of a list; its name is the last part of the path."""
    cursor: str | None = None
    while True:
        page, _ = rest.ask("GET", *path, query={"limit": MOST, **query, "cursor": cursor})
        yield from page[path[-1]]
        cursor = page.get("next")
        if cursor is None:
            return


def visits(rest: Rest, most: int, shown: Callable[[int], None] = lambda number: None, **query: Any) -> list[dict[str, Any]]:
    """The newest, oldest first: up to `most`."""
    found: list[dict[str, Any]] = []
    before: int | None = None
    while len(found) < most:
        page, _ = rest.ask("GET", "visits", query={"limit": min(MOST, most - len(found)), **query, "before": before})
        if not page["visits"]:
            break
        found = [*page["visits"], *found]
        before = found[0]["number"]
        shown(len(found))
    return found


def numbered(rest: Rest, name: str) -> Iterator[dict[str, Any]]:
    """All rows of a log, oldest first."""
    after = 0
    while True:
        page, _ = rest.ask("GET", name, query={"after": after, "limit": MOST})
        yield from page[name]
        if len(page[name]) < MOST:
            return
        after = page["next"]
