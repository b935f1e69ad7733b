"""nanoswarm demo: the whole room on this machine."""

import asyncio
import json
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from nanoservices import wire
from nanoservices.coap import Endpoint
from nanoservices.errors import NanoError
from swarm import waterfall
from swarm.demo import doorman, report
from swarm.demo.home import Home
from swarm.demo.play import Options, Run, play
from swarm.demo.supervisor import free_ports
from swarm.demo.teller import Teller
from swarm.demo.watcher import all_visits
from swarm.errors import DemoError

_HELP = """The whole room on this machine: no Docker, no hardware.

    Six nanoservices as processes, real CoAP over loopback, a simulated world behind their devices. Exit code 0 only if
    everybody was led or refused as they should be.

    \b
    nanoswarm demo
    nanoswarm demo --speed 20 --json
    nanoswarm demo --keep                          then, in another terminal:
    nanoswarm demo send bob --zone entrance
    nanoswarm demo send stranger --zone entrance
    nanoswarm demo visits
    nanoswarm demo stop
    """


@click.group(invoke_without_command=True, help=_HELP)
@click.option("--speed", type=click.FloatRange(0.2, 50), default=2.5, show_default=True, help="How fast people walk.")
@click.option("--seed", type=int, default=1, show_default=True, help="What chance throws follows from it.")
@click.option("--keep", is_flag=True, help="Leave it running, to send people in by hand.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON; the story goes to stderr.")
@click.option(
    "--labels",
    "path",
    type=click.Path(path_type=Path),
    default=Path("labels.yml"),
    show_default=True,
    help="The place to play in.",
)
@click.pass_context
def demo(ctx: click.Context, speed: float, seed: int, keep: bool, as_json: bool, path: Path) -> None:
    if ctx.invoked_subcommand is not None:
        return
    if speed != speed:
        raise click.BadParameter("nan is no number", param_hint="--speed")
    story, home = Console(stderr=True) if as_json else Console(), Home()
    runs: list[Run] = []

    def tell(run: Run) -> None:
        runs.append(run)
        _print(run, story, as_json, keep, home.logs)

    play(Options(path, speed, seed, keep), home, Teller(story), tell)
    ctx.exit(0 if runs and not runs[0].why_not_ok else 1)


def _print(run: Run, console: Console, as_json: bool, keep: bool, logs: Path) -> None:
    if as_json:
        click.echo(json.dumps(run.plain(), indent=1))
    else:
        report.show(console, run.visits, run.ready_s, run.rss_mb)
    for why in run.why_not_ok:
        console.print(f"[bold red]not as it should be:[/] {escape(why)}", highlight=False, soft_wrap=True)
    if run.why_not_ok:
        console.print(f"what each service says of it: {logs}/", highlight=False, soft_wrap=True)
    else:
        console.print("[bold green]Everybody was led, or refused, as they should be.[/]")
    if keep:
        console.print(f"The room's screen: {run.screen}\nSend somebody in:  nanoswarm demo send bob --zone entrance")


@demo.command()
@click.argument("name")
@click.option("--zone", required=True, help="Where they come in: a zone of labels.yml.")
def send(name: str, zone: str) -> None:
    """Send NAME into a kept demo.

    NAME is alice, bob, carl or david (invited now), erin (invited tomorrow), or stranger.

    \b
    nanoswarm demo send bob --zone entrance
    nanoswarm demo send stranger --zone entrance
    """
    doorman.ask(Path(Home().state()["world"]), {"send": name, "zone": zone})
    click.echo(f"{name} comes in at {zone}")


@demo.command()
@click.argument("name", default="everybody")
def leave(name: str) -> None:
    """Let NAME (default: everybody) leave a kept demo.

    \b
    nanoswarm demo leave bob
    """
    doorman.ask(Path(Home().state()["world"]), {"leave": name})
    click.echo(f"{name} leaves")


@demo.command()
def stop() -> None:
    """End the demo that runs here, with all its processes.

    \b
    nanoswarm demo stop
    """
    click.echo("stopped" if Home().stop() else "no demo runs here")


@demo.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of the waterfall.")
def visits(as_json: bool) -> None:
    """The waterfall of every visit to the demo that runs here.

    \b
    nanoswarm demo visits
    nanoswarm demo visits --json
    """
    found = asyncio.run(_visits(Home().state()["controller"]))
    if as_json:
        click.echo(json.dumps([waterfall.plain(visit) for visit in found], indent=1))
    else:
        report.show(Console(), found)


async def _visits(controller: str) -> list[wire.Visit]:
    endpoint = Endpoint()
    await endpoint.open("127.0.0.1", free_ports("udp", 1)[0], {})
    try:
        return await all_visits(endpoint, controller)
    except NanoError as error:
        raise DemoError(f"the demo's controller does not answer: {error}") from None
    finally:
        await endpoint.close()
