"""The way from the gate to a route: straight, for the gate has found the route already.

The framework would look for it again, through every router and each of their routes, behind layers that wait
for what cannot come here. What a route itself does is the framework's still: its parameters, its own errors
and answers. Not here: what has no way of its own, as the description of all routes; that goes the usual one.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.types import ASGIApp, Receive, Scope, Send

from lantai.api.matching import PREFIX, Place

Handlers = tuple[Mapping[Any, Any], Mapping[Any, Any]]


class Way:
    """One route, to be asked once the gate has let somebody in. Errors that the application has an answer to
    are answered.
    """

    __slots__ = ("_app", "_convertors", "_handlers", "_route")

    def __init__(self, app: ASGIApp, route: APIRoute, convertors: Mapping[str, Any], told: Handlers) -> None:
        self._app = app
        self._route = route
        self._convertors = tuple(convertors.items())
        self._handlers = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; its `path_params` are as the gate found them, texts."""
        texts: Mapping[str, str] = scope["path_params"]
        scope["path_params"] = {name: kind.convert(texts[name]) for name, kind in self._convertors}
        scope["route"], scope["endpoint"] = self._route, self._route.endpoint
        scope["starlette.exception_handlers"] = self._handlers
        async with AsyncExitStack() as stack:
            scope["fastapi_middleware_astack"] = stack
            await self._app(scope, receive, send)


class Ways:
    """The ways of an application whose routers are all in it."""

    def __init__(self, app: FastAPI) -> None:
        told = [dict[Any, Any](), dict[Any, Any]()]
        for what, handler in app.exception_handlers.items():
            told[isinstance(what, int)][what] = handler
        self._ways: dict[str, Way] = {}
        for one in iter_route_contexts(app.routes):
            route = one.original_route
            if isinstance(route, APIRoute) and (one.path or "").startswith(PREFIX):
                way = Way(one.app, route, one.param_convertors, (told[0], told[1]))
                for method in one.methods or ():
                    self._ways.setdefault(f"{method} {str(one.path).removeprefix(PREFIX)}", way)

    def to(self, place: Place) -> Way | None:
        """The way to a place, None where it has none of its own."""
        return self._ways.get(place.name)
