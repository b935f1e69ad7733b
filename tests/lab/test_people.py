"""auth's data on a real Swarm: the commands find auth by themselves, wherever its task runs."""

import json
from pathlib import Path

from swarm.lab import home, tasks
from tests.lab.conftest import Lab

PEOPLE = "id,name,email\nzoe,Zoe,zoe@example.org\nyann,Yann,yann@example.org\n"


def token_of(room: Lab) -> Path:
    """What the deploy showed once; in a lab root may look it up where the task has it."""
    state = home.load()
    assert state is not None
    task = tasks.the(state.plan, "auth")
    path = room.cwd / ".nanoswarm" / "token"
    path.write_text(task.file(task.container.environment["NANO_ADMIN_TOKEN_FILE"]))
    return path


def test_people_and_meetings_are_brought_to_auth_from_the_folder_of_the_cluster(room: Lab) -> None:
    path = token_of(room)
    try:
        (room.cwd / "people.csv").write_text(PEOPLE)
        assert "Done: 2 added." in room.done("participant", "import", "people.csv", "--yes")
        assert "Nothing to do" in room.done("participant", "import", "people.csv", "--yes")
        times = ("--starts", "2031-05-06T14:00+02:00", "--ends", "2031-05-06T15:00+02:00")
        room.done("meeting", "add", "planned", "Planned", "--room", "room-1", "--invite", "zoe", *times)
        assert json.loads(room.done("participant", "show", "zoe", "--json"))["meetings"] == ["planned"]
        refused = room.run("meeting", "add", "second", "Second", "--room", "room-1", *times)
        assert (refused.returncode, "room-1 is taken by meeting planned" in refused.stderr) == (2, True)
        room.done("meeting", "rm", "planned", "--yes")
        for name in ("zoe", "yann"):
            room.done("participant", "erase", name, "--yes")
    finally:
        path.unlink()
