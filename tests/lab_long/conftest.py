"""The lab of tests/lab, for what takes longer than everyday tests may: make lab-long."""

from tests.lab.conftest import images, lab, lab_machine, place, room

__all__ = ["images", "lab", "lab_machine", "place", "room"]
