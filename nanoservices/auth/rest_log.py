"""REST: who asks, who else may, and what happened."""

from datetime import UTC, datetime, timedelta

from nanoservices.auth import api, shapes
from nanoservices.auth.exchange import DONE, Answer, Asked
from nanoservices.auth.routes import ROOT
from nanoservices.auth.store import Store
from nanoservices.auth.tokens import Tokens
from nanoservices.errors import PayloadError
from nanoservices.payload import plain


class LogResources:
    def __init__(self, store: Store, tokens: Tokens):
        self._store = store
        self._tokens = tokens

    def me(self, asked: Asked) -> Answer:
        return Answer(plain(asked.caller))

    def visits(self, asked: Asked) -> Answer:
        query = asked.queries(shapes.VisitsQuery)
        wanted = {name: getattr(query, name) for name in ("outcome", "participant", "meeting", "room", "zone")}
        found = self._store.events.some(query.after, query.before, query.limit, wanted, asked.only)
        return Answer({"visits": found, "next": found[-1]["number"] if found else query.after or 0})

    def alarms(self, asked: Asked) -> Answer:
        query = asked.queries(shapes.LogQuery)
        found = self._store.alarms.after(query.after, query.limit)
        return Answer({"alarms": [plain(alarm) for alarm in found], "next": found[-1].number if found else query.after})

    def audit(self, asked: Asked) -> Answer:
        query = asked.queries(shapes.LogQuery)
        found = self._store.audit.after(query.after, query.limit)
        return Answer({"audit": [plain(entry) for entry in found], "next": found[-1].number if found else query.after})

    def tokens(self, asked: Asked) -> Answer:
        return Answer({"tokens": [api.shown(token) for token in self._tokens.all()]})

    def add_token(self, asked: Asked) -> Answer:
        new = asked.body(shapes.NewToken)
        if (new.role == "organiser") != (new.participant is not None):
            raise PayloadError(
                "participant: is missing; an organiser's token is for the meetings of one participant"
                if new.role == "organiser"
                else f"participant: has no meaning for a token of role {new.role}; leave it out"
            )
        made = datetime.fromtimestamp(int(asked.now_unix), UTC)
        ends = None if new.days is None else made + timedelta(days=new.days)
        token, said = self._tokens.add(api.printable(new.label, "label"), new.role, new.participant, made, ends)
        where = {"Location": f"{ROOT}/tokens/{token.id}"}
        return Answer({**api.shown(token), "token": said.reveal()}, 201, where)

    def remove_token(self, asked: Asked, token: str) -> Answer:
        self._tokens.remove(token)
        return DONE
