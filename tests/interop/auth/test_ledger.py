"""Killed at any moment: nothing that was acknowledged is lost, and nothing is left half.

LEDGER_KILLS says how often; `make ledger` takes a hundred. Each kind has a control that shows a loss when there is one.
"""

import os
import time
from pathlib import Path
from random import Random

import pytest

from bench.auth_store.serving import Auth, serving
from tests.interop.auth import power
from tests.interop.auth.ledger import Ledger, Writer, found
from tests.interop.auth.maria import Maria, running

pytestmark = pytest.mark.interop
KILLS = int(os.environ.get("LEDGER_KILLS", "1"))


def killed_while_writing(auth: Auth, prefix: str, chance: Random, also: Maria | None = None) -> Ledger:
    """Some writes, then SIGKILL in the middle of others."""
    writer = Writer(auth, prefix)
    writer.start()
    writer.until(30)
    time.sleep(chance.uniform(0, 0.4))
    if also is not None:
        also.kill()
        time.sleep(chance.uniform(0, 0.02))
    auth.kill()
    return writer.stop()


def check(written: Ledger, there: Ledger) -> None:
    assert written.people and written.visits
    assert there.halves == set()
    assert written.missing_in(there) == set()


def test_auth_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    chance = Random(1)
    auth = Auth(tmp_path / "data")
    everything = Ledger()
    for kill in range(KILLS):
        auth.start()
        written = killed_while_writing(auth, f"k{kill}-", chance)
        everything.people |= written.people
        everything.meetings |= written.meetings
        everything.visits |= written.visits
    auth.start()
    check(everything, found(auth))
    assert auth.stop() == 0


def test_power_cut_loses_nothing(tmp_path: Path) -> None:
    for seed in range(KILLS):
        folder = tmp_path / str(seed)
        written = cut_off(folder, seed)
        for name, chance in (("nothing", None), ("some", Random(seed))):  # of what was not synced is there
            left = folder / name / "data"
            power.left_after_power_cut(power.trace(folder / "trace"), left, chance)
            with serving(left) as again:
                check(written, found(again))


def test_power_cut_on_a_disk_that_lies_loses_something(tmp_path: Path) -> None:
    """The control: this is what a loss looks like."""
    written = cut_off(tmp_path, 0, SHIM_LIES="1")
    power.left_after_power_cut(power.trace(tmp_path / "trace"), tmp_path / "left" / "data")
    with serving(tmp_path / "left" / "data") as again:
        assert written.missing_in(found(again)) != set()


def cut_off(folder: Path, seed: int, **more: str) -> Ledger:
    folder.mkdir(exist_ok=True)
    shim = {"LD_PRELOAD": str(power.shim(folder)), "SHIM_ROOT": str(folder / "data"), "SHIM_TRACE": str(folder / "trace")}
    with serving(folder / "data", **shim, **more) as auth:
        return killed_while_writing(auth, "p", Random(seed))


def test_mariadb_that_is_killed_with_auth_loses_nothing(tmp_path: Path) -> None:
    chance = Random(2)
    with running(on_disk=True) as maria:
        auth = Auth(tmp_path / "data", maria.fresh("ledger"))
        everything = Ledger()
        for kill in range(KILLS):
            auth.start()
            written = killed_while_writing(auth, f"k{kill}-", chance, also=maria)
            everything.people |= written.people
            everything.meetings |= written.meetings
            everything.visits |= written.visits
            maria.start()
        auth.start()
        check(everything, found(auth))
        assert auth.stop() == 0


@pytest.mark.skipif("LEDGER_KILLS" not in os.environ, reason="takes 10 s; `make ledger` runs it")
def test_mariadb_that_does_not_flush_loses_something_when_it_is_killed(tmp_path: Path) -> None:
    """The control. It is made so behind auth's back, who would not use it so and looks every few seconds."""
    with running(on_disk=True) as maria:
        with serving(tmp_path / "data", maria.fresh("ledger")) as auth:
            writer = Writer(auth, "c")
            writer.start()
            writer.until(20)
            maria.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 0", "SET GLOBAL innodb_flush_log_at_timeout = 60")
            before = len(writer.done.visits)
            writer.until(before + 60)
            maria.kill()
            auth.kill()
            written = writer.stop()
        maria.start()
        with serving(tmp_path / "data", maria.address("ledger")) as again:
            assert written.missing_in(found(again)) != set()
