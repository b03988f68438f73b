"""Sites that fail where they are told to, and helpers that fill and spoil them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.suites import COBBLESTONE_256
from storage.errors import SiteError, SiteUnavailable
from storage.sealing import KEY_BYTES, Key
from storage.site import Buffer, Sink
from storage.site_local import LocalSite
from storage.vault import Vault, object_name

MIB = 1 << 20
KEY = Key(COBBLESTONE_256, bytes(range(KEY_BYTES)))
NAME = object_name("b1", "o1")


def content(size: int, seed: int = 0) -> bytes:
    return b"".join((n + seed).to_bytes(8, "big") for n in range(size // 8 + 1))[:size]


class FailingSite(LocalSite):
    """A folder site that fails where it is told to."""

    failing: frozenset[str] = frozenset()
    error: type[SiteError] = SiteUnavailable
    after_bytes = 0

    def _fail(self, at: str) -> None:
        if at in self.failing:
            raise self.error(self.name, f"fails at {at}")

    def create(self, name: str, size: int) -> Any:
        self._fail("create")
        return FailingSink(self, super().create(name, size))

    def settle(self) -> None:
        self._fail("settle")
        super().settle()

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        self._fail("read")
        return super().read(name, start, length)

    def stream(self, name: str, chunk_bytes: int = MIB) -> Iterator[memoryview]:
        given = 0
        for piece in super().stream(name, chunk_bytes):
            if given >= self.after_bytes:
                self._fail("stream")
            given += len(piece)
            yield piece


class FailingSink:
    def __init__(self, site: FailingSite, sink: Sink) -> None:
        self.site, self.sink = site, sink

    def write(self, data: Buffer) -> None:
        self.site._fail("write")
        self.sink.write(data)

    def __enter__(self) -> FailingSink:
        return self

    def __exit__(self, *leaving: Any) -> None:
        if leaving[0] is None and "commit" in self.site.failing:
            self.sink.__exit__(InterruptedError, InterruptedError(), None)
            self.site._fail("commit")
        self.sink.__exit__(*leaving)


def stored(vault: Vault, data: bytes, piece_bytes: int = 300_000) -> tuple[int, str]:
    pieces = [data[at : at + piece_bytes] for at in range(0, len(data), piece_bytes)]
    sealed = vault.seal("b1", "o1", KEY, "main", len(data), pieces)
    vault.settle()
    return sealed.sealed_bytes, sealed.sealed_blake3


def read_back(vault: Vault, sealed_bytes: int) -> bytes:
    return b"".join(vault.open("b1", "o1", KEY, "main", sealed_bytes))


def damage(site: LocalSite, name: str = NAME, place: int | None = None) -> None:
    path = site.root / name
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2 if place is None else place] ^= 1
    path.write_bytes(bytes(changed))
