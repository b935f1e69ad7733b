"""How a benchmark of many figures tells them: as JSON for programs, else a line each for people."""

import json
from collections.abc import Mapping, Sequence

import click

from bench import figure, machine
from bench.figure import Figure


def tell(found: Sequence[Figure], notes: Mapping[str, str], left_out: Sequence[str], as_json: bool, **more: str) -> int:
    """The exit code: 1 when something is left out, which is said in any case. `notes`: to some of the figures, by name."""
    if as_json:
        plain = {"figures": figure.plain(found), "notes": notes, "left_out": left_out}
        click.echo(json.dumps({"on": machine.about(), **more, **plain}, indent=1))
    else:
        for one in found:
            click.echo(f"{one.name:72} {one.value:10.3f} {one.unit:9} n={one.n} {notes.get(one.name, '')}")
    for why in left_out:
        click.echo(why, err=True)
    return 1 if left_out else 0
