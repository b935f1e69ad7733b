"""The REST, put together: what it is made of, and what a change sets going."""

from collections.abc import Callable, Collection

from nanoservices.auth.gate import Gate
from nanoservices.auth.rest_enrolments import EnrolmentResources
from nanoservices.auth.rest_imports import ImportResources
from nanoservices.auth.rest_log import LogResources
from nanoservices.auth.rest_meetings import MeetingResources
from nanoservices.auth.rest_people import PeopleResources
from nanoservices.auth.store import Store
from nanoservices.auth.tokens import Tokens
from nanoservices.auth.web import App
from nanoservices.settings import Secret


def make_app(
    store: Store,
    rooms: Collection[str],
    admin_token: Secret,
    now_unix: Callable[[], float],
    enrolments: EnrolmentResources,
) -> App:
    """What has changed is known to recognition, and to who is let in, when it is answered."""
    tokens = Tokens(store.disk, admin_token)

    store.also_refresh.append(tokens.refresh)

    def changed() -> None:
        store.refresh(now_unix())

    people, meetings = PeopleResources(store), MeetingResources(store, rooms)
    resources = (people, meetings, enrolments, ImportResources(store, rooms), LogResources(store, tokens))
    return App(Gate(tokens, now_unix), resources, changed, now_unix)
