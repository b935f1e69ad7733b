"""REST: windows in which a key is held up to a scanner, to be enrolled (enrolment.py).

The controller has the scanners listen: `ask` puts an order to it, from any thread.
"""

import threading
from collections.abc import Callable
from typing import Any

from nanoservices import clock, wire
from nanoservices.auth import shapes
from nanoservices.auth.enrolment import Enrolments, Shown
from nanoservices.auth.exchange import DONE, Answer, Asked, kept
from nanoservices.auth.model import Credential
from nanoservices.auth.routes import ROOT
from nanoservices.auth.store import Store
from nanoservices.errors import PayloadError, PeerError, PeerRefused, Unavailable

AskController = Callable[[wire.Enrolling], Any]  # PeerError when it says no, or nothing
_LAST_DIGITS = 4


class EnrolmentResources:
    """Any thread may use them."""

    def __init__(self, store: Store, ask: AskController, now: Callable[[], float] = clock.monotonic):
        self._store = store
        self._ask = ask
        self._now = now
        self._enrolments = Enrolments()
        self._lock = threading.Lock()

    # --- for the admin

    def add_enrolment(self, asked: Asked) -> Answer:
        new = asked.body(shapes.NewEnrolment)
        own_id, by = asked.own_id(), asked.caller.token
        with self._lock:
            shown = self._enrolments.open(own_id, new.zone, by, new.window_s, self._now())
        try:
            self._listen(own_id, new.zone, new.window_s)
        except Exception:
            with self._lock:
                self._enrolments.end(own_id, by, self._now())
            raise
        return Answer(_shown(shown), 201, {"Location": f"{ROOT}/enrolments/{own_id}"})

    def enrolment(self, asked: Asked, enrolment: str) -> Answer:
        with self._lock:
            return Answer(_shown(self._enrolments.look(enrolment, asked.caller.token, self._now())))

    def accept_enrolment(self, asked: Asked, enrolment: str) -> Answer:
        """The offer is gone with it, also when the key is somebody else's."""
        participant = asked.body(shapes.Accepted).participant
        self._store.people.one(participant)
        with self._lock:
            key = self._enrolments.take(enrolment, asked.caller.token, self._now())
        there, is_new = self._store.people.add_credential(Credential(asked.fresh_id, participant, "static", key))
        return kept(there, is_new, f"{ROOT}/participants/{participant}/credentials/{there.id}")

    def remove_enrolment(self, asked: Asked, enrolment: str) -> Answer:
        with self._lock:
            zone = self._enrolments.end(enrolment, asked.caller.token, self._now())
        self._listen(enrolment, zone, 0)
        return DONE

    def _listen(self, own_id: str, zone: str, window_s: float) -> None:
        try:
            self._ask(wire.Enrolling(own_id, zone, window_s))
        except PeerRefused as error:
            if error.answer_code.startswith("4."):
                raise PayloadError(f"zone: {error}") from None
            raise Unavailable(str(error)) from None
        except PeerError as error:
            raise Unavailable(f"nobody can listen: {error}") from None

    # --- for the controller

    async def held(self, message: wire.HeldUp, _sender: str) -> wire.Done:
        with self._lock:
            self._enrolments.hear(message.enrolment, message.sightings, message.problem, self._now())
        return wire.Done()

    def time_passed(self) -> None:
        """Forget what is over. Call now and then."""
        with self._lock:
            self._enrolments.time_passed(self._now())


def _shown(found: Shown) -> dict[str, Any]:
    """Of the key what is enough to tell it from another."""
    said: dict[str, Any] = {"id": found.id, "zone": found.zone, "state": found.state, "ends_in_s": round(found.ends_in_s, 1)}
    if found.key is not None:
        kind, _, value = found.key.partition(":")
        said |= {"key_kind": kind, "key_ends": value[-_LAST_DIGITS:]}
    if found.why is not None:
        said["why"] = found.why
    return said
