"""What the controller writes down is what it goes on with."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from nanoservices import clock
from nanoservices.boots import boot_name
from nanoservices.controller.logic import Controller
from nanoservices.controller.model import Lead, SetScreen, StartScan
from nanoservices.controller.store import Store
from nanoservices.errors import Unavailable
from tests.unit.controller.house import LIMITS, PLACE, House


def saved(house: House, path: Path) -> None:
    store = Store(path)
    store.write(store.changes(house.logic))
    store.close()


def loaded(path: Path, now: float) -> Controller:
    logic = Controller(PLACE, LIMITS, now)
    store = Store(path)
    assert store.load(logic)
    store.close()
    return logic


def busy_house() -> House:
    house = House()
    house.logic.is_new("presence@pi-lobby", "b1", 7)
    house.meet("entrance", "bob")
    house.light("bob")
    house.meet("room-1", "carl")
    return house


def test_open_visits_rooms_and_peers_come_back_as_they_were(tmp_path: Path) -> None:
    house = busy_house()
    saved(house, tmp_path / "c.db")
    again = loaded(tmp_path / "c.db", house.now)
    assert again.visits.visits == house.logic.visits.visits
    assert again.scans.scans == house.logic.scans.scans
    assert again.rooms.rooms == house.logic.rooms.rooms
    assert again.registry.sensors == house.logic.registry.sensors
    assert again.registry.peers.keys() == house.logic.registry.peers.keys()
    assert not again.is_new("presence@pi-lobby", "b1", 7)
    assert again.visits.number == house.logic.visits.number


def test_loaded_controller_tells_everybody_what_was_under_way(tmp_path: Path) -> None:
    house = busy_house()
    saved(house, tmp_path / "c.db")
    again = loaded(tmp_path / "c.db", house.now)
    again.resume(house.now)
    told = again.take_commands()
    assert [command.visit for command in told if isinstance(command, Lead)] == [house.visit("bob").id]
    assert {command.zone for command in told if isinstance(command, StartScan)} == {"entrance", "room-1"}
    assert "meeting" in [command.mode for command in told if isinstance(command, SetScreen)]


def test_it_knows_how_many_rows_it_began_with(tmp_path: Path) -> None:
    saved(busy_house(), tmp_path / "c.db")
    store = Store(tmp_path / "c.db")
    assert store.rows_read == 0
    store.load(Controller(PLACE, LIMITS, 0.0))
    with contextlib.closing(sqlite3.connect(tmp_path / "c.db")) as file:
        assert store.rows_read == file.execute("SELECT COUNT(*) FROM state").fetchone()[0] > 3
    store.close()


def test_nothing_is_written_when_nothing_has_changed(tmp_path: Path) -> None:
    house = busy_house()
    store = Store(tmp_path / "c.db")
    store.write(store.changes(house.logic))
    assert store.changes(house.logic) == {}
    house.announce()  # a lease renewed is not worth a write
    assert store.changes(house.logic) == {}
    store.close()


def test_what_is_over_leaves_the_disk_but_closed_visits_stay(tmp_path: Path) -> None:
    house = busy_house()
    store = Store(tmp_path / "c.db")
    store.write(store.changes(house.logic))
    house.wait(200)
    for visit in house.logic.visits.visits.values():
        house.logic.visits.reported(visit.id)
    store.write(store.changes(house.logic))
    assert store.changes(house.logic) == {}
    store.close()
    again = loaded(tmp_path / "c.db", house.now)
    assert again.scans.scans == {}
    assert again.visits.visits == house.logic.visits.visits
    assert not again.visits.open_visits()


def test_rows_that_could_not_be_written_are_written_with_the_next(tmp_path: Path) -> None:
    house = busy_house()
    store = Store(tmp_path / "c.db")
    rows = store.changes(house.logic)
    store.forget_written(rows)
    assert store.changes(house.logic) == rows
    store.close()


def test_row_that_could_not_be_changed_is_still_known_to_be_on_disk(tmp_path: Path) -> None:
    house = busy_house()
    store = Store(tmp_path / "c.db")
    store.write(store.changes(house.logic))
    house.motion("entrance")  # prolongs its scan
    store.forget_written(store.changes(house.logic))
    house.logic.scans.scans.clear()
    store.write(store.changes(house.logic))
    store.close()
    assert loaded(tmp_path / "c.db", house.now).scans.scans == {}


def test_start_has_a_name_that_sorts_after_the_last_ones_also_when_the_calendar_went_back(tmp_path: Path) -> None:
    house, first = House(), Store(tmp_path / "c.db")
    late = boot_name(2_000_000_000.0)
    assert first.began(late) == late
    first.write(first.changes(house.logic))
    first.close()
    again = Store(tmp_path / "c.db")
    assert again.load(Controller(PLACE, LIMITS, house.now))
    began = again.began(boot_name(1_000_000_000.0))
    again.close()
    assert late < began < boot_name(2_000_000_001.0)


def test_row_that_could_not_be_deleted_is_deleted_with_the_next(tmp_path: Path) -> None:
    house = busy_house()
    store = Store(tmp_path / "c.db")
    store.write(store.changes(house.logic))
    house.wait(200)
    rows = store.changes(house.logic)
    store.forget_written(rows)
    assert store.changes(house.logic) == rows
    assert any(body is None for body in rows.values())
    store.close()


def test_row_that_is_there_again_after_a_failed_delete_is_written(tmp_path: Path) -> None:
    house = busy_house()
    store = Store(tmp_path / "c.db")
    store.write(store.changes(house.logic))
    scans = dict(house.logic.scans.scans)
    house.logic.scans.scans.clear()
    store.forget_written(store.changes(house.logic))
    house.logic.scans.scans.update(scans)
    store.write(store.changes(house.logic))
    store.close()
    assert loaded(tmp_path / "c.db", house.now).scans.scans == scans


def test_closed_visit_is_written_again_only_when_it_has_been_reported(tmp_path: Path) -> None:
    house = busy_house()
    house.wait(200)
    visit = house.visit("bob")
    store = Store(tmp_path / "c.db")
    store.write(store.changes(house.logic))
    assert store.changes(house.logic) == {}
    house.logic.visits.reported(visit.id)
    assert list(store.changes(house.logic)) == [("visit", visit.id)]
    store.close()


def test_keys_off_the_air_are_never_written(tmp_path: Path) -> None:
    house = House()
    house.motion("entrance")
    house.hear("entrance", "mac:c0ffeec0ffee")
    saved(house, tmp_path / "c.db")
    for path in tmp_path.iterdir():
        assert b"c0ffeec0ffee" not in path.read_bytes()


def test_after_another_boot_times_are_moved_by_what_has_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    house = busy_house()
    house.now = clock.monotonic()
    left_s = house.visit("bob").deadline - clock.monotonic()
    saved(house, tmp_path / "c.db")
    monkeypatch.setattr(clock, "name", lambda: "another-boot")
    monkeypatch.setattr(clock, "monotonic", lambda: 3.0)  # a fresh boot's clock begins anew
    again = loaded(tmp_path / "c.db", 3.0)
    visit = again.visits.open_of("bob")
    assert visit is not None
    assert visit.deadline - 3.0 == pytest.approx(left_s, abs=5)
    lit_after = house.visit("bob").steps["e"] - house.visit("bob").steps["a"]
    assert visit.steps["e"] - visit.steps["a"] == pytest.approx(lit_after)


def test_room_that_labels_have_lost_is_left_out(tmp_path: Path) -> None:
    house = busy_house()
    saved(house, tmp_path / "c.db")
    smaller = type(PLACE)(PLACE.nodes, PLACE.zones, {"room-1": PLACE.rooms["room-1"]})
    logic = Controller(smaller, LIMITS, house.now)
    store = Store(tmp_path / "c.db")
    store.load(logic)
    assert set(logic.rooms.rooms) == {"room-1"}
    store.close()


def test_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "c.db").write_bytes(b"this is not a database, it is a sentence" * 100)
    with pytest.raises(Unavailable, match=r"c\.db cannot be used"):
        Store(tmp_path / "c.db")
