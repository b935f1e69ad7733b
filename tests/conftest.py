"""For all tests: how long an example takes says something about the machine, and nothing about the code."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
