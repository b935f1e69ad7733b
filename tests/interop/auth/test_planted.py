"""No key is found in any file or log: not a stranger's, not one that is enrolled; on both databases, with real processes."""

import base64
import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from bench.auth_store.serving import Auth, visit
from nanoservices import wire
from nanoservices.rolling import counter, token_of
from swarm.demo.cast import EVERYBODY, Cast
from swarm.waterfall import STRANGER
from tests.interop.auth.maria import Maria, running
from tests.interop.conftest import NANOSWARM, ROOT, KeptDemo, nanoswarm

pytestmark = pytest.mark.interop
STATIC, FOREIGN = "a1b2c3d4e5f6", "b7c8d9eaf0a1"  # of addresses: one enrolled, one a stranger's
SECRET, WRONG = "5e" * 8 + "c0ffee11" * 2, "dead" * 12


def forms(key: str) -> set[bytes]:
    """How a key that is told as hex may be written down."""
    data = bytes.fromhex(key)
    pairs = [f"{byte:02x}" for byte in data]
    texts = {key, key.upper(), ":".join(pairs), ":".join(pairs).upper(), "-".join(pairs), repr(data)[2:-1]}
    return {data, *(text.encode() for text in texts), base64.b64encode(data), base64.urlsafe_b64encode(data)}


def files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


def where(folder: Path, keys: Iterable[str]) -> list[str]:
    found = {form: key for key in keys for form in forms(key)}
    return [f"{found[form]} in {path}" for path, data in files(folder) for form in found if form in data]


def test_whole_visit_leaves_no_key_behind(kept: KeptDemo) -> None:
    """Of the demo, which makes its tags from a seed; it looks wherever the demo's processes write."""
    kept.until_ready()
    before = kept.visits()
    for name in ("alice", STRANGER):
        kept.send(name)
    kept.until(lambda: {v.outcome for v in kept.new_visits(before)} >= {"completed", "refused"}, "both visits have ended")
    cast = Cast(1)
    begun, ended = _minutes(kept)
    rolling = [token_of(cast.secret(name), minute) for name in EVERYBODY for minute in range(begun, ended + 1)]
    strangers = [_address(cast, number) for number in range(1, 8)]
    home = kept.cwd / ".nanoswarm/demo"
    assert where(home, [cast.secret(name).hex() for name in EVERYBODY]) == []
    assert where(home, [*rolling, *strangers]) == []
    assert any(b"alice" in data for path, data in files(home) if path.suffix == ".db" or ".db-" in path.name)


def test_key_that_is_held_up_is_known_from_then_on_and_in_no_file(kept: KeptDemo) -> None:
    """`credential enrol` through controller and scanner, while somebody with a foreign tag stands there."""
    kept.until_ready()
    assert nanoswarm("participant", "add", "frank", "Frank", cwd=kept.cwd).returncode == 0
    command = [*NANOSWARM, "credential", "enrol", "frank", "--zone", "entrance", "--seconds", "6", "--yes"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=kept.cwd, env=environment, stdout=subprocess.PIPE, text=True) as enrolling:
        assert enrolling.stdout is not None
        assert "Hold the key next to the scanner in entrance" in enrolling.stdout.readline()
        kept.send(STRANGER)
        said = enrolling.stdout.read()
        assert enrolling.wait(30) == 0, said
    (ends,) = re.findall(r"mac, ending with ([0-9a-f]{4});", said)
    cast = Cast(1)
    (address,) = {_address(cast, number) for number in range(1, 30) if _address(cast, number).endswith(ends)}
    question = wire.Recognition("r1", "s1", "entrance", (wire.Sighting(f"mac:{address}", -50, 0.0),))
    (answer,) = kept.ask(wire.RECOGNISE, "auth@server-1", question).answers
    assert (answer.participant, answer.strength, answer.reason) == ("frank", "static", "not-invited")
    assert where(kept.cwd, [address]) == []


def _address(cast: Cast, number: int) -> str:
    return str(cast.stranger_tag(number)(0.0)["address"]).replace(":", "").lower()


