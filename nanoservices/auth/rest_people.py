"""REST: participants and their credentials."""

from nanoservices.auth import api, shapes
from nanoservices.auth.exchange import DONE, Answer, Asked, kept, page
from nanoservices.auth.listing import cursor_of
from nanoservices.auth.routes import ROOT
from nanoservices.auth.store import Store


class PeopleResources:
    def __init__(self, store: Store):
        self._store = store

    def participants(self, asked: Asked) -> Answer:
        query = asked.queries(shapes.ParticipantsQuery)
        email = query.email.lower() if query.email else None
        found = self._store.listing.participants(query.cursor, query.limit, query.q, email)
        return page("participants", found, query.limit, lambda last: cursor_of(last.id))

    def add_participant(self, asked: Asked) -> Answer:
        new = api.participant(asked.body(shapes.NewParticipant), asked.own_id())
        return kept(new, self._store.people.add(new), f"{ROOT}/participants/{new.id}")

    def participant(self, asked: Asked, participant: str) -> Answer:
        return Answer(api.shown(self._store.people.one(participant)))

    def put_participant(self, asked: Asked, participant: str) -> Answer:
        body = api.named(asked.body(shapes.NewParticipant), participant)
        new = api.participant(body, participant)
        return kept(new, self._store.people.put(new, asked.check), f"{ROOT}/participants/{new.id}")

    def remove_participant(self, asked: Asked, participant: str) -> Answer:
        self._store.people.remove(participant, asked.check)
        return DONE

    def export(self, asked: Asked, participant: str) -> Answer:
        return Answer(self._store.privacy.export(participant))

    def erase(self, asked: Asked, participant: str) -> Answer:
        return Answer({"visits": self._store.privacy.erase(participant)})

    def credentials(self, asked: Asked, participant: str) -> Answer:
        return Answer({"credentials": [api.shown(each) for each in self._store.people.credentials(participant)]})

    def add_credential(self, asked: Asked, participant: str) -> Answer:
        new = api.credential(asked.body(api.NewCredential), participant, asked.own_id())
        there, is_new = self._store.people.add_credential(new)
        return kept(there, is_new, f"{ROOT}/participants/{participant}/credentials/{there.id}")

    def remove_credential(self, asked: Asked, participant: str, credential: str) -> Answer:
        self._store.people.remove_credential(participant, credential)
        return DONE
