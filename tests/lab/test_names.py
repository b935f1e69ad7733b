"""When others find a service by its name, on the machine's own engine; test_newer_engine.py asks another."""

from tests.lab import asking_names
from tests.lab.asking_names import naming
from tests.lab.conftest import Lab
from tests.lab.room import plan_of_the_lab


def test_name_is_there_once_the_first_check_has_passed_so_a_short_interval_brings_it_about(lab: Lab) -> None:
    heeds = int(lab.manager.version().partition(".")[0]) >= 25
    with naming(plan_of_the_lab()) as names:
        asking_names.look(names, heeds_start_interval=heeds)
