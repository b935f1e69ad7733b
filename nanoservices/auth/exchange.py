"""A request to the API and its answer, as the handlers see them: no web framework. Pure.

A handler is a method named as its row in routes.py: `def meeting(self, asked: Asked, meeting: str) -> Answer`.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from nanoservices.auth import api
from nanoservices.auth.rights import Caller
from nanoservices.errors import Changed, Forbidden, ManyWrong, PayloadError
from nanoservices.problems import encoded

Shape = TypeVar("Shape")
Check = Callable[[Any], None]  # is given what is there, as a value of model.py, or None


class Misshapen(ManyWrong):
    """Not what the document says a request looks like. What is, and cannot be meant all the same, is a plain PayloadError,
    which becomes 422."""


def shaped(read: Callable[..., Shape], *arguments: Any) -> Shape:
    """What `read` gives; Misshapen when it refuses."""
    try:
        return read(*arguments)
    except ManyWrong as error:
        raise Misshapen(error.problems) from None
    except PayloadError as error:
        raise Misshapen([str(error)]) from None


@dataclass(frozen=True)
class Asked:
    """`only`: the participant whose alone the caller may see and change; None when it is everybody's. Header names are in
    small letters; `read` gives the next bytes of the body, at most so many."""

    caller: Caller
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    read: Callable[[int], bytes]
    now_unix: float
    fresh_id: str
    only: str | None = None

    def body(self, shape: type[Shape], most_bytes: int = api.MOST_JSON) -> Shape:
        """PayloadError names the field that is wrong."""
        found: Shape = shaped(api.read, shape, self.read(most_bytes + 1), most_bytes)
        return found

    def queries(self, shape: type[Shape]) -> Shape:
        """What stands behind the `?`."""
        found: Shape = shaped(api.read_query, shape, self.query)
        return found

    def own_id(self) -> str:
        """For what comes without an id: the same again for the same Idempotency-Key of the same caller."""
        key = self.headers.get("idempotency-key", "").strip().strip('"')
        if not key:
            return self.fresh_id
        if len(key) > api.LONGEST_KEY or not key.isprintable():
            raise PayloadError(f"Idempotency-Key: is not 1 to {api.LONGEST_KEY} printable characters")
        return hashlib.sha256(f"{self.caller.token}\n{self.path}\n{key}".encode()).hexdigest()[:16]

    def check(self, there: Any) -> None:
        """Changed unless what is `there` (None: nothing) is what If-Match and If-None-Match ask for (RFC 9110, 13.1)."""
        wanted, unwanted = self.headers.get("if-match"), self.headers.get("if-none-match")
        if wanted is None and unwanted is None:
            return
        tag = None if there is None else etag(encoded(api.shown(there)))
        if wanted is not None and not matches(wanted, tag):
            now = "there is none" if tag is None else f"its ETag is {tag} now"
            raise Changed(f"If-Match: it has been changed meanwhile ({now}); get it again, and look at what is new")
        if unwanted is not None and matches(unwanted, tag):
            raise Changed("If-None-Match: there is one already")

    def check_owner(self, owner: str | None, what: str) -> None:
        """Forbidden when it is somebody else's."""
        if self.only is not None and owner != self.only:
            raise Forbidden(f"Authorization: {what} is another's; a token of role {self.caller.role} is for its own")


@dataclass(frozen=True)
class Answer:
    """`value` as JSON; or `parts` as they come, of `media_type`, with their Content-Length and ETag among the headers.
    `changed`: what a request other than GET asked for was done."""

    value: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    parts: Iterator[bytes] | None = None
    media_type: str = "application/json"
    changed: bool = True

    def body(self) -> bytes:
        return b"" if self.value is None else encoded(self.value)


DONE = Answer(status=204)


def kept(value: Any, is_new: bool, where: str) -> Answer:
    """201 for what is new, with its address; 200 says that it was there already, just so, or has been replaced."""
    return Answer(api.shown(value), 201, {"Location": where}) if is_new else Answer(api.shown(value))


def page(name: str, found: Iterable[Any], limit: int, cursor: Callable[[Any], str]) -> Answer:
    """`found` is one more than asked for when there are more; `next` is then what to give as cursor."""
    values = list(found)
    more = {"next": cursor(values[limit - 1])} if len(values) > limit else {}
    return Answer({name: [api.shown(value) for value in values[:limit]], **more})


def etag(body: bytes) -> str:
    return tag_of(hashlib.sha256(body).hexdigest())


def tag_of(sha256: str) -> str:
    return f'"{sha256[:32]}"'


def matches(header: str, tag: str | None) -> bool:
    """Of a list of tags, or `*`; a weak one (W/) is as good, as ours are made from the whole."""
    if header.strip() == "*":
        return tag is not None
    return tag is not None and tag in {part.strip().removeprefix("W/") for part in header.split(",")}
