"""One at a time: a config of the Swarm that only one can make, and that says who did, and how far they are.

Swarm refuses a second config of the same name, on whichever manager it is asked, so two admins cannot both have it. Its
labels can be changed: they are the journal from which a rerun goes on, also on another machine.
"""

import contextlib
import getpass
import os
import secrets
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from swarm.engine import Engine
from swarm.engine_stack import Named
from swarm.errors import DeployError, EngineError

NAME = "nanoswarm-at-work"
WHO, WHAT, SINCE, HOST, PID, TOKEN, STEP, EXCLUSIVE = (
    f"nanoswarm.work.{part}" for part in ("who", "what", "since", "host", "pid", "token", "step", "exclusive")
)
_CONFLICT, _TRIES, _AGAIN_S = 409, 20, 0.1


class Lock:
    """Held. `before`: what a command that was killed had written, when this one took its place."""

    def __init__(self, engine: Engine, labels: dict[str, str], before: Mapping[str, str]):
        self._engine, self._labels, self.before = engine, labels, before

    def step(self, **steps: str) -> None:
        """Write down how far it is, before it goes on."""
        self._labels |= {f"{STEP}.{name}": value for name, value in steps.items()}
        _relabel(self._engine, self._labels)

    def check(self) -> None:
        """DeployError when somebody has taken it from us."""
        if (there := holder(self._engine)) is None or there.get(TOKEN) != self._labels[TOKEN]:
            raise DeployError("somebody else has taken this work over; nothing more is done here")


def holder(engine: Engine) -> dict[str, str] | None:
    """Who is at work, by label; None when nobody is."""
    with engine.asked() as client:
        told = [attrs for attrs in client.api.configs(filters={"name": NAME}) if attrs["Spec"]["Name"] == NAME]
    return dict(told[0]["Spec"].get("Labels") or {}) if told else None


def refuse_if_exclusive(named: Sequence[Named]) -> None:
    """DeployError while somebody restores or ends something: what is deployed meanwhile would start on half of it."""
    for each in named:
        if each.name == NAME and each.labels.get(EXCLUSIVE) == "yes":
            raise DeployError(f"{each.labels.get(WHO)} is at work here: {each.labels.get(WHAT)}; deploy when that is done")


def steps(labels: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(f"{STEP}."): value for name, value in labels.items() if name.startswith(f"{STEP}.")}


@contextlib.contextmanager
def held(engine: Engine, what: str, *, exclusive: bool = False, take_over: bool = False) -> Iterator[Lock]:
    """DeployError while somebody else is at work, naming them. What a process of this machine has left that is no more is
    taken over; what another machine has left only with `take_over`."""
    lock = _taken(engine, what, exclusive, take_over)
    try:
        yield lock
    finally:
        with contextlib.suppress(EngineError, DeployError):
            lock.check()
            _remove(engine)


def _taken(engine: Engine, what: str, exclusive: bool, take_over: bool) -> Lock:
    labels = {
        WHO: f"{_user()}@{socket.gethostname()}",
        WHAT: what,
        SINCE: datetime.now(UTC).isoformat(timespec="seconds"),
        HOST: _machine(),
        PID: _process(os.getpid()),
        TOKEN: secrets.token_hex(8),
        EXCLUSIVE: "yes" if exclusive else "no",  # nothing may be deployed meanwhile
    }
    before: dict[str, str] = {}
    for _ in range(_TRIES):
        try:
            with engine.asked() as client:
                client.api.create_config(NAME, what.encode(), labels)
            return Lock(engine, labels, before)
        except EngineError as error:
            if error.status != _CONFLICT:
                raise
        there = holder(engine)
        if there is None:
            continue
        if not (take_over or _has_ended(there)):
            raise DeployError(
                f"{there.get(WHO, 'somebody')} is at work on this cluster since {there.get(SINCE, '?')}: "
                f"{there.get(WHAT, '?')}; wait, "
                "or if that was broken off on a machine that is no more: the same again with --take-over"
            )
        before = there
        _remove(engine)
        time.sleep(_AGAIN_S)
    raise DeployError("somebody else is always quicker to begin; try again")


def _has_ended(labels: Mapping[str, str]) -> bool:
    """Its process was one of this machine, and is no more."""
    then, now = labels.get(PID, "").split(" "), _process(os.getpid()).split(" ")
    if labels.get(HOST) != _machine() or len(then) != len(now):
        return False
    if then[0] != now[0]:  # the machine has started again since
        return True
    return then[1] == now[1] and then[2].isdigit() and _process(int(then[2])) != labels[PID]


def _process(pid: int) -> str:
    """The machine's start, the namespace that numbers its processes, the number, and when it began, as numbers come again."""
    boot = _line("/proc/sys/kernel/random/boot_id")
    try:
        space = str(Path("/proc/self/ns/pid").readlink())
        born = _line(f"/proc/{pid}/stat").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        space, born = "?", "-"
    return f"{boot} {space} {pid} {born}"


def _machine() -> str:
    return f"{socket.gethostname()} {_line('/etc/machine-id')}"


def _line(path: str) -> str:
    try:
        with Path(path).open(encoding="ascii", errors="replace") as file:
            return file.readline().strip()
    except OSError:
        return ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _relabel(engine: Engine, labels: Mapping[str, str]) -> None:
    with engine.asked() as client:
        told = client.api.inspect_config(NAME)
        if told["Spec"]["Labels"].get(TOKEN) != labels[TOKEN]:
            raise DeployError("somebody else has taken this work over; nothing more is done here")
        url = client.api._url("/configs/{0}/update", told["ID"])
        spec = {**told["Spec"], "Labels": dict(labels)}
        client.api._raise_for_status(client.api._post_json(url, data=spec, params={"version": told["Version"]["Index"]}))


def _remove(engine: Engine) -> None:
    try:
        with engine.asked() as client:
            client.api.remove_config(NAME)
    except EngineError as error:
        if error.status != 404:
            raise
