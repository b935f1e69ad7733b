"""What an instance that was started on restored data has to say of it, to be believed."""

from typing import Any

import pytest

from swarm import backup_trial, deploying
from swarm.backup_trial import Trial
from swarm.backup_unit import Database
from swarm.errors import BackupError

COUNTED = {"participants": "participants", "credentials": "keys"}
SAVED = Database("auth.db", 5, {"participants": 3, "credentials": 2, "visits": 9})


def test_as_many_rows_are_expected_as_were_counted_of_the_tables_that_an_instance_speaks_of() -> None:
    assert backup_trial.expected(COUNTED, [SAVED]) == {"participants": 3, "keys": 2}
    other = Database("old.db", 1, {"participants": 1})
    assert backup_trial.expected(COUNTED, [SAVED, other]) == {"participants": 4, "keys": 2}
    assert backup_trial.expected({}, [SAVED]) == {}


@pytest.mark.parametrize(
    ("figures", "says"),
    [
        ({"participants": 3.0, "keys": 2.0, "alarms": 0.0}, ""),
        ({"participants": 0.0, "keys": 2.0}, "participants are 0, and 3 were counted"),
        ({"participants": 3.0, "keys": 1.0}, "keys are 1, and 2 were counted"),
        ({"keys": 2.0}, ""),  # an image that is older than the figure
    ],
)
def test_an_instance_that_reads_fewer_than_were_counted_is_not_believed(figures: dict[str, float], says: str) -> None:
    assert backup_trial.unlike({"participants": 3, "keys": 2}, figures) == says


def test_a_backup_is_not_proven_by_an_instance_that_found_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nothing:
        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_about: object) -> None: ...

        def put(self, *_about: object) -> None: ...

        def start(self) -> None: ...

    spec = {"TaskTemplate": {"ContainerSpec": {}}}
    monkeypatch.setattr(backup_trial.backup_volume, "scratch", lambda *_about: Nothing())
    monkeypatch.setattr(backup_trial.engine_volumes, "opened", lambda *_about: Nothing())
    monkeypatch.setattr(Trial, "_asked", lambda *_about: {"word": "auth", "figures": {"participants": 0}})
    trial = Trial(None, "image", spec, "server-1", {}, {}, "id", (1, 1), {"participants": 2})  # type: ignore[arg-type]
    with pytest.raises(BackupError, match="does not read all of it: participants are 0, and 2 were counted"):
        trial.run("auth")


def test_every_figure_that_the_kit_counts_on_is_told_by_a_service_with_a_store() -> None:
    """Its table is in its schema, and its figure in what it says of its health."""
    from swarm.words import ROOT

    for word, by_table in deploying.load_kit().counted.items():
        sql = "".join(path.read_text() for path in (ROOT / word / "schema").rglob("*.sql"))
        wiring = (ROOT / word / "__main__.py").read_text()
        for table, figure in by_table.items():
            assert f"CREATE TABLE {table} (" in sql or f"RENAME TO {table}" in sql
            assert f'"{figure}": lambda' in wiring
