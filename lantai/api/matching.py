"""Which route of the matrix a request means: the same as the application's own router finds, found before it.

The door decides by it before anything of a body is read. Not here: who may take the route (`door`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fastapi.routing import APIRoute, APIRouter
from pydantic import BaseModel
from starlette.routing import compile_path

from policies.roles import RouteBook, route_book

PREFIX = "/api/v1"
OPENAPI = "/openapi.json"


@dataclass(frozen=True, slots=True)
class Place:
    """One method of one path, as the matrix names it (`GET /items/{code}`).

    `single` and `many` are the query's parameters that may stand there once or often; `takes_json` is
    whether the route wants a JSON body.
    """

    method: str
    path: str
    pattern: re.Pattern[str]
    single: frozenset[str] = frozenset()
    many: frozenset[str] = frozenset()
    takes_json: bool = False
    name: str = field(init=False)
    """Its line in the matrix."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", f"{self.method} {self.path}")

    def params(self, path: str) -> dict[str, str]:
        """What stands in the places of the path's parameters."""
        found = self.pattern.fullmatch(path)
        return found.groupdict() if found else {}


class Places:
    """All places of the application, in the order in which its router tries them."""

    def __init__(self, routers: Iterable[APIRouter]) -> None:
        self._first: dict[str, list[Place]] = {}
        for place in _places(routers):
            need_line(route_book(), place)
            self._first.setdefault(_first(place.path), []).append(place)

    def at(self, path: str) -> list[Place]:
        """What the path, below the API's own, may mean; empty where nothing is there."""
        named = self._first.get(_first(path), ())
        return [place for place in named if place.pattern.fullmatch(path)]

    def every(self) -> Iterator[Place]:
        """Each place."""
        for places in self._first.values():
            yield from places


def need_line(book: RouteBook, place: Place) -> None:
    """Raises `ValueError` for a place that the matrix does not name."""
    if place.name not in book.routes and place.name not in book.free.routes:
        raise ValueError(f"the matrix does not name {place.name}")


def chosen(places: Iterable[Place], method: str) -> Place | None:
    """The place of this method; `HEAD` is answered as `GET` where it has none of its own."""
    named = list(places)
    found = next((place for place in named if place.method == method), None)
    return chosen(named, "GET") if found is None and method == "HEAD" else found


def _places(routers: Iterable[APIRouter]) -> Iterator[Place]:
    yield Place("GET", OPENAPI, compile_path(OPENAPI)[0])
    for router in routers:
        for route in router.routes:
            if not isinstance(route, APIRoute):
                raise ValueError(f"a route of the API is made with a router's own decorators: {route}")
            single, many = _query(route)
            for method in sorted(route.methods or ()):
                pattern = compile_path(route.path)[0]
                yield Place(method, route.path, pattern, single, many, route.body_field is not None)


def _query(route: APIRoute) -> tuple[frozenset[str], frozenset[str]]:
    """The names of a route's query parameters: those given once, those given often."""
    single, many = set[str](), set[str]()
    for known in _fields(route.dependant):
        model = known.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            for name, inner in model.model_fields.items():
                (many if _is_list(inner.annotation) else single).add(inner.alias or name)
        else:
            (many if _is_list(model) else single).add(known.alias)
    return frozenset(single), frozenset(many)


def _fields(dependant: Any) -> Iterator[Any]:
    yield from dependant.query_params
    for under in dependant.dependencies:
        yield from _fields(under)


def _is_list(annotation: Any) -> bool:
    """Whether a type is a sequence, also beside None and under `Annotated`."""
    origin = getattr(annotation, "__origin__", None)
    if annotation in (list, tuple, set, frozenset) or origin in (list, tuple, set, frozenset):
        return True
    return any(_is_list(inner) for inner in getattr(annotation, "__args__", ()))


def _first(path: str) -> str:
    return path.partition("/")[2].partition("/")[0]
