"""What the OpenAPI document says beyond the routes themselves: problems, how one signs in, what each asks.

Not here: the routes (each module its own), what the matrix says (`policies/routes.toml`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from lantai.api.csrf import HEADER as CSRF_HEADER
from lantai.api.csrf import SAFE
from lantai.api.door import COOKIE
from lantai.api.matching import PREFIX
from lantai.api.problems import TYPE
from lantai.api.proofs import HEADER as PROOF_HEADER
from policies.roles import role_book, route_book

DESCRIPTION = """\
Everything that the command line does, for those who may. Sign in with `POST /api/v1/session`, or send a
program's token as `Authorization: Bearer`. What is not there and what is not for an account are the
same 404.\
"""

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "urn:lantai:problem: and the code"},
        "title": {"type": "string", "description": "the code, which stays"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "for people, in the language that they accept"},
        "action": {"type": "string", "description": "what a proof is needed for"},
        "mistakes": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"where": {"type": "string"}, "what": {"type": "string"}},
            },
        },
    },
}
TOLD = {
    400: "Not understood.",
    401: "Nobody is signed in: the same on every path, there or not.",
    403: "A proof is needed, or the request may be another page's.",
    404: "Not there, or not for this account: the same.",
    405: "The path takes other methods.",
    409: "What stands there does not let it be done.",
    413: "The body is too large.",
    415: "The body is of another kind.",
    422: "Not as the route takes it; `mistakes` say where.",
    429: "Asked too often; `Retry-After` says when again.",
    431: "The headers are too large.",
    500: "Something broke inside.",
    503: "Not now: something that it needs is not there.",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": told,
        "content": {TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, told in TOLD.items()
}
"""The answers that every route may give beside its own."""

SCHEMES = {
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    "token": {"type": "http", "scheme": "bearer"},
}


def described(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """What makes the application's OpenAPI document, once."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            parts = made.setdefault("components", {})
            parts.setdefault("schemas", {})["Problem"] = PROBLEM
            parts["securitySchemes"] = SCHEMES
            for path, methods in made["paths"].items():
                for method, operation in methods.items():
                    _complete(f"{method.upper()} {path.removeprefix(PREFIX)}", operation)
            app.openapi_schema = made
        return app.openapi_schema

    return document


def _complete(name: str, operation: dict[str, Any]) -> None:
    """Say of one operation what the matrix asks for, and which headers it takes."""
    action = route_book().routes.get(name)
    method = name.partition(" ")[0]
    operation["responses"].pop("default", None)
    if action is None:
        operation["security"] = []
        return
    operation["x-lantai-action"] = action
    operation["security"] = [{"session": []}]
    if name not in route_book().own.routes:
        operation["security"].append({"token": []})
    headers = (
        [] if method in SAFE else [(CSRF_HEADER, "The session's token; with a program's token not needed.")]
    )
    if method == "POST":
        headers.append(("Idempotency-Key", "Makes it safe to send the request again."))
    if method not in SAFE and action in role_book().proven.actions:
        headers.append((PROOF_HEADER, f"A one-time proof for the action {action}: POST /session/proof."))
    operation.setdefault("parameters", []).extend(
        {"name": header, "in": "header", "required": False, "description": told, "schema": {"type": "string"}}
        for header, told in headers
    )