def _minutes(kept: KeptDemo) -> tuple[int, int]:
    times = [path.stat().st_mtime for path in kept.cwd.rglob("*") if path.is_file()]
    return counter(min(times)) - 1, counter(max(times)) + 2


@pytest.fixture(params=["sqlite", "mariadb"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Auth, list[Path], Maria | None]]:
    """An auth with everything it logs, and where its database is."""
    if request.param == "sqlite":
        auth = Auth(tmp_path / "data", None, {"NANO_LOG_LEVEL": "debug"})
        yield auth, [tmp_path], None
        auth.kill()
        return
    with running(on_disk=True) as maria:
        auth = Auth(tmp_path / "data", maria.fresh("planted"), {"NANO_LOG_LEVEL": "debug"})
        yield auth, [tmp_path, maria.folder], maria
        auth.kill()


def test_key_is_in_no_file_log_error_list_or_export(place: tuple[Auth, list[Path], Maria | None]) -> None:
    auth, folders, maria = place
    auth.start()
    said = [auth.rest(*words) for words in (
        ("PUT", "/participants/planted-bob", {"name": "Bob"}),
        ("POST", "/participants/planted-bob/credentials", {"kind": "static", "key": f"mac:{STATIC}"}),
        ("POST", "/participants/planted-bob/credentials", {"kind": "rolling", "secret": SECRET}),
        ("POST", "/participants/planted-bob/credentials", {"kind": "rolling", "secret": SECRET}),  # once more
        ("POST", "/participants/planted-bob/credentials", {"kind": "static", "secret": WRONG}),  # and wrongly
        ("POST", "/participants/planted-bob/credentials", {"kind": "rolling", "secrets": WRONG}),
        ("POST", "/participants/nobody/credentials", {"kind": "rolling", "secret": WRONG}),
        ("PUT", "/participants/planted-carl", {"name": "Carl"}),
        ("POST", "/participants/planted-carl/credentials", {"kind": "rolling", "secret": SECRET}),  # which is Bob's
        ("GET", "/participants/planted-bob/credentials"),
        ("GET", "/participants/planted-bob/export"),
    )]  # fmt: skip
    assert [status for status, _, _ in said[:3]] == [201, 201, 201] and {status for status, _, _ in said[4:7]} == {
        400,
        404,
        422,
    }
    keys = (wire.Sighting(f"mac:{key}", -50, 0.0) for key in (STATIC, FOREIGN))
    answers = auth.ask(wire.RECOGNISE, wire.Recognition("r1", "s1", "entrance", tuple(keys))).answers
    assert [answer.participant for answer in answers] == ["planted-bob", None]
    auth.ask(wire.REPORT, visit("v1", "planted-bob"))
    told = json.dumps([(body if not isinstance(body, bytes) else body.decode()) for _, body, _ in said])
    assert auth.stop() == 0
    if maria is not None:
        maria.stop()
    keys_planted = (STATIC, FOREIGN, SECRET, WRONG)
    assert not any(form in told.encode() for key in keys_planted for form in forms(key) if len(form) > 6)
    assert [found for folder in folders for found in where(folder, keys_planted)] == []
    assert any(b"planted-bob" in data for folder in folders for _, data in files(folder))  # so it would have been found


def test_erased_person_is_in_no_file_any_more(tmp_path: Path) -> None:
    """A file is read to its last free page, as somebody with the card in their hand would."""
    auth = Auth(tmp_path / "data")
    auth.start()
    try:
        auth.rest("PUT", "/participants/planted-bob", {"name": "Robert Plantagenet"})
        auth.rest("POST", "/participants/planted-bob/credentials", {"kind": "static", "key": f"mac:{STATIC}"})
        for number in range(50):
            auth.ask(wire.REPORT, visit(f"v{number}", "planted-bob"))
        assert _holding(auth, b"Plantagenet") and _holding(auth, b"planted-bob")
        assert auth.rest("POST", "/participants/planted-bob/erasure")[0] in (200, 204)
        assert _holding(auth, b"Plantagenet") == [] and _holding(auth, b"planted-bob") == []
    finally:
        auth.kill()


def _holding(auth: Auth, word: bytes) -> list[str]:
    return [path.name for path, data in files(auth.data) if word in data]
