"""Two archives equal but for what somebody may not see, asked through the HTTP door: answers to the byte.

`twin_doors` opens both doors, `both` asks one thing of each. What is compared is all that came: status,
every header, body. Homes: `twin_homes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from doors import doors
from starlette.testclient import TestClient
from twin_homes import Homes

API = "/api/v1"


@dataclass(frozen=True)
class Answer:
    """All that came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """One header, "" where it is not there."""
        return dict(self.headers).get(name, "")


@dataclass(frozen=True)
class TwinDoors:
    """One account's clients at the doors of both archives."""

    full: TestClient
    bare: TestClient

    def both(self, method: str, path: str, **more: Any) -> tuple[Answer, Answer]:
        """What both answer."""
        return answer(self.full, method, path, **more), answer(self.bare, method, path, **more)

    def same(self, method: str, path: str, **more: Any) -> Answer:
        """What both answer, alike."""
        full, bare = self.both(method, path, **more)
        assert full == bare, (method, path, more)
        return full


def answer(client: TestClient, method: str, path: str, **more: Any) -> Answer:
    """One answer, with nothing left out."""
    came = client.request(method, API + path, **more)
    return Answer(came.status_code, tuple(sorted(came.headers.multi_items())), came.content)


@contextmanager
def twin_doors(homes: Homes, account: str) -> Iterator[TwinDoors]:
    """Both doors open, the account signed in at each."""
    with doors(homes.full) as full, doors(homes.bare) as bare:
        yield TwinDoors(full.signed_in(account), bare.signed_in(account))
