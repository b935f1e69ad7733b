"""Asks peers, and insists: again and again within a time, at whatever address they have by then."""

import asyncio
import itertools
import logging
from collections.abc import Callable
from typing import Any

from nanoservices import clock, wire
from nanoservices.coap import Endpoint
from nanoservices.controller.registry import Registry
from nanoservices.errors import PeerError, PeerRefused, PeerSilent
from nanoservices.log import about
from nanoservices.pacing import pause_s

log = logging.getLogger("controller")

TRY_S = 2.0


class Asking:
    def __init__(self, endpoint: Endpoint, registry: Registry):
        self._endpoint = endpoint
        self._registry = registry

    async def tell(self, word: str, zones: tuple[str, ...], row: wire.Resource, order: Any, within_s: float) -> None:
        """Tell those who are there; it ends by itself with those who are not."""
        _, why = await self.ask_all(word, zones, row, lambda: order, within_s, only_live=True)
        if why is not None:
            log.info("not told", extra=about(why=why))

    async def ask_all(
        self, word: str, zones: tuple[str, ...], row: wire.Resource, order: Callable[[], Any], within_s: float,
        heard: Callable[[str, Any], None] | None = None, only_live: bool = False,
        failed: Callable[[PeerError], None] | None = None,
    ) -> tuple[bool, str | None]:  # fmt: skip
        """Ask every instance of `word` in `zones`: whether any did it, and a sentence about those that did not.

        Those that labels.yml expects but nobody has announced are waited for, unless `only_live`.
        """
        names = {peer.name for peer in self._registry.live(word, zones, clock.monotonic())}
        if not only_live:
            names |= set(self._registry.expected(word, zones, clock.monotonic()))

        async def ask(name: str) -> str | None:
            try:
                answer = await self.insist(name, lambda: self._uri(name), row, order, within_s)
            except PeerError as error:
                if failed is not None:
                    failed(error)
                return str(error)
            if heard is not None:
                heard(name, answer)
            return None

        failures = [failure for failure in await asyncio.gather(*map(ask, sorted(names))) if failure is not None]
        return len(failures) < len(names), "; ".join(failures) or None

    def _uri(self, name: str) -> str | None:
        peer = self._registry.peers.get(name)
        return peer.uri if peer is not None and self._registry.is_live(name, clock.monotonic()) else None

    def where(self, word: str, named: str) -> Callable[[], str]:
        """For `insist`: in turn the address that the one instance of `word` has announced, and `named`, its name's.

        A new task says where it is before its name leads there; one that was killed is where nobody answers any more.
        """

        turns = itertools.cycle((True, False))
        return lambda: (next(turns) and self._registry.where(word, clock.monotonic())) or named

    async def insist(
        self, name: str, uri: Callable[[], str | None], row: wire.Resource, message: Callable[[], Any], within_s: float
    ) -> Any:
        """Ask until there is an answer or `within_s` is over. A peer that says no is believed, unless it only cannot now."""
        until = clock.monotonic() + within_s
        error: PeerError = PeerSilent(name, "is silent (it has not announced itself)")
        for failures in itertools.count(1):
            address, began = uri(), clock.monotonic()
            if address is not None:
                budget_s = round(min(TRY_S, until - began), 2)  # people read it
                try:
                    return await self._endpoint.call(row, address, message(), peer=name, budget_s=budget_s)
                except PeerRefused as refused:
                    if refused.answer_code.startswith("4."):
                        raise
                    error = refused
                except PeerSilent as silent:
                    error = silent
            now = clock.monotonic()
            wait_s = pause_s(failures, now - began)
            if now + wait_s >= until:
                break
            await asyncio.sleep(wait_s)
        raise error
