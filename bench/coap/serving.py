"""The server side: CPU per request of every contender, all in turn in every round."""

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

from bench.coap import datagrams
from bench.coap.datagrams import CON, Ask
from bench.coap.figures import ratios, spread
from bench.coap.load import CLIENTS, Numbers, Stalled, clients, drive
from bench.coap.running import Say, free_port, module, running

BASE, OURS, COROUTINE = "asyncio echo", "ours", "ours, coroutine"
JUDGED = (OURS, COROUTINE)
LIBCOAP = "coap-server-notls"
WARM_UP = 1000  # requests to each server that do not count


@dataclass(frozen=True)
class Plan:
    """How many rounds, how many requests of each a round has, from how many clients at a time, and their type."""

    rounds: int
    requests: int
    clients: int = CLIENTS
    kind: int = CON


@dataclass(frozen=True)
class Contender:
    """`command` is completed by the port. `before` is asked once, before anything is measured."""

    name: str
    command: tuple[str, ...]
    ask: Ask
    before: Ask | None = None


def contenders() -> tuple[list[Contender], list[str]]:
    """Who is here to be measured, and why others are not."""
    get = Ask(datagrams.PATH)
    post = Ask(datagrams.EVENTS_PATH, datagrams.POST, datagrams.EVENTS, datagrams.CHANGED, datagrams.ACKNOWLEDGED)
    put = Ask(datagrams.PATH, datagrams.PUT, datagrams.ANSWER, datagrams.CREATED, b"")
    absent = []
    there = [
        Contender(BASE, _python("echo"), Ask(None)),
        Contender(OURS, _python("ours"), get),
        Contender(COROUTINE, _python("ours", "coroutine"), get),
        Contender("ours, POST", _python("ours"), post),
        Contender("stock aiocoap", _python("stock"), get),
    ]
    if find_spec("txthings") is None:
        absent.append("txThings is left out: pip install txthings")
    else:
        there.append(Contender("txThings", _python("prototype"), get))
    if (program := shutil.which(LIBCOAP)) is None:
        absent.append("libcoap is left out: apt-get install libcoap3-bin")
    else:
        there.append(Contender("libcoap", (program, "-A", "127.0.0.1", "-d", "4", "-p"), get, before=put))
    return there, absent


def _python(name: str, *words: str) -> tuple[str, ...]:
    return (*module(f"servers.{name}"), *words)


def cost(contender: Contender, plan: Plan) -> tuple[float, float]:
    """CPU per request in microseconds, and which part of the time the server was at work. A server of its own for each
    round: stock aiocoap and txThings get dearer with all they remember, and no process is like another."""
    ask, numbers, port = replace(contender.ask, kind=plan.kind), Numbers(), free_port()
    with running([*contender.command, str(port)], port) as process, clients(port, plan.clients) as sockets:
        begin(contender, port, numbers)
        drive(sockets, numbers.exchanges(ask, WARM_UP), ask, contender.name)
        exchanges = numbers.exchanges(ask, plan.requests)
        cpu, wall = process.cpu_ns(), time.monotonic_ns()
        drive(sockets, exchanges, ask, contender.name)
        cpu, wall = process.cpu_ns() - cpu, time.monotonic_ns() - wall
    return cpu / plan.requests / 1000, cpu / wall


def begin(contender: Contender, port: int, numbers: Numbers) -> None:
    """What has to be said first, and one answer looked at as a whole. Stalled if it is another one than expected."""
    name, ask = contender.name, contender.ask
    with clients(port, 1) as sockets:
        if contender.before is not None:
            drive(sockets, numbers.exchanges(contender.before, 1), contender.before, name)
        answer = drive(sockets, numbers.exchanges(ask, 1), ask, name)
    if not answer.endswith(b"\xff" + ask.told):
        raise Stalled(f"{name} answers {answer!r}; expected it to end {ask.told!r}")


def measure(those: Sequence[Contender], plan: Plan, say: Say) -> dict[str, Any]:
    """All in turn in every round; who begins moves on from round to round."""
    cpu: dict[str, list[float]] = {contender.name: [] for contender in those}
    busy: dict[str, list[float]] = {contender.name: [] for contender in those}
    for number in range(plan.rounds):
        for contender in [*those[number % len(those) :], *those[: number % len(those)]]:
            took, worked = cost(contender, plan)
            cpu[contender.name].append(took)
            busy[contender.name].append(worked)
        say(f"server, {('CON', 'NON')[plan.kind]}, round {number + 1} of {plan.rounds}")
    times = ratios(cpu, BASE)
    return {
        name: {"us": spread(cpu[name])._asdict(), "times": times[name]._asdict(), "busy": spread(busy[name]).median}
        for name in cpu
    }
