"""nanoswarm node probe: is the hardware what labels.yml says, as the tasks themselves see it?"""

import dataclasses
import json
import sys
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from swarm import context, hosts, labels_file
from swarm.commands.managing import its_manager
from swarm.commands.saying import Says, fitting_console
from swarm.engine import Engine, context_url
from swarm.errors import InputError, NodeError
from swarm.node import proving


@click.command()
@click.argument("names", nargs=-1, metavar="[NODE...]")
@click.option(
    "--labels", "path", type=click.Path(path_type=Path), default=Path("labels.yml"), show_default=True, help="The place."
)
@click.option("--seconds", type=click.FloatRange(1, 120), default=10, show_default=True, help="How long to listen for adverts.")
@click.option("--engine", "more", multiple=True, metavar="NODE=USER@HOST", help="Where a node's engine is, if it is not known.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def probe(names: tuple[str, ...], path: Path, seconds: float, more: tuple[str, ...], as_json: bool) -> None:
    """Prove nodes' hardware, from inside the tasks that use it.

    Of each NODE, by default of all.

    BLE: the adapter is there, on, and hears. GPIO: the daemon answers, each line exists and reads. What is wrong is named:
    AppArmor, the user, the daemon, its socket, the adapter or the line. Ends with 1 when something is.

    \b
    nanoswarm node probe
    nanoswarm node probe pi-lobby --seconds 30
    nanoswarm node probe --json
    """
    labels = labels_file.read(path)
    if unknown := sorted({*names} - {*labels.nodes}):
        raise InputError([f"{name}: {path} has no such node (it has: {', '.join(sorted(labels.nodes))})" for name in unknown])
    manager = its_manager()
    engines = {name: Engine(url) for name, url in (context.load().nodes | _given(more)).items()}
    with Says(as_json).work("probing") as at:
        proofs = proving.prove(labels, names or sorted(labels.nodes), engines, manager, seconds, at)
    if as_json:
        sys.stdout.write(json.dumps({"v": 1, "proofs": [dataclasses.asdict(proof) for proof in proofs]}, indent=2) + "\n")
    else:
        _show(proofs)
    if faulty := sum(proof.fault is not None for proof in proofs):
        raise NodeError(f"{faulty} of {len(proofs)} are not as {path} says")


def _given(more: tuple[str, ...]) -> dict[str, str]:
    pairs = [entry.partition("=") for entry in more]
    if wrong := [name for name, _, host in pairs if not name or not host]:
        raise InputError([f"--engine {wrong[0]}: write NODE=USER@HOST"])
    return {name: hosts.url_of(host, context_url) for name, _, host in pairs}


def _show(proofs: list[proving.Proof]) -> None:
    table = Table(box=None, pad_edge=False)
    for name in ("node", "service", "what", "", "says"):
        table.add_column(name, overflow="fold")
    for proof in proofs:
        mark = "ok" if proof.fault is None else proof.fault
        table.add_row(proof.node, proof.word, escape(proof.about), mark, escape(proof.says))
    fitting_console().print(table)
