import random

import pytest

from bench.sensors.air import lost, sweep, wait_ms
from bench.sensors.figures import least_share, spread


def test_interval_of_a_mean_holds_it_and_narrows_with_the_sample() -> None:
    few, many = (spread([1.0, 2.0, 3.0] * times) for times in (5, 500))
    assert few["mean_95"][0] < few["mean"] == many["mean"] == 2.0 < few["mean_95"][1]
    assert many["mean_95"][1] - many["mean_95"][0] < (few["mean_95"][1] - few["mean_95"][0]) / 5


def test_p95_of_a_hundred_is_the_95th_and_its_interval_are_two_that_were_measured() -> None:
    found = spread([float(number) for number in range(1, 101)])
    assert found["p95"] == 95 and found["p50"] == 50
    assert found["p95_95"] == [90, 100]


def test_twenty_of_twenty_is_worth_what_the_paper_s_twenty_are() -> None:
    assert least_share(20, 20) == pytest.approx(0.839, abs=0.001)
    assert least_share(200, 200) > 0.98


def test_strong_tag_that_loses_nothing_is_waited_for_less_than_its_interval() -> None:
    draw = random.Random(1)
    waits = [wait_ms(500, 0.0, -40, draw) for _ in range(500)]
    assert max(waits) <= 500 and 220 < sum(waits) / len(waits) < 280


def test_what_is_heard_more_weakly_is_lost_more_often() -> None:
    assert lost(-60, 0.0) < 0.001 and lost(-94, 0.0) == 0.5 and lost(-60, 0.3) == pytest.approx(0.3, abs=0.001)


def test_slow_tag_dominates_and_a_quick_one_leaves_it_to_the_sensor() -> None:
    rows = {(row["interval_ms"], row["loss"], row["rssi_dbm"]): row["dominates"] for row in sweep(10.0, 200)}
    assert rows[100, 0.0, -60] == "PIR" and rows[2000, 0.3, -92] == "tag"
