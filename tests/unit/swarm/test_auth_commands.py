"""meeting, participant, credential, events, token: said on the command line, done in auth, and said back."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from nanoservices import wire
from swarm.__main__ import main
from tests.unit.auth.house import MAC, SECRETS
from tests.unit.swarm.auth_house import AuthHouse

PLAN = ("plan", "Quarterly plan", "--room", "room-1", "--starts", "2031-05-06T14:00+02:00", "--ends", "2031-05-06T15:00+02:00")


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthHouse]:
    monkeypatch.chdir(tmp_path)
    made = AuthHouse(tmp_path)
    yield made
    made.close()


@pytest.fixture
def settled(house: AuthHouse) -> AuthHouse:
    for name in ("alice", "bob", "carl"):
        house.run("participant", "add", name, name.title())
    house.run("meeting", "add", *PLAN, "--invite", "bob", "--organiser", "alice")
    return house


COMMANDS = [
    *(["participant", verb] for verb in ("ls", "show", "add", "change", "rm", "import", "export", "erase")),
    *(["meeting", verb] for verb in ("ls", "show", "add", "change", "rm", "import")),
    *(["meeting", "content", verb] for verb in ("ls", "add", "get", "rm")),
    *(["credential", verb] for verb in ("ls", "add", "enrol", "rm")),
    *(["token", verb] for verb in ("ls", "add", "rm")),
    *(["events", verb] for verb in ("ls", "alarms", "audit")),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_of_every_command_gives_an_example(words: list[str]) -> None:
    told = CliRunner().invoke(main, [*words, "--help"])
    assert told.exit_code == 0
    assert f"nanoswarm {' '.join(words)}" in told.output.split("Options:")[0].replace("Usage: main", "")


def test_participant_is_added_changed_and_removed(house: AuthHouse) -> None:
    assert "Nobody yet." in house.run("participant", "ls")
    for says in ("added", "there already"):
        assert f"bob is {says}" in house.run("participant", "add", "bob", "Bob Stone", "--email", "Bob@example.org")
    assert "name: Bob Stone -> Robert" in house.run("participant", "change", "bob", "--name", "Robert", "--dry-run")
    assert house.told("participant", "ls") == [{"id": "bob", "name": "Bob Stone", "email": "bob@example.org"}]
    house.run("participant", "change", "bob", "--name", "Robert", "--email", "")
    assert "Nothing to do" in house.run("participant", "change", "bob", "--name", "Robert")
    assert house.told("participant", "show", "bob") == {"id": "bob", "name": "Robert", "credentials": [], "meetings": []}
    assert "Remove?" not in house.run("participant", "rm", "bob", "--dry-run")
    house.run("participant", "rm", "bob", "--yes")
    assert "404 there is no participant bob" in house.run("participant", "show", "bob", code=2)


def test_nothing_is_removed_when_nobody_can_be_asked(settled: AuthHouse) -> None:
    for words in (["participant", "rm", "bob"], ["meeting", "rm", "plan"]):
        assert "--yes" in settled.run(*words, code=2)
    assert len(settled.told("participant", "ls")) == 3
    assert len(settled.told("meeting", "ls")) == 1


def test_meeting_is_added_changed_and_removed(settled: AuthHouse) -> None:
    assert "there already, just so" in settled.run("meeting", "add", *PLAN, "--invite", "bob", "--organiser", "alice")
    assert "2031-05-06 12:00Z" in settled.run("meeting", "ls").replace("\n", " ") or settled.told("meeting", "ls")
    settled.run("meeting", "change", "plan", "--room", "room-2", "--invite", "carl", "--uninvite", "bob")
    shown = settled.told("meeting", "show", "plan")
    assert (shown["room"], shown["invited"], shown["starts"]) == ("room-2", ["carl"], "2031-05-06T12:00:00Z")
    assert settled.told("meeting", "ls", "--room", "room-1") == []
    assert [row["id"] for row in settled.told("meeting", "ls", "--participant", "carl")] == ["plan"]
    settled.run("meeting", "rm", "plan", "--yes")
    assert "No meetings." in settled.run("meeting", "ls")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["meeting", "change", "plan", "--room", "attic"], "room: labels.yml has no room attic (it has: room-1, room-2)"),
        (["meeting", "change", "plan", "--starts", "2031-05-06T14:00"], "starts: 2031-05-06T14:00 has no offset from UTC"),
        (["meeting", "change", "plan", "--invite", "zed"], "there is no participant zed"),
        (["meeting", "change", "plan"], "nothing to change"),
        (["meeting", "add", "other", *PLAN[1:]], "starts: room-1 is taken by meeting plan"),
        (["participant", "add", "a b", "x"], 'id: "a b" is not an id'),
        (["participant", "add", "x", "x" * 121], "name: length 121 is not between 1 and 120"),
        (["meeting", "show", "../participants"], "404"),
        (["meeting", "ls", "--since", "yesterday"], "since: "),
    ],
)
def test_what_is_wrong_is_said_and_changes_nothing(settled: AuthHouse, words: list[str], says: str) -> None:
    before = settled.told("meeting", "ls"), settled.told("participant", "ls")
    assert says in settled.run(*words, code=2)
    assert (settled.told("meeting", "ls"), settled.told("participant", "ls")) == before


def test_change_does_not_overwrite_what_somebody_else_has_just_changed(
    settled: AuthHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = settled.rest.ask

    def meanwhile(rest: object, method: str, *path: str, **more: object) -> object:
        answer = ask(method, *path, **more) if method != "PUT" else None
        if method == "PUT":
            ask("PUT", "participants", "bob", body={"name": "somebody else's"})
            return ask(method, *path, **more)
        return answer

    monkeypatch.setattr("swarm.auth_rest.Rest.ask", meanwhile)
    assert "412 If-Match" in settled.run("participant", "change", "bob", "--name", "mine", code=2)
    assert ask("GET", "participants", "bob")[0]["name"] == "somebody else's"


# --- contents -----------------------------------------------------------------------------------------------------------

PDF, PNG = b"%PDF-1.7\n...", b"\x89PNG\r\n\x1a\n..."


def test_contents_are_known_by_what_they_are(settled: AuthHouse) -> None:
    files = {
        "a.pdf": PDF,
        "b.png": PNG,
        "c.jpeg": b"\xff\xd8\xff\xe0",
        "d.md": b"# x",
        "e.txt": b"x",
        "no-ending": PDF,
        "f.py": b"x=1",
    }
    for name, data in files.items():
        (settled.folder / name).write_bytes(data)
    settled.run("meeting", "content", "add", "plan", *files)
    settled.run("meeting", "content", "add", "plan", "--link", "https://example.org/", "--name", "wiki")
    kinds = {item["name"]: item["media_type"] for item in settled.told("meeting", "content", "ls", "plan")}
    assert kinds == {
        "a.pdf": "application/pdf",
        "b.png": "image/png",
        "c.jpeg": "image/jpeg",
        "d.md": "text/markdown",
        "e.txt": "text/plain",
        "no-ending": "application/pdf",
        "f.py": "text/plain",
        "wiki": "text/uri-list",
    }
    settled.run("meeting", "content", "get", "plan", "a.pdf", "--output", "got.pdf")
    assert (settled.folder / "got.pdf").read_bytes() == PDF
    assert "is there already" in settled.run("meeting", "content", "get", "plan", "a.pdf", "--output", "got.pdf", code=2)
    settled.run("meeting", "content", "rm", "plan", "a.pdf")
    assert "a.pdf" not in settled.run("meeting", "content", "ls", "plan")


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.pdf", b"MZ", "called as if it were application/pdf, and does not begin as one"),
        ("a.pdf", PNG, "called as if it were application/pdf, and is image/png"),
        ("a.txt", PDF, "called as if it were text/plain, and is application/pdf"),
        ("a.exe", b"MZ\x00\x90\xff", "is none of PDF, PNG, JPEG, Markdown and text"),
        ("a.txt", b"", "is empty"),
        ("a.pdf", None, "cannot be read"),
        ("a.txt", b"x" * 20_000_001, "has 20.0 MB, and 20 MB are taken"),
        ("a.txt", b"\xff\xfe", "body: is not UTF-8 text"),
    ],
)
def test_file_that_is_not_what_it_is_called_is_refused(settled: AuthHouse, name: str, data: bytes | None, says: str) -> None:
    (settled.folder / "good.txt").write_bytes(b"x")
    if data is not None:
        (settled.folder / name).write_bytes(data)
    assert says in settled.run("meeting", "content", "add", "plan", name, code=2)
    assert settled.told("meeting", "content", "ls", "plan") == []


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "file:///etc/passwd", "ftp://example.org/", "example.org", "http://a@b/"]
)
def test_link_to_anything_but_a_page_is_refused(settled: AuthHouse, link: str) -> None:
    assert "link 1" in settled.run("meeting", "content", "add", "plan", "--link", link, code=2)


def test_large_file_arrives_whole(settled: AuthHouse) -> None:
    (settled.folder / "large.txt").write_bytes(b"0123456789" * 1_000_000)
    settled.run("meeting", "content", "add", "plan", "large.txt")
    assert settled.told("meeting", "content", "ls", "plan")[0]["bytes"] == 10_000_000


# --- credentials, tokens, events ----------------------------------------------------------------------------------------


def test_key_comes_from_a_file_or_stdin_and_is_never_repeated(settled: AuthHouse) -> None:
    (settled.folder / "tag").write_text(SECRETS["bob"].hex() + "\n")
    said = settled.run("credential", "add", "bob", "rolling", "--file", "tag")
    said += settled.run("credential", "add", "bob", "static", stdin=MAC["bob"])
    said += settled.run("credential", "ls", "bob")
    said += settled.run("credential", "add", "carl", "static", stdin=MAC["bob"], code=2)
    assert SECRETS["bob"].hex() not in said and MAC["bob"] not in said
    kept = settled.told("credential", "ls", "bob")
    assert sorted(row["kind"] for row in kept) == ["rolling", "static"]
    settled.run("credential", "rm", "bob", kept[0]["id"], "--yes")
    assert len(settled.told("credential", "ls", "bob")) == 1
    assert "cannot be recognised" in settled.run("credential", "ls", "carl")


@pytest.mark.parametrize("stdin", ["", "\n", "x" * 300, "nonsense"])
def test_key_that_is_none_is_refused(settled: AuthHouse, stdin: str) -> None:
    settled.run("credential", "add", "bob", "static", stdin=stdin, code=2)


def test_token_is_shown_once_or_written_for_its_owner_alone(settled: AuthHouse) -> None:
    said = settled.run(
        "token", "add", "alice's laptop", "--role", "organiser", "--participant", "alice", "--output", "alice.token"
    )
    path = settled.folder / "alice.token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().strip() not in said
    assert settled.told("meeting", "ls") == [row for row in settled.told("meeting", "ls") if row["organiser"] == "alice"]
    settled.run("meeting", "change", "plan", "--title", "Mine", token=path)
    assert "may not look at tokens" in settled.run("token", "ls", token=path, code=2)
    (kept,) = settled.told("token", "ls")
    settled.run("token", "rm", kept["id"], "--yes")
    assert "401" in settled.run("meeting", "ls", token=path, code=2)
    assert "shown this once: " in settled.run("token", "add", "x", "--role", "viewer")


def test_visits_are_listed(house: AuthHouse) -> None:
    assert "No visits." in house.run("events", "ls")
    for number in range(7):
        visit = wire.Visit(f"v{number}", "entrance", (), outcome="refused", reason="unknown-key")
        house.store.events.add(wire.VisitReport(visit, "clock", "2031-05-06T12:00:00+00:00"))
    assert [row["number"] for row in house.told("events", "ls", "--most", "3")] == [5, 6, 7]
    assert "unknown-key" in house.run("events", "ls", "--outcome", "refused")
    assert house.told("events", "ls", "--room", "room-1") == []


def test_person_is_handed_out_and_then_forgotten(settled: AuthHouse) -> None:
    settled.run("credential", "add", "bob", "static", stdin=MAC["bob"])
    visit = wire.Visit("v1", "entrance", (), outcome="completed", participant="bob", meeting="plan", room="room-1")
    settled.store.events.add(wire.VisitReport(visit, "clock", "2031-05-06T12:00:00+00:00"))
    settled.run("participant", "export", "bob", "--output", "bob.json")
    kept = (settled.folder / "bob.json").read_text()
    assert "Bob" in kept and '"v1"' in kept and MAC["bob"] not in kept
    assert stat.S_IMODE((settled.folder / "bob.json").stat().st_mode) == 0o600
    assert "1 visits" in settled.run("participant", "erase", "bob", "--dry-run")
    assert "--yes" in settled.run("participant", "erase", "bob", code=2)
    assert len(settled.told("events", "ls", "--participant", "bob")) == 1
    assert "with 1 visits" in settled.run("participant", "erase", "bob", "--yes")
    assert settled.told("events", "ls", "--participant", "bob") == []
    assert settled.told("meeting", "show", "plan")["invited"] == []
    assert "404" in settled.run("participant", "erase", "bob", "--yes", code=2)
    said = settled.told("events", "audit")
    assert said[-1]["action"] == "participant.erase" and said[-1]["actor"] == "admin-token"
    assert not any("bob" in str(row).lower() for row in said)


def test_alarms_are_listed(house: AuthHouse) -> None:
    assert "No alarms." in house.run("events", "alarms")
    house.store.alarms.add("two-places", "bob", {"zones": "entrance room-1"})
    assert "two-places" in house.run("events", "alarms")
    assert house.told("events", "alarms")[0]["detail"] == {"zones": "entrance room-1"}


# --- where auth is ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("auth", "token", "says"),
    [
        ("nonsense", "x" * 20, "--auth: nonsense is no address such as http://"),
        ("http://127.0.0.1:1", "x" * 20, "does not answer"),
        ("http://127.0.0.1:1", None, "the token cannot be read"),
        ("http://127.0.0.1:1", "two\nlines", "holds no token"),
    ],
)
def test_where_auth_is_not_is_said(tmp_path: Path, auth: str, token: str | None, says: str) -> None:
    if token is not None:
        (tmp_path / "token").write_text(token)
    done = CliRunner().invoke(main, ["participant", "ls", "--auth", auth, "--token-file", str(tmp_path / "token")])
    assert done.exit_code == (1 if "answer" in says else 2)
    assert says in done.output


def test_without_a_cluster_or_a_demo_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    done = CliRunner().invoke(main, ["participant", "ls"])
    assert (done.exit_code, "nanoswarm lab up" in done.output) == (2, True)
