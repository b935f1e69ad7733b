"""Bodies of many blocks between libcoap's client and the services, both ways (RFC 7959), and the services' listings."""

import hashlib
import json
from pathlib import Path

import pytest

from nanoservices import payload, wire
from swarm.demo import cast
from tests.interop.conftest import KeptDemo
from tests.interop.peers import archive, libcoap
from tests.interop.peers.cases import AUTH, CONTROLLER, INSTANCES, ROOM, credential, large_report

pytestmark = pytest.mark.interop
LARGE = 20_000


@pytest.mark.parametrize("block", [None, 1024, 256, 16])
def test_20_kb_come_down_byte_for_byte_whatever_the_block(
    kept: KeptDemo, large_text: bytes, tmp_path: Path, block: int | None
) -> None:
    query = wire.ItemQuery(ROOM, cast.MEETING, hashlib.sha256(large_text).hexdigest(), credential(kept))
    size = () if block is None else ("-b", str(block))
    options = (*size, "-o", str(tmp_path / "item"), *libcoap.query(wire.ITEM, query))
    answer = libcoap.ask(f"{kept.uri(AUTH)}/item", *options)
    assert answer.code == "2.xx", answer
    assert (tmp_path / "item").read_bytes() == large_text


@pytest.mark.parametrize("block", [None, 1024, 64])
def test_20_kb_go_up_whole_and_twice_is_once(kept: KeptDemo, tmp_path: Path, block: int | None) -> None:
    report = large_report()
    (tmp_path / "report").write_bytes(payload.encode(report))
    assert (tmp_path / "report").stat().st_size > LARGE
    size = () if block is None else ("-b", str(block))
    for _ in range(2):
        answer = libcoap.ask(f"{kept.uri(AUTH)}/visits", "-m", "post", "-t", "50", *size, "-f", str(tmp_path / "report"))
        assert answer.code == "2.xx" and json.loads(answer.body) == {"v": 1}
    assert [tuple(visit["trouble"]) for visit in archive.reported(kept, report.visit.id)] == [report.visit.trouble]


@pytest.mark.parametrize("block", [1024, 64])
def test_answer_of_several_blocks_is_the_same_in_blocks_of_any_size(kept: KeptDemo, block: int) -> None:
    kept.until(lambda: all(visit.outcome for visit in kept.visits()), "all visits are over")
    whole = libcoap.ask(f"{kept.uri(CONTROLLER)}/visits", "-b", str(block))
    assert len(whole.body) > 2 * 1024
    found = payload.decode(wire.Visits, whole.body)
    assert found.visits == tuple(kept.visits())[: len(found.visits)]


@pytest.mark.parametrize("name", INSTANCES)
def test_listing_names_type_interface_and_what_can_be_observed(kept: KeptDemo, name: str) -> None:
    """RFC 6690, and section 6 of RFC 7641 for `obs`."""
    links = _links(libcoap.ask(f"{kept.uri(name)}/.well-known/core").text)
    for row in wire.rows(name.split("@")[0]):
        link = links[row.path]
        assert f'rt="{row.rt}"' in link
        assert row.interface in _value(link, "if").split()
        assert ("obs" in link) == any(other.observable for other in wire.rows(row.word) if other.path == row.path)


def test_listing_can_be_asked_for_one_type_or_one_interface(kept: KeptDemo) -> None:
    """Section 4.1 of RFC 6690."""

    def listed(query: str) -> set[str]:
        return set(_links(libcoap.ask(f"{kept.uri(CONTROLLER)}/.well-known/core?{query}").text))

    assert listed("rt=nano.visits") == {"visits"}
    assert listed("rt=nano.v*") == {"visits"}
    assert listed("if=nano.report") == {"instances", "events"}
    assert listed("if=nano.state") == {"health", "instances", "visits", "zones"}
    assert listed("rt=nothing-of-the-kind") == set()


def _links(listing: str) -> dict[str, list[str]]:
    """Path to attributes."""
    links = [link.split(";") for link in listing.split(",") if link]
    return {target.removeprefix("</").removesuffix(">"): attributes for target, *attributes in links}


def _value(attributes: list[str], name: str) -> str:
    return next(attribute.split("=")[1].strip('"') for attribute in attributes if attribute.startswith(f"{name}="))
