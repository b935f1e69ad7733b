"""README.md says of every case whether it is played and on which side, and the tests are those."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
LAST = {"CORE": 31, "BLOCK": 6, "OBS": 14, "LINK": 11}
ROW = re.compile(r"^\| ([A-Z]+)_(\d\d) \|([^|]*)\| (server|client|server, client|no) \|([^|]*)\|$", re.MULTILINE)


def table() -> dict[str, tuple[str, str, str]]:
    """Purpose, sides and remark by case."""
    rows = ROW.findall((HERE / "README.md").read_text())
    found = {f"{area}_{number}": (what.strip(), sides, why.strip()) for area, number, what, sides, why in rows}
    assert len(found) == len(rows), "a case stands there twice"
    return found


def played() -> Iterator[tuple[str, str]]:
    """Case and side of every test; one test may be about several cases of an area."""
    for path in HERE.glob("test_*.py"):
        for node in ast.parse(path.read_text()).body:
            name = node.name if isinstance(node, ast.FunctionDef) else ""
            if match := re.match(r"test_td_coap_([a-z]+)_((?:\d\d_)+)", name):
                side = "client" if "_our_" in name else "server"
                yield from ((f"{match[1].upper()}_{number}", side) for number in match[2].strip("_").split("_"))


def test_every_case_stands_in_the_table() -> None:
    assert set(table()) == {f"{area}_{number:02d}" for area, last in LAST.items() for number in range(1, last + 1)}
    listed = len(re.findall(r"^\| [A-Z]+_", (HERE / "README.md").read_text(), re.MULTILINE))
    assert listed == len(table()), "a row of the table cannot be read"


def test_what_the_table_says_is_played_is_what_is_tested() -> None:
    said = {(case, side) for case, (_, sides, _) in table().items() for side in sides.split(", ") if side != "no"}
    assert said == set(played())


def test_what_is_not_played_has_its_reason() -> None:
    assert [case for case, (_, sides, why) in table().items() if sides == "no" and len(why) < 8] == []
