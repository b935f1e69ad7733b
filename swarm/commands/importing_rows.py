"""Plan, show, confirm, apply: for what comes in a file."""

from collections.abc import Sequence

from swarm import importing
from swarm.auth_rest import Rest
from swarm.commands.asking_auth import progress, say, show_json
from swarm.commands.confirming import confirm
from swarm.importing import Batch, Outcome

_MOST_LINES = 20


def bring(
    rest: Rest, parts: Sequence[Batch], *, is_dry: bool, is_yes: bool, as_json: bool, of: str, left_out: Sequence[str] = ()
) -> None:
    """InputError names every line that is refused; nothing has been changed then."""
    total = sum(map(len, parts))
    with progress(f"{of}: asking what would change", total) as at:
        planned = importing.run(rest, parts, dry=True, told=at)
    lines = list(planned.lines)
    more = [f"... and {len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
    for line in [*left_out[:_MOST_LINES], *lines[:_MOST_LINES], *more]:
        say(line, as_json)
    if as_json:
        show_json({**planned.plain(), "left_out": list(left_out), "dry_run": is_dry})
    if not lines:
        say(f"Nothing to do: auth has all {total} of {of}, just so.", as_json)
    elif is_dry:
        say(f"would be: {_sum(planned)}", as_json)
    else:
        say(f"to do: {_sum(planned)}", as_json)
        confirm(is_yes, "Import?")
        with progress(of, total) as at:
            done = importing.run(rest, parts, dry=False, told=at)
        say(f"Done: {_sum(done)}.", as_json)


def _sum(outcome: Outcome) -> str:
    words = {"add": "added", "change": "changed", "remove": "removed"}
    return ", ".join(f"{count} {said}" for did, said in words.items() if (count := outcome.count(did))) or "nothing"
