"""Many participants and meetings brought to auth in batches, each all or nothing: first dry, so that what is wrong anywhere
changes nothing, then in earnest."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from swarm.auth_rest import Refused, Rest
from swarm.errors import InputError

BATCH = 2000
_AT = re.compile(r"(participants|meetings|removals)\[(\d+)\](?:\.(.*))?")

Told = Callable[[int], None]
Unknown = Literal["add", "leave out", "refuse"]  # what to do with who is invited and is no participant


@dataclass(frozen=True)
class Row:
    """`place`: where it comes from, as in `people.csv:7`; `body` as the API takes it."""

    place: str
    id: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """What goes in one request. `removals` are ids of meetings that are to go first."""

    participants: Sequence[Row] = ()
    meetings: Sequence[Row] = ()
    removals: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.participants) + len(self.meetings) + len(self.removals)

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = {"participants": [row.body for row in self.participants]}
        found["meetings"] = [row.body for row in self.meetings]
        return {**found, "removals": list(self.removals)} if self.removals else found

    def place(self, field: str) -> str:
        """The line of the file, and what is wrong in it, for a place in the request."""
        match = _AT.fullmatch(field)
        if match is None:
            return field
        rows = {"participants": self.participants, "meetings": self.meetings}.get(match[1], ())
        place = rows[int(match[2])].place if int(match[2]) < len(rows) else field
        return f"{place}: {match[3]}" if match[3] else place


@dataclass
class Outcome:
    """What changed, or would: (add, change or remove; of; id), each once."""

    changes: dict[tuple[str, str, str], None] = field(default_factory=dict)
    rows: int = 0

    def count(self, did: str) -> int:
        return sum(1 for change in self.changes if change[0] == did)

    @property
    def lines(self) -> Iterator[str]:
        signs = {"add": "+", "change": "~", "remove": "-"}
        return (f"{signs.get(did, did)} {of} {own_id}" for did, of, own_id in self.changes)

    def plain(self) -> dict[str, Any]:
        changes = [{"did": did, "of": of, "id": own_id} for did, of, own_id in self.changes]
        return {"rows": self.rows, "changes": changes}


def batches(rows: Iterable[Row], size: int = BATCH) -> list[Batch]:
    """Of participants."""
    all_of_them = iter(rows)
    return [Batch(participants=part) for part in iter(lambda: list(itertools.islice(all_of_them, size)), [])]


def run(rest: Rest, parts: Sequence[Batch], *, dry: bool, told: Told = lambda rows: None) -> Outcome:
    """InputError names every row of the first batch that is refused, by its place."""
    outcome = Outcome()
    for batch in parts:
        try:
            answer, _ = rest.ask("POST", "imports", body=batch.body, query={"dry_run": "true"} if dry else None)
        except Refused as refused:
            if not refused.errors or refused.exit_code != InputError.exit_code:
                raise
            raise InputError([f"{batch.place(at)}: {why}" for at, why in refused.errors]) from None
        for row in answer["rows"]:
            of = row["field"].partition("[")[0].removesuffix("s").removesuffix("al")
            of = "credential of" if row["field"].endswith(".credentials") else {"remov": "meeting"}.get(of, of)
            outcome.changes[row["did"], of, row["id"]] = None
        outcome.rows += len(batch)
        told(outcome.rows)
    return outcome
