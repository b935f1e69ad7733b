"""Takes a lab down to the last trace: also a half-built one, and one whose engines were killed."""

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from swarm import context
from swarm.errors import LabError
from swarm.lab import network, processes
from swarm.lab.home import State
from swarm.lab.plan import DATA, DEVICES, OWN, RUN

_CGROUPS = Path("/sys/fs/cgroup")
_EMPTY_S = 5.0  # a control group may be removed once the kernel is done with its last process


def take_down(state: State, say: Callable[[str], None]) -> None:
    """Doing it twice does no harm. What stays: forwarding between networks, which others may count on by now."""
    _tell(say, "Ending engines and containers ...")
    processes.kill_all()
    _tell(say, "Removing cables and folders ...")
    network.drop_network(state.plan)
    _remove_cgroups()
    if state.context is not None:
        context.forget(state.context, state.plan.manager.url)
    shutil.rmtree(DATA, ignore_errors=True)
    shutil.rmtree(RUN, ignore_errors=True)
    _remove_empty((DEVICES, *OWN))
    if DATA.exists() or RUN.exists():
        raise LabError(f"{DATA} or {RUN} could not be removed; is something of the lab still mounted?")


def _tell(say: Callable[[str], None], text: str) -> None:
    """Also when the terminal is gone: that may be why the lab is taken down."""
    with contextlib.suppress(OSError):
        say(text)


def _remove_cgroups() -> None:
    """The engines' containers each had a group, in each hierarchy if the machine has several."""
    until = time.monotonic() + _EMPTY_S
    while groups := [top for top in (_CGROUPS / processes.CGROUP, *_CGROUPS.glob(f"*/{processes.CGROUP}")) if top.is_dir()]:
        for top in groups:
            for folder, _, _ in os.walk(top, topdown=False):
                with contextlib.suppress(OSError):
                    Path(folder).rmdir()
        if time.monotonic() > until:
            raise LabError(f"{groups[0]} could not be removed; is a process of the lab still there?")


def _remove_empty(folders: Iterable[Path]) -> None:
    """Those that were made to mount on; in others is something of somebody else."""
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()
