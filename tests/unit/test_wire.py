import dataclasses

from nanoservices import wire
from swarm.words import discover

WORDS = sorted(discover())


def test_every_resource_belongs_to_a_service_that_exists() -> None:
    known = {*WORDS, "*"}
    assert {row.word for row in wire.TABLE} <= known
    callers = {caller for row in wire.TABLE for caller in row.callers}
    assert callers <= {*WORDS, "people", "manager"}


def test_every_row_of_the_module_is_in_the_table_once() -> None:
    rows = [value for value in vars(wire).values() if isinstance(value, wire.Resource)]
    assert sorted(map(repr, rows)) == sorted(map(repr, wire.TABLE))
    assert len({(row.word, row.path, row.method) for row in wire.TABLE}) == len(wire.TABLE)


def test_every_payload_is_versioned() -> None:
    for row in wire.TABLE:
        for shape in (row.request, row.response):
            if dataclasses.is_dataclass(shape) and row.method != "GET":
                assert "v" in {field.name for field in dataclasses.fields(shape)}, shape


def test_only_states_are_observable() -> None:
    assert {row.interface for row in wire.TABLE if row.observable} == {"nano.state"}
