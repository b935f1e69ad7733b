"""The client side: CPU per call of our door, of aiocoap as it comes, and of a coap-cli process, all against one server."""

import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.coap.datagrams import ANSWER, PATH
from bench.coap.figures import ratios, spread
from bench.coap.running import Say, free_port, module, running

OURS, STOCK, COAP_CLI = "ours", "stock aiocoap", "a coap-cli process"
CLIENTS = {OURS: "ours", STOCK: "stock"}
Cost = Callable[[int], float]  # CPU of one of so many calls, in microseconds
PEERS = Path(__file__).parents[2] / "tests/interop/peers/node_modules/.bin"


class Caller:
    """A client's process; see clients/pace.py."""

    def __init__(self, name: str, process: "subprocess.Popen[str]"):
        self._name, self._process = name, process

    def cpu_us(self, calls: int) -> float:
        """Of one of so many calls."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{calls}\n")
        self._process.stdin.flush()
        told = self._process.stdout.readline()
        if not told:
            raise RuntimeError(f"the client of {self._name} ended with {self._process.wait()}; its own words are above")
        return int(told) / calls / 1000


@contextmanager
def calling(name: str, uri: str) -> Iterator[Caller]:
    command, pipe = module(f"clients.{CLIENTS[name]}", uri), subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603
        try:
            yield Caller(name, process)
        finally:
            process.kill()


def measure(rounds: int, calls: int, say: Say) -> dict[str, Any]:
    """`rounds` that count and one before them that does not; who begins moves on from round to round."""
    port = free_port()
    uri = f"coap://127.0.0.1:{port}"
    with running(module("servers.answering", str(port)), port), ExitStack() as stack:
        callers: dict[str, Cost] = {name: stack.enter_context(calling(name, uri)).cpu_us for name in CLIENTS}
        if (program := coap_cli()) is not None:
            callers[COAP_CLI] = lambda _calls: process_us(program, uri)
        cpu = _in_turn(callers, rounds, calls, say)
    times = ratios(cpu, STOCK)
    return {name: {"us": spread(cpu[name])._asdict(), "times": times[name]._asdict()} for name in cpu}


def _in_turn(callers: Mapping[str, Cost], rounds: int, calls: int, say: Say) -> dict[str, list[float]]:
    names = list(callers)
    cpu: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds + 1):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            took = callers[name](calls)
            if number > 0:
                cpu[name].append(took)
        say(f"client, round {number} of {rounds}")
    return cpu


def coap_cli() -> str | None:
    return shutil.which("coap", path=PEERS) or shutil.which("coap")


def process_us(program: str, uri: str) -> float:
    """CPU of a process that makes one request: how the published prototype asked. RuntimeError if it is not answered."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([program, "get", f"{uri}/{PATH}"], capture_output=True, timeout=30, check=False)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ANSWER not in done.stdout:
        raise RuntimeError(f"{program} got {done.stdout!r} {done.stderr!r}; is it npm's coap-cli? (make tools)")
    return 1e6 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
