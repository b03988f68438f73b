"""Every route as its OpenAPI description says, asked by schemathesis: with what fits and with what does not.

The account that asks is that of `init` while it is alone, which may all; the home is thrown away. Each route
is asked a few times in the ordinary run, and many times in the long one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
import requests
import schemathesis
from batches import new_home
from doors import BASE, CSRF, Door, doors
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.transport.requests import REQUESTS_TRANSPORT

from archive import sessions
from lantai.api.csrf import SAFE
from lantai.api.door import COOKIE, action_of
from lantai.api.matching import PREFIX, chosen
from lantai.api.proofs import HEADER

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PARTS = {"method", "url", "headers", "files", "data", "json", "params"}
OURS = {
    "authorization", "connection", "content-length", "cookie", "host", "lantai-proof", "transfer-encoding",
    "x-csrf-token",
}  # fmt: skip
"""Headers that the asker sends, whatever a case would."""


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with doors(new_home(tmp_path_factory.mktemp("described"))) as door:
        yield door


@schemathesis.serializer("application/partial-upload", "application/zip", "text/csv")
def as_bytes(_context: Any, value: Any) -> Any:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


class Asker:
    """Somebody signed in at the application's one client, again where a request has ended the session."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._session = ""

    def send(self, case: Any) -> Any:
        """The case as a request of theirs, with a proof where one is asked for."""
        answer = self._sent(case) if self._session else None
        if answer is None or answer.status_code == 401:
            self._sign_in()
            answer = self._sent(case)
        return answer

    def _sign_in(self) -> None:
        cookie = self._door.signed_in("keeper").cookies[COOKIE]
        self._session = sessions.digest(cookie)
        self._door.client.headers.update({"Cookie": f"{COOKIE}={cookie}", "X-CSRF-Token": CSRF})

    def _sent(self, case: Any) -> Any:
        made = REQUESTS_TRANSPORT.serialize_case(case, base_url=BASE)
        told = {name: value for name, value in made.items() if name in PARTS}
        prepared = requests.Request(**told).prepare()
        headers = {name: value for name, value in prepared.headers.items() if name.lower() not in OURS}
        path = str(prepared.url).removeprefix(BASE).partition("?")[0].removeprefix(PREFIX)
        places, method = self._door.app.state.places.at(unquote(path)), str(prepared.method)
        if (place := chosen(places, method)) is not None and method not in SAFE:
            headers[HEADER] = self._door.app.state.proofs.make(self._session, action_of(place))
        content = prepared.body or b""
        return self._door.client.request(method, str(prepared.url), content=content, headers=headers)


def asked(asker: Asker, operation: Any, mode: GenerationMode, examples: int) -> list[str]:
    """What does not conform to the operation's description."""
    found: dict[str, str] = {}

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def ask(case: Any) -> None:
        answer = asker.send(case)
        try:
            case.validate_response(answer, checks=CHECKS)
        except (Failure, FailureGroup) as fault:
            for one in fault.exceptions if isinstance(fault, FailureGroup) else [fault]:
                told = f"{answer.status_code} for {answer.request.method} {answer.request.url}"
                found.setdefault(one.title, f"{one.title}: {told} {answer.text[:300]} | {one.message[:300]}")

    ask()
    return [f"{operation.label}: {told}" for told in found.values()]


def walked(door: Door, examples: int) -> list[str]:
    load_all_checks()
    schema = schemathesis.openapi.from_dict(door.app.openapi())
    asker, told = Asker(door), []
    for result in schema.get_all_operations():
        operation = result.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                told += asked(asker, operation, mode, examples)
            except Unsatisfiable:  # nothing can be sent to it that does not fit
                continue
    return told


def test_every_route_answers_as_it_is_described(door: Door) -> None:
    assert not (told := walked(door, 1)), "\n".join(told)


@pytest.mark.long
def test_every_route_answers_as_it_is_described_however_often_it_is_asked(door: Door) -> None:
    assert not (told := walked(door, 100)), "\n".join(told)
