"""A peer that does not answer, in every way there is, fails its own visit, by name and within its budget, and no other."""

import asyncio
from pathlib import Path

import pytest

from nanoservices import clock
from nanoservices.controller.asking import TRY_S
from nanoservices.controller.dispatch import RECOGNISE_S, SCAN_S
from tests.interop.faults.mute import Mute
from tests.interop.faults.proxy import Line
from tests.interop.faults.street import SLACK_S, Street, tell

pytestmark = pytest.mark.interop


async def acknowledged_but_never_answered(street: Street) -> None:
    async with Mute(answers=False) as mute:
        await street.announce("mute", mute.uri)
        began = await street.come(await street.door("mute"))
        visit = await street.ended("mute", began, SCAN_S)
        assert visit.outcome == "failed" and "scanner@mute: no answer" in str(visit.reason)
        assert len(mute.asked) >= 2


async def answered_by_a_message_that_is_lost(street: Street) -> None:
    async with Mute(answers=True) as stammer:
        await street.announce("stammer", stammer.uri)
        began = await street.come(await street.door("stammer"))
        await street.house.until(lambda: len(stammer.asked) == 2, "it is asked again", TRY_S + SLACK_S)
        visit = await street.ended("stammer", began, 8.0)
        assert visit.outcome == "nobody"  # it has listened


async def nobody_listens_there(street: Street) -> None:
    await street.scanner("gone", cut=Line.shut)
    began = await street.come(await street.door("gone"))
    visit = await street.ended("gone", began, SCAN_S)
    assert visit.outcome == "failed" and "scanner@gone" in str(visit.reason)
    assert "nobody listens there" in str(visit.reason)


async def everything_is_lost(street: Street) -> None:
    await street.scanner("cut", cut=Line.go_out)
    began = await street.come(await street.door("cut"))
    visit = await street.ended("cut", began, SCAN_S)
    assert visit.outcome == "failed" and "scanner@cut: no answer" in str(visit.reason)


async def comes_back_under_another_address(street: Street) -> None:
    """Restarted while it is asked in vain: another port, another boot."""
    await street.scanner("moved", cut=Line.go_out)
    began = await street.come(await street.door("moved"))
    await asyncio.sleep(1.0)
    back = clock.monotonic()
    await street.scanner("moved", boot=" again")
    await street.house.until(lambda: "moved again" in street.scanned_at, "it is asked at its new address")
    assert street.scanned_at["moved again"] - back <= 0.5
    assert (await street.ended("moved", began, 10.0)).outcome == "nobody"
    assert "moved" not in street.scanned_at


async def auth_is_cut_off(street: Street) -> None:
    """Who the person is cannot be known, and the visit says why."""
    street.house.to_auth.go_out()
    scanner = await street.scanner("unknown")
    began = await street.come(await street.door("unknown"))
    await street.house.until(lambda: "unknown" in street.scanned_at, "it is scanned")
    scanner.outbox.put(street.sighting("unknown", "mac:0a0b0c0d0e0f"))
    visit = await street.ended("unknown", began, RECOGNISE_S)
    assert visit.outcome == "failed" and "auth" in str(visit.reason)


async def all_is_well(street: Street) -> None:
    await street.scanner("fair")
    began = await street.come(await street.door("fair"))
    visit = await street.ended("fair", began, 8.0)
    assert visit.outcome == "nobody"
    assert street.scanned_at["fair"] - began < 0.5


def test_each_silent_peer_is_named_in_time_and_disturbs_nobody_else(tmp_path: Path) -> None:
    tell(
        tmp_path,
        acknowledged_but_never_answered,
        answered_by_a_message_that_is_lost,
        nobody_listens_there,
        everything_is_lost,
        comes_back_under_another_address,
        auth_is_cut_off,
        all_is_well,
        window_s=5.0,
    )
