"""TD_COAP_LINK: what the server offers, and who asks for only some of it (RFC 6690). Our door is the server."""

import re
from typing import Any

import pytest

from tests.interop.etsi.messages import CONTENT_FORMAT, GET, LINK_FORMAT, URI_QUERY
from tests.interop.etsi.offered import Note, offered, play, row
from tests.interop.etsi.peer import Peer

pytestmark = pytest.mark.interop
LINK = re.compile(r'<(/[^>]*)>((?:;[a-z]+(?:=(?:"[^"]*"|[^";,]*))?)*)(?:,|$)')

# path, rt, if: the groups that LINK_02, 04 and 05 want
GROUPS = (
    ("link1", "Type1 Type2", "If1"),
    ("link2", "Type2 Type3", "If2"),
    ("link3", "Type1 Type3", "foo"),
    ("alone", "Type12", "bar"),
)


def links(listing: bytes) -> dict[str, dict[str, str]]:
    """Attributes by path. Everything in the listing has to be a link (RFC 6690 section 2)."""
    text = listing.decode()
    assert "".join(found[0] for found in LINK.finditer(text)) == text, f"not link format: {text}"
    attributes = re.compile(r';([a-z]+)(?:="?([^";,]*)"?)?')
    return {path: dict(attributes.findall(told)) for path, told in LINK.findall(text)}


async def discovered(peer: Peer, *query: str) -> dict[str, dict[str, str]]:
    listing = await peer.exchange(GET, ".well-known/core", options=tuple((URI_QUERY, part.encode()) for part in query))
    assert (listing.said, listing.number(CONTENT_FORMAT)) == ("2.05", LINK_FORMAT)
    return links(listing.payload)


def test_td_coap_link_01_list_of_all_resources() -> None:
    async def scenario() -> None:
        async with offered() as (server, peer):
            found = await discovered(peer)
            assert set(found) - {"/.well-known/core"} == {f"/{resource.path}" for resource in server.handlers()}
            assert found["/obs"].items() >= {"rt": "etsi.obs", "if": "nano.state", "ct": "50", "obs": ""}.items()
            assert found["/large"]["ct"] == "42" and "obs" not in found["/large"]
            for path in set(found) - {"/separate"}:  # which is not answered at once
                assert (await peer.exchange(GET, path[1:])).said != "4.04"  # nothing is listed that is not there

    play(scenario())


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("rt=Type12", {"alone"}),
        ("rt=Type1", {"link1", "link3"}),
        ("rt=Type", set()),
    ],
)
def test_td_coap_link_02_only_the_resources_of_one_type(query: str, paths: set[str]) -> None:
    play(filtered(query, paths))


def test_td_coap_link_03_empty_prefix_finds_whatever_has_a_type() -> None:
    """Every row of ours has one; the list itself may be listed, and has none."""

    async def scenario() -> None:
        async with offered() as (server, peer):
            typed = {f"/{resource.path}" for resource in server.handlers()}
            for attribute in ("rt", "if"):
                assert set(await discovered(peer, f"{attribute}=*")) == typed

    play(scenario())


def test_td_coap_link_04_one_type_of_several_in_an_attribute() -> None:
    play(filtered("rt=Type2", {"link1", "link2"}))


@pytest.mark.parametrize(("query", "paths"), [("if=If*", {"link1", "link2"}), ("if=foo", {"link3"})])
def test_td_coap_link_05_prefix_of_an_interface(query: str, paths: set[str]) -> None:
    play(filtered(query, paths))


def test_td_coap_link_06_attribute_that_no_resource_has_finds_none() -> None:
    play(filtered("sz=*", set()))


@pytest.mark.parametrize("path", ["link1", "alone"])
def test_td_coap_link_07_one_resource_by_its_path(path: str) -> None:
    play(filtered(f"href=/{path}", {path}))


def test_td_coap_link_08_resources_by_the_beginning_of_their_path() -> None:
    play(filtered("href=/link*", {"link1", "link2", "link3"}))


async def filtered(query: str, paths: set[str]) -> None:
    """What a server of GROUPS, and of the usual besides, lists for `query`."""
    rows = [row(path, "GET", rt=rt, interface=interface) for path, rt, interface in GROUPS]
    async with offered(dict.fromkeys(rows, here)) as (_, peer):
        assert set(await discovered(peer, query)) == {f"/{path}" for path in paths}


def here(_message: Any, _sender: str) -> Note:
    return Note("here")
