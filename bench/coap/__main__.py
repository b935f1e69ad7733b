"""What a CoAP request costs, here and elsewhere: CPU of the server, measured side by side in one run.

    python -m bench.coap [--rounds 9] [--requests 5000] [--json]

Exit code 0 if every promised ratio of budgets.yml holds.
"""

import json
import sys
from pathlib import Path
from typing import Any

import click

from bench.coap import datagrams, report, serving
from bench.coap.figures import promises
from swarm import files


@click.command(help=__doc__)
@click.option("--rounds", default=9, show_default=True, type=click.IntRange(1), help="Rounds that count.")
@click.option("--requests", default=5000, show_default=True, type=click.IntRange(100), help="Requests of each in a round.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def main(rounds: int, requests: int, as_json: bool) -> None:
    def say(text: str) -> None:
        if not as_json:
            click.echo(text, err=True)

    there, absent = serving.contenders()
    result: dict[str, Any] = {"on": report.machine(), "rounds": rounds, "requests": requests, "left_out": absent}
    result["server"] = {"CON": serving.measure(there, datagrams.CON, rounds, requests, say)}
    found = {"coap_server_ratio": max(result["server"]["CON"][name]["times"]["median"] for name in serving.JUDGED)}
    budgets = files.read(Path(__file__).parents[1] / "budgets.yml").value["budgets"]
    result["promises"] = promises(found, budgets)
    click.echo(json.dumps(result, indent=1)) if as_json else report.show(result)
    sys.exit(any(promise["kept"] is False for promise in result["promises"]))


if __name__ == "__main__":
    main()
