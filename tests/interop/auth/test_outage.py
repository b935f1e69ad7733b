"""The database gone, slow, frozen or restarted: refused within a second, back by itself within ten, and nothing hangs."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.auth_store.serving import Auth, serving, visit
from nanoservices import wire
from nanoservices.errors import PeerError, PeerRefused
from swarm.demo.supervisor import free_ports
from tests.interop.auth import power
from tests.interop.auth.maria import Maria, running

pytestmark = pytest.mark.interop
WITHIN_S, BACK_S = 1.0, 10.0
QUESTION = wire.Recognition("r1", "s1", "entrance", (wire.Sighting("mac:5712a96e7712", -50, 0.0),))
SLACK_S = 1.0  # of a machine that is busy with other tests; the promise itself is measured by bench.auth_store


@pytest.fixture(scope="module")
def maria() -> Iterator[Maria]:
    """Not the one of the other tests: it is ill-treated."""
    with running(port=free_ports("tcp", 1)[0]) as made:
        yield made


@pytest.fixture(scope="module")
def auth(maria: Maria, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Auth]:
    with serving(tmp_path_factory.mktemp("auth") / "data", maria.fresh("outage")) as made:
        yield made


def refused(auth: Auth) -> None:
    """Reading and writing, over HTTP and over CoAP: told so within a second, and when to come again."""
    for method, path, body in (("GET", "/meetings", None), ("PUT", "/participants/zed", {"name": "Zed"})):
        begun = time.monotonic()
        status, said, headers = auth.rest(method, path, body)
        assert status == 503, said
        assert time.monotonic() - begun < WITHIN_S + SLACK_S
        assert int(headers["retry-after"]) >= 1
        assert "cannot be used" in said["detail"]
    begun = time.monotonic()
    with pytest.raises(PeerRefused, match=r"5\.03"):
        auth.ask(wire.REPORT, visit("v"))
    assert time.monotonic() - begun < WITHIN_S + SLACK_S


def back(auth: Auth) -> None:
    name = f"p{time.monotonic_ns()}"
    _until_back(lambda: auth.rest("GET", "/meetings")[0] == 200)
    _until_back(lambda: auth.rest("PUT", f"/participants/{name}", {"name": "P"})[0] in (200, 201))
    _until_back(lambda: "database" not in str(auth.ask(wire.HEALTH).why_not))


def _freeze(maria: Maria) -> Callable[[], None]:
    maria.freeze()
    return maria.thaw


def _kill(maria: Maria) -> Callable[[], None]:
    maria.kill()
    return maria.start


def _restart(maria: Maria) -> Callable[[], None]:
    maria.stop()
    return maria.start


@pytest.mark.parametrize("harm", [_freeze, _kill, _restart])
def test_server_that_is_away_is_told_at_once_and_found_again(
    auth: Auth, maria: Maria, harm: Callable[[Maria], Callable[[], None]]
) -> None:
    back(auth)
    heal = harm(maria)
    try:
        refused(auth)
        refused(auth)
        who = auth.ask(wire.RECOGNISE, QUESTION)
        assert who.answers[0].reason == "unknown-key"  # from memory, which is what the server had
        assert "cannot be used" in str(auth.ask(wire.HEALTH).why_not)
    finally:
        heal()
    back(auth)


def test_pool_is_not_wedged_by_many_who_ask_while_the_server_is_frozen(auth: Auth, maria: Maria) -> None:
    back(auth)
    maria.freeze()
    statuses: list[int] = []

    def ask(number: int) -> None:
        statuses.append(auth.rest("PUT", f"/participants/w{number}", {"name": "W"}, timeout_s=30)[0])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(40)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    finally:
        maria.thaw()
    assert statuses == [503] * 40
    back(auth)
    connections = maria.sql("SELECT COUNT(*) AS n FROM information_schema.processlist WHERE db = 'outage'")[0]["n"]
    assert 1 <= int(str(connections)) <= 5


def test_auth_that_starts_before_its_database_waits_for_it(tmp_path: Path, maria: Maria) -> None:
    address = maria.fresh("late")
    maria.kill()
    auth = Auth(tmp_path / "data", address)
    try:
        auth.start(wait=False)
        until = time.monotonic() + 15
        while True:
            try:
                auth.ask(wire.RECOGNISE, QUESTION)
                raise AssertionError("answered without having read who is who")
            except PeerRefused as error:
                assert "5.03 auth unavailable" in str(error)
                break
            except PeerError:
                assert time.monotonic() < until, auth.log.read_text()
        maria.start()
        back(auth)
    finally:
        auth.kill()
        if not maria.is_running:
            maria.start()


def test_server_that_may_lose_what_it_acknowledges_is_not_used(auth: Auth, maria: Maria) -> None:
    back(auth)
    maria.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 2")
    try:
        until = time.monotonic() + 15
        while "innodb_flush_log_at_trx_commit is 2" not in str(auth.ask(wire.HEALTH).why_not):
            assert time.monotonic() < until
            time.sleep(0.1)
    finally:
        maria.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
    back(auth)


@pytest.mark.parametrize("password", ["pass/word: ü?", ""])
def test_server_is_reached_over_tcp_with_a_password_that_nobody_reads(tmp_path: Path, maria: Maria, password: str) -> None:
    maria.fresh("tcp")
    maria.sql(
        f"CREATE OR REPLACE USER nano@'127.0.0.1' IDENTIFIED BY '{password or 'other'}'",
        "GRANT ALL ON tcp.* TO nano@'127.0.0.1'",
    )
    secret = tmp_path / "password"
    secret.write_text(password or "a wrong one")
    port = maria.sql("SELECT @@port AS port")[0]["port"]
    auth = Auth(tmp_path / "data", f"mysql://nano@127.0.0.1:{port}/tcp", {"NANO_DATABASE_PASSWORD_FILE": str(secret)})
    try:
        if password:
            auth.start()
            back(auth)
        else:
            auth.start(wait=False)
            until = time.monotonic() + 15
            while "Access denied" not in auth.log.read_text():
                assert time.monotonic() < until
                time.sleep(0.1)
        assert secret.read_text() not in auth.log.read_text()
    finally:
        auth.kill()


def test_disk_that_hangs_is_told_at_once_and_found_again(tmp_path: Path) -> None:
    wait = tmp_path / "wait"
    wait.write_text("0")
    shim = {"LD_PRELOAD": str(power.shim(tmp_path)), "SHIM_ROOT": str(tmp_path / "data"), "SHIM_WAIT": str(wait)}
    with serving(tmp_path / "data", **shim) as auth:
        assert auth.rest("PUT", "/participants/p1", {"name": "P"})[0] == 201
        wait.write_text("4000")
        for number in (2, 3):
            begun = time.monotonic()
            status, said, headers = auth.rest("PUT", f"/participants/p{number}", {"name": "P"})
            assert (status, headers["retry-after"]) == (503, "1") and "has not answered" in said["detail"]
            assert time.monotonic() - begun < WITHIN_S + SLACK_S
        assert auth.rest("GET", "/participants")[0] == 200  # what is there can be read
        wait.write_text("0")
        _until_back(lambda: auth.rest("PUT", "/participants/p4", {"name": "P"})[0] in (200, 201))
        there = {row["id"] for row in auth.rest("GET", "/participants")[1]["participants"]}
        assert {"p1", "p4"} <= there <= {"p1", "p2", "p3", "p4"}


def test_server_whose_disk_hangs_is_told_at_once_and_found_again(tmp_path: Path) -> None:
    wait = tmp_path / "wait"
    wait.write_text("0")
    shim = {"LD_PRELOAD": str(power.shim(tmp_path)), "SHIM_ROOT": tempfile.gettempdir(), "SHIM_WAIT": str(wait)}
    with running(on_disk=True, told=shim) as slow, serving(tmp_path / "data", slow.fresh("slow")) as auth:
        back(auth)
        wait.write_text("3000")
        for number in range(3):
            begun = time.monotonic()
            status, said, headers = auth.rest("PUT", f"/participants/s{number}", {"name": "S"})
            assert (status, headers["retry-after"]) == (503, "1") and "cannot be used" in said["detail"]
            assert time.monotonic() - begun < WITHIN_S + SLACK_S
        assert auth.ask(wire.RECOGNISE, QUESTION).answers[0].reason == "unknown-key"
        wait.write_text("0")
        back(auth)


def test_file_that_is_moved_away_is_told_and_found_again(tmp_path: Path) -> None:
    with serving(tmp_path / "data") as auth:
        assert auth.rest("PUT", "/participants/p1", {"name": "P"})[0] == 201
        elsewhere = tmp_path / "elsewhere"
        (tmp_path / "data").rename(elsewhere)
        _until_back(lambda: "moved or deleted" in str(auth.ask(wire.HEALTH).why_not))
        elsewhere.rename(tmp_path / "data")
        _until_back(lambda: auth.rest("PUT", "/participants/p2", {"name": "P"})[0] in (200, 201))
        _until_back(lambda: "database" not in str(auth.ask(wire.HEALTH).why_not))


def _until_back(condition: Callable[[], Any]) -> None:
    until = time.monotonic() + BACK_S
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)
