"""What a CoAP request costs, here and elsewhere: CPU of server and client, and the server's memory.

    python -m bench.coap [--quick] [--only server|client|memory] [--rounds 9] [--requests 5000] [--json]

All that is compared is measured side by side in one run, round after round. With another interpreter, run it by that one.
Exit code 0 if no promised figure that was measured is broken.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from bench import figure, machine
from bench.coap import asking, datagrams, remembering, report, serving
from bench.coap.figures import promises
from bench.coap.load import CLIENTS
from bench.coap.running import Say
from bench.coap.serving import Plan
from bench.figure import Figure
from swarm import files

PARTS = ("server", "client", "memory")
LIFE, SHORT_LIFE = 1_000_000, 100_000


@click.command(help=__doc__)
@click.option("--only", multiple=True, type=click.Choice(PARTS), help="Measure this part only; may be given again.")
@click.option("--rounds", default=9, show_default=True, type=click.IntRange(1), help="Of all beside each other.")
# One endpoint must not use up its 65,536 message ids: stock aiocoap falls silent then.
@click.option("--requests", default=5000, show_default=True, type=click.IntRange(100, 60_000), help="Of each in a round.")
@click.option("--clients", default=CLIENTS, show_default=True, type=click.IntRange(1, 100), help="Ask at the same time.")
@click.option("--quick", is_flag=True, help=f"{SHORT_LIFE:,} requests for the memory, not {LIFE:,}; CON only.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def main(only: Sequence[str], rounds: int, requests: int, clients: int, quick: bool, as_json: bool) -> None:
    def say(text: str) -> None:
        if not as_json:
            click.echo(text, err=True)

    parts = only or PARTS
    result: dict[str, Any] = {"on": machine.about(), "left_out": []}
    if "server" in parts:
        plans = [Plan(rounds, requests, clients, kind) for kind in (datagrams.CON, datagrams.NON)[: 1 if quick else 2]]
        result |= servers(plans, result["left_out"], say)
    if "client" in parts:
        result |= callers(rounds, max(100, requests // 5), result["left_out"], say)
    if "memory" in parts:
        result["memory"] = remembering.measure(SHORT_LIFE if quick else LIFE, say)
    budgets = files.read(Path(__file__).parents[1] / "budgets.yml").value["budgets"]
    result["promises"] = promises(found(result), budgets)
    result["figures"] = figure.plain(told(result))
    click.echo(json.dumps(result, indent=1)) if as_json else report.show(result)
    sys.exit(any(promise["kept"] is False for promise in result["promises"]))


def servers(plans: Sequence[Plan], left_out: list[str], say: Say) -> dict[str, Any]:
    there, absent = serving.contenders()
    left_out += absent
    plan = plans[0]
    about = {"rounds": plan.rounds, "requests": plan.requests, "clients": plan.clients}
    return {"server": about | {"by": {("CON", "NON")[plan.kind]: serving.measure(there, plan, say) for plan in plans}}}


def callers(rounds: int, calls: int, left_out: list[str], say: Say) -> dict[str, Any]:
    by = asking.measure(rounds, calls, say)
    if asking.COAP_CLI not in by:
        left_out.append("coap-cli, a process per request, is left out: make tools")
    return {"client": {"rounds": rounds, "calls": calls, "by": by}}


def found(result: dict[str, Any]) -> dict[str, float]:
    """The figures that budgets.yml promises, as far as they were measured."""
    figures: dict[str, float] = {}
    if "server" in result:
        rows = result["server"]["by"]["CON"]
        figures["coap_server_ratio"] = max(rows[name]["times"]["median"] for name in serving.JUDGED)
    if "client" in result:
        figures["coap_client_ratio"] = result["client"]["by"][asking.OURS]["times"]["median"]
    if "memory" in result:
        figures["coap_memory_growth_mb"] = result["memory"]["growth_mb"]
    return figures


def told(result: dict[str, Any]) -> list[Figure]:
    """Each server's and each client's CPU beside its floor's, and what is promised of them."""
    made = []
    for side, base in (("server", serving.BASE), ("client", asking.STOCK)):
        if side in result:
            rows = result[side]["by"]["CON"] if side == "server" else result[side]["by"]
            made += [
                figure.of_spread(f"coap_{side}_us: {name}", "us", row["us"], base, row["times"]) for name, row in rows.items()
            ]
    if "server" in result:
        dearer = max(serving.JUDGED, key=lambda name: float(result["server"]["by"]["CON"][name]["times"]["median"]))
        made.append(figure.of_spread("coap_server_ratio", "x", result["server"]["by"]["CON"][dearer]["times"]))
    if "client" in result:
        made.append(figure.of_spread("coap_client_ratio", "x", result["client"]["by"][asking.OURS]["times"]))
    if "memory" in result:
        made.append(figure.one("coap_memory_growth_mb", "MB", result["memory"]["growth_mb"], result["memory"]["requests"]))
    return made


if __name__ == "__main__":
    main()
