"""Who is let through to which resource: asked of every request, before its body is gathered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, Rule

from nanoservices.auth import rights
from nanoservices.auth.rights import Caller
from nanoservices.auth.routes import ROOT, ROUTES, Route
from nanoservices.auth.tokens import Tokens
from nanoservices.errors import NotFound, TooLarge, WrongMethod


@dataclass(frozen=True)
class Passed:
    """Who asks for what; `parts` are those of the path."""

    route: Route
    caller: Caller
    parts: Mapping[str, str]


class Gate:
    def __init__(self, tokens: Tokens, now_unix: Callable[[], float]):
        self._tokens = tokens
        self._now_unix = now_unix
        self._routes = {route.name: route for route in ROUTES}
        rules = [Rule(ROOT + route.path, methods=[route.method], endpoint=route.name) for route in ROUTES]
        self._paths = Map(rules, merge_slashes=False).bind("")

    def passed(self, method: str, path: str, headers: Mapping[str, str]) -> Passed:
        """Header names are in small letters. NotAllowed, Forbidden, TooLarge, and NotFound and WrongMethod, which are told to
        nobody without a token."""
        caller = self._tokens.caller(headers.get("authorization", ""), self._now_unix())
        route, parts = self._found(method, path)
        rights.check(caller, method, route.of)
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length[:12]) > route.most_bytes:
            raise TooLarge(f"body: {length[:12]} bytes are more than the {route.most_bytes} taken here")
        return Passed(route, caller, parts)

    def _found(self, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
        try:
            name, parts = self._paths.match(path, method)
        except MethodNotAllowed as error:
            allowed = tuple(sorted(error.valid_methods or ()))
            raise WrongMethod(f"{method[:20]} is not for {path[:100]}; {', '.join(allowed)} are", allowed) from None
        except HTTPException:
            raise NotFound(f"there is no {path[:100]}; {ROOT}/ lists what there is") from None
        return self._routes[name], parts
