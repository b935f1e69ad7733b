"""REST: meetings, what they show, and what is personal of a room."""

from collections.abc import Collection

from nanoservices.auth import api, documents, shapes
from nanoservices.auth.exchange import DONE, Answer, Asked, kept, page, tag_of
from nanoservices.auth.listing import MeetingsWanted, cursor_of
from nanoservices.auth.meetings import Check, text
from nanoservices.auth.model import Meeting, Shelf
from nanoservices.auth.routes import ROOT
from nanoservices.auth.store import Store
from nanoservices.errors import NotFound


class MeetingResources:
    def __init__(self, store: Store, rooms: Collection[str]):
        self._store = store
        self._rooms = rooms

    def rooms(self, asked: Asked) -> Answer:
        return Answer({"rooms": sorted(self._rooms)})

    def meetings(self, asked: Asked) -> Answer:
        query = asked.queries(shapes.MeetingsQuery)
        asked_times = {"since": query.since, "until": query.until}
        times = {name: text(api.moment(said)) for name, said in asked_times.items() if said is not None}
        organiser = query.organiser if asked.only is None else asked.only
        wanted = MeetingsWanted(query.room, query.participant, organiser, **times)
        found = self._store.listing.meetings(query.cursor, query.limit, wanted)
        return page("meetings", found, query.limit, lambda last: cursor_of(last.starts, last.id))

    def add_meeting(self, asked: Asked) -> Answer:
        new = api.meeting(asked.body(shapes.NewMeeting), self._rooms, asked.own_id())
        asked.check_owner(new.organiser, "organiser")
        return kept(new, self._store.meetings.add(new), f"{ROOT}/meetings/{new.id}")

    def meeting(self, asked: Asked, meeting: str) -> Answer:
        return Answer(api.shown(self._own(asked, meeting)))

    def put_meeting(self, asked: Asked, meeting: str) -> Answer:
        new = api.meeting(api.named(asked.body(shapes.NewMeeting), meeting), self._rooms, meeting)
        asked.check_owner(new.organiser, "organiser")
        return kept(new, self._store.meetings.put(new, self._checks(asked)), f"{ROOT}/meetings/{new.id}")

    def remove_meeting(self, asked: Asked, meeting: str) -> Answer:
        self._store.meetings.remove(meeting, self._checks(asked))
        return DONE

    def contents(self, asked: Asked, meeting: str) -> Answer:
        return self._listed(self._shelf(asked, meeting))

    def item(self, asked: Asked, meeting: str, name: str) -> Answer:
        shelf = self._shelf(asked, meeting)
        for item in self._store.contents.items(shelf):
            if item.name == name:
                headers = {
                    "Content-Disposition": "attachment",
                    "Content-Length": str(item.size),
                    "ETag": tag_of(item.sha256),
                }
                return Answer(parts=self._store.contents.parts(shelf, item.sha256), media_type=item.media_type, headers=headers)
        raise NotFound(f"there is no {name} here")

    def put_contents(self, asked: Asked, meeting: str, name: str) -> Answer:
        return self._put(asked, self._shelf(asked, meeting), name, None)

    def remove_contents(self, asked: Asked, meeting: str, name: str) -> Answer:
        self._store.contents.remove(self._shelf(asked, meeting), name)
        return DONE

    def personal(self, asked: Asked, room: str) -> Answer:
        return self._listed(self._room(room), asked.only)

    def put_personal(self, asked: Asked, room: str, name: str) -> Answer:
        shelf, owner = self._room(room), asked.queries(shapes.OwnerQuery).owner
        asked.check_owner(owner, "owner")
        return self._put(asked, shelf, name, owner)

    def remove_personal(self, asked: Asked, room: str, name: str) -> Answer:
        shelf = self._room(room)
        for item in self._store.contents.items(shelf):
            if item.name == name:
                asked.check_owner(item.owner, name)
        self._store.contents.remove(shelf, name)
        return DONE

    def _checks(self, asked: Asked) -> Check:
        def check(there: Meeting | None) -> None:
            if there is not None:
                asked.check_owner(there.organiser, f"meeting {there.id}")
            asked.check(there)

        return check

    def _own(self, asked: Asked, meeting: str) -> Meeting:
        found = self._store.meetings.one(meeting)
        asked.check_owner(found.organiser, f"meeting {meeting}")
        return found

    def _shelf(self, asked: Asked, meeting: str) -> Shelf:
        return Shelf(self._own(asked, meeting).room, meeting)

    def _room(self, room: str) -> Shelf:
        if room not in self._rooms:
            raise NotFound(f"there is no room {room} in labels.yml")
        return Shelf(room)

    def _listed(self, shelf: Shelf, owner: str | None = None) -> Answer:
        items = self._store.contents.items(shelf)
        return Answer({"contents": [api.shown(item) for item in items if owner in (None, item.owner)]})

    def _put(self, asked: Asked, shelf: Shelf, name: str, owner: str | None) -> Answer:
        media_type = asked.headers.get("content-type", "").partition(";")[0].strip().lower()
        pieces = documents.pieces(asked.read, name, media_type)
        item, is_new = self._store.contents.put(shelf, name, media_type, pieces, owner)
        return kept(item, is_new, asked.path)
