"""nanoswarm cluster: the Swarm that the room runs on, and its nodes."""

import dataclasses
import os
from collections.abc import Mapping, Sequence

import click

from swarm import cluster as clusters
from swarm import cluster_plan, context, docker_program, hosts
from swarm.cluster_plan import Candidate
from swarm.commands.cluster_leave import leave
from swarm.commands.cluster_ls import ls
from swarm.commands.cluster_registry import registry
from swarm.commands.confirming import confirm
from swarm.commands.managing import at_work, its_manager
from swarm.context import Context
from swarm.engine import Engine, context_url
from swarm.errors import EngineError, InputError

LOCAL = "unix:///var/run/docker.sock"
_yes = click.option("--yes", is_flag=True, help="Do not ask.")
_dry = click.option("--dry-run", is_flag=True, help="Print the docker commands this stands for, and do nothing.")
_advertise = click.option(
    "--advertise", metavar="ADDRESS", help="Where the other nodes find it: an address of its own, or an interface such as eth0."
)


@click.group()
def cluster() -> None:
    """The Swarm that the room runs on: one manager, and workers.

    \b
    nanoswarm cluster init pi@server-1
    nanoswarm cluster join pi@pi-lobby pi@pi-room-1
    nanoswarm cluster ls
    """


cluster.add_command(leave)
cluster.add_command(ls)
cluster.add_command(registry)


@cluster.command()
@click.argument("host", default=None, required=False)
@_advertise
@_yes
@_dry
def init(host: str | None, advertise: str | None, yes: bool, dry_run: bool) -> None:
    """Begin a cluster that HOST manages. Twice is once.

    Without HOST it is DOCKER_HOST's engine, else this machine's.

    One that manages a Swarm already is taken as it is. This folder's commands speak to it from then on.

    \b
    nanoswarm cluster init
    nanoswarm cluster init --advertise 192.0.2.10
    nanoswarm cluster init pi@server-1
    """
    url = hosts.url_of(host or os.environ.get("DOCKER_HOST") or LOCAL, context_url)
    engine = Engine(url)
    (candidate,) = clusters.candidates({url: engine})
    old = _context_of(url)
    if wrong := cluster_plan.beginning_problems(candidate, advertise):
        raise InputError(wrong)
    begun = candidate.facts.swarm == "active"
    if begun and old is not None:
        click.echo(f"Nothing to do: {candidate.name} manages the cluster already, at {candidate.facts.address}.")
        return
    if dry_run:
        where = ("--advertise-addr", advertise) if advertise else ()
        click.echo("# nothing to do" if begun else docker_program.shown(url, "swarm", "init", *where))
        return
    click.echo(f"{candidate} {'manages a Swarm, which is to be this cluster' if begun else 'is to begin a Swarm'}")
    confirm(yes, "Begin?")
    if not begun:
        _begin(engine, advertise)
    context.save(context.PATH, old or Context(url, {candidate.name: url}))
    click.echo(f"{candidate.name} manages the cluster, at {engine.facts().address}. Next: nanoswarm cluster join USER@HOST ...")


@cluster.command()
@click.argument("names", nargs=-1, required=True, metavar="HOST...")
@_advertise
@_yes
@_dry
def join(names: tuple[str, ...], advertise: str | None, yes: bool, dry_run: bool) -> None:
    """Let the engines of HOST... join as workers. Twice is once.

    HOST is USER@HOST for SSH, context:NAME for a Docker context, or a URL: ssh:// or unix://. Each needs an engine and
    a key that lets you in; nobody is asked for a password. The token goes through the engines' own interfaces only.

    \b
    nanoswarm cluster join pi@pi-lobby pi@pi-room-1
    nanoswarm cluster join --advertise eth0 context:lobby
    """
    told, manager = context.load(), its_manager()
    nodes = manager.nodes()
    engines = {url: Engine(url) for url in _urls(names)}
    found = clusters.candidates(engines)
    if wrong := cluster_plan.joining_problems(found, nodes):
        raise InputError(wrong)
    fresh = [candidate for candidate in found if candidate.member(nodes) is None]
    known = [candidate for candidate in found if candidate not in fresh]
    if dry_run:
        _show_joining(manager, fresh, advertise)
        return
    for candidate in known:
        click.echo(f"Nothing to do: {candidate.name} is in the cluster already.")
    for candidate in fresh:
        click.echo(f"{candidate} is to join as a worker")
    if fresh:
        confirm(yes, "Join?")
    _remember(told, known)
    _join(told, manager, engines, fresh, advertise)


def _begin(engine: Engine, advertise: str | None) -> None:
    try:
        engine.swarm_init(advertise)
    except EngineError as error:
        raise EngineError(f"{error}. Which address the others find it at: --advertise ADDRESS") from None


def _context_of(url: str) -> Context | None:
    """This folder's, if it is that engine's. InputError when it speaks of another cluster."""
    if not context.PATH.exists():
        return None
    told = context.load()
    if told.manager != url:
        raise InputError(
            [f"{context.PATH} speaks of another cluster ({told.manager}), and stays as it is; use another folder, or remove it"]
        )
    return told


def _urls(names: Sequence[str]) -> list[str]:
    """All problems at once; who is named twice joins once."""
    urls, problems = [], []
    for name in names:
        try:
            urls.append(hosts.url_of(name, context_url))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return list(dict.fromkeys(urls))


def _show_joining(manager: Engine, fresh: Sequence[Candidate], advertise: str | None) -> None:
    where = ("--advertise-addr", advertise) if advertise else ()
    lines = [docker_program.shown(manager.url, "swarm", "join-token", "--quiet", "worker")] if fresh else ["# nothing to do"]
    address = manager.facts().managers[0]
    for candidate in fresh:
        words = docker_program.shown(candidate.url, "swarm", "join", *where)
        lines.append(
            f"{words} --token THE-TOKEN {address}  # everybody on that machine could read it there; join does not do so"
        )
    click.echo("\n".join(lines))


def _join(
    told: Context, manager: Engine, engines: Mapping[str, Engine], fresh: Sequence[Candidate], advertise: str | None
) -> None:
    """One after the other; who does not get in keeps nobody else out."""
    problems = []
    token = manager.worker_token() if fresh else ""
    for candidate in fresh:
        try:
            with at_work(f"{candidate.name}: joining"):
                node = clusters.join(manager, engines[candidate.url], candidate, token, advertise)
        except EngineError as error:
            problems.append(str(error))
            continue
        _remember(told, [candidate])
        click.echo(f"{node.name} is a worker of the cluster, at {node.address}.")
    for warning in clusters.warnings(candidate.facts for candidate in fresh):
        click.echo(f"warning: {warning}", err=True)
    if problems:
        raise EngineError("\n".join(problems))
    if fresh:
        click.echo("Next: nanoswarm labels apply (or first: nanoswarm labels init)")


def _remember(told: Context, joined: Sequence[Candidate]) -> None:
    if joined:
        now = context.load() if context.PATH.exists() else told
        context.save(context.PATH, dataclasses.replace(now, nodes={**now.nodes, **{each.name: each.url for each in joined}}))
