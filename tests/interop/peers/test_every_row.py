"""Every row of the contract, on every instance of the demo, asked by three clients that are not ours."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nanoservices import payload, wire
from tests.interop.conftest import KeptDemo
from tests.interop.peers import coap_cli, libcoap, txthings_peer
from tests.interop.peers.cases import CASES, INSTANCES
from tests.interop.peers.programs import Answer

pytestmark = pytest.mark.interop
AskRow = Callable[[wire.Resource, str, Any], Answer]
SERVED = [(name, row) for name in INSTANCES for row in wire.rows(name.split("@")[0])]
IDS = [f"{name}-{row.method}-{row.path}" for name, row in SERVED]


@pytest.fixture(scope="module", params=["libcoap", "coap-cli", "txthings"])
def ask_row(request: pytest.FixtureRequest) -> Iterator[AskRow]:
    if request.param == "txthings":
        with txthings_peer.client() as client:
            yield client.ask_row
    else:
        yield libcoap.ask_row if request.param == "libcoap" else coap_cli.ask_row


def test_every_row_of_the_contract_has_a_case_and_an_instance() -> None:
    assert list(CASES) == list(wire.TABLE)
    assert {row for _, row in SERVED} == set(wire.TABLE)


@pytest.mark.parametrize("name", INSTANCES)
def test_every_path_that_a_service_lists_is_in_the_contract(kept: KeptDemo, name: str) -> None:
    listing = libcoap.ask(f"{kept.uri(name)}/.well-known/core").text
    listed = {link.partition(">")[0].removeprefix("</") for link in listing.split(",")}
    assert listed - {".well-known/core"} == {row.path for row in wire.rows(name.split("@")[0])}


@pytest.mark.parametrize(("name", "row"), SERVED, ids=IDS)
def test_row_is_served(kept: KeptDemo, ask_row: AskRow, name: str, row: wire.Resource) -> None:
    case = CASES[row](kept, name)
    answer = ask_row(row, kept.uri(name), case.message)
    assert answer.code in ("2.05" if row.method == "GET" else "2.04", "2.xx"), answer
    found = answer.body if row.response is bytes else payload.decode(row.response, answer.body)
    assert case.says(found), found
