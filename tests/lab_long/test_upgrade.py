"""All of the kit's images are new, and one of a service is broken, while people come."""

import json
import threading

from swarm import images_lock
from swarm.demo import doorman
from swarm.lab.plan import WORLD
from swarm.lab.visiting import Visitor
from tests.lab.conftest import Lab
from tests.lab.room import state_of_the_lab, until, visits
from tests.lab.test_operate import running, upgraded


def test_kit_is_upgraded_under_a_visit_and_a_broken_version_is_rolled_back(room: Lab) -> None:
    visitor = Visitor(state_of_the_lab(), print)
    visitor.until_ready()
    visitor.prepare()
    before = running(room)
    for word in before:
        upgraded(room, word, 'LABEL nanoswarm.test="next"')
    newest = max((visit.number for visit in visits()), default=0)
    deploying = threading.Thread(target=lambda: room.done("stack", "deploy", "--yes", timeout_s=200))
    deploying.start()
    doorman.ask(WORLD, {"send": "bob", "zone": "entrance"})
    until(lambda: [each for each in visits(newest) if each.outcome is not None], "his visit has ended")
    deploying.join()
    after = running(room)
    assert all(after[word].isdisjoint(before[word]) for word in before)
    visitor.until_ready()
    told = json.loads(room.done("lab", "visit", "carl", "--json", timeout_s=150))
    assert told["ok"], told["why_not_ok"]

    whole = images_lock.load(room.cwd / "images.lock")
    upgraded(room, "guidance", 'ENTRYPOINT ["python3", "-c", "raise SystemExit(\'this version is broken\')"]')
    failed = room.run("service", "upgrade", "guidance", "--yes", timeout_s=150)
    assert failed.returncode == 1, failed.stdout
    assert "guidance: rolled back, 1 of 1" in failed.stderr and "this version is broken" in failed.stderr
    images_lock.save(room.cwd / "images.lock", whole)
    assert room.done("stack", "deploy", timeout_s=100).startswith("Nothing to do")
    assert {word: ids for word, ids in running(room).items() if word != "guidance"} == {
        word: ids for word, ids in after.items() if word != "guidance"
    }
