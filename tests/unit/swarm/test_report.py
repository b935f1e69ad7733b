"""What people see at the end."""

import io

import pytest
from rich.console import Console

from nanoservices import wire
from swarm.demo import report
from tests.unit.swarm.test_waterfall import WHOLE, visit

VISITS = [
    visit(WHOLE, participant="alice", outcome="completed", room="room-1", meeting="quarterly-plan"),
    visit({name: WHOLE[name] for name in ("a", "b", "b'", "advert", "c", "d")}, outcome="refused", reason="unknown-key"),
    visit({}, outcome="nobody", reason="no key was heard"),
]


def printed(visits: list[wire.Visit], width: int) -> str:
    out = io.StringIO()
    rss = {"auth": 48.2, "controller": 25.9, "guidance": 25.0, "meeting": 47.0, "presence": 24.6, "scanner": 24.0}
    report.show(Console(file=out, width=width), visits, 1.93, rss)
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 100])
def test_report_fits_and_cuts_nothing_off(width: int) -> None:
    text = printed(VISITS, width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    assert any(line.split() == ["RSS", "in", "MB", "48", "26", "25", "47", "25", "24"] for line in text.splitlines())
    for word in ("alice", "stranger", "completed", "unknown-key", "no key was heard", "cue p95 15.0 ms", "1.93 s", "48"):
        assert word in text


def test_in_a_narrow_window_bars_are_shorter_and_nothing_is_cut_off() -> None:
    text = printed(VISITS, 60)
    assert max(len(line) for line in text.splitlines()) <= 60
    assert "…" not in text
    assert "50.0 ms" in text


def test_each_bar_begins_where_the_one_before_ended() -> None:
    rows = [line for line in printed(VISITS[:1], 80).splitlines() if " ms" in line and "cue p95" not in line]
    assert len(rows) == 5
    begins = [next(index for index, sign in enumerate(row) if sign in "▏▎▍▌▋▊▉█") for row in rows]
    assert begins == sorted(begins)
    assert rows[1].count("█") < rows[4].count("█"), "the tag's silence is no bar"
    assert "tag silent 150 ms" in rows[1]


def test_no_visit_at_all_can_be_shown() -> None:
    assert "PERSON" in printed([], 80)
