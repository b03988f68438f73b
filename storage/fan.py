"""One pass over an object, many copies: seal, digest and write in pieces of 1 MiB, to several sites at once.

Not done here: which sites there are, when they are settled, reading.
"""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from contextlib import suppress
from types import TracebackType

from blake3 import blake3

from storage.direct import Blocks
from storage.errors import SiteError, TooFewCopies
from storage.sealing import CHUNK_BYTES, SEALED_CHUNK_BYTES, Sealer
from storage.site import Buffer, Sink, Site

# What is handed to a site at a time; the rest of a block takes what one update may overshoot.
PIECE_BYTES = 1 << 20
_BLOCK_BYTES = PIECE_BYTES + (1 << 16)


def piece_blocks(keep: int) -> Blocks:
    """Memory for `keep` passes at a time without allocating anew; each takes 1 MiB and a little."""
    return Blocks(_BLOCK_BYTES, keep)


class Fan:
    """Sinks for one object at several sites; a context manager like each of them.

    A site that fails is left out and named, with its reason, in `lost`. As soon as fewer than `least` are
    left the others are aborted too and `TooFewCopies` raised.
    """

    def __init__(
        self, among: Sequence[Site], name: str, size: int, least: int, lost: MutableMapping[str, str]
    ) -> None:
        self._name = name
        self._least = least
        self._lost = lost
        self._sinks: dict[str, Sink] = {}
        for site in among:
            try:
                self._sinks[site.name] = site.create(name, size).__enter__()
            except SiteError as error:
                lost[site.name] = error.reason
            except BaseException:  # whatever stops us here: no sink stays open
                self._abort()
                raise
        self._demand()

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites that have not failed so far; after leaving, those that committed."""
        return tuple(sorted(self._sinks))

    def write(self, piece: memoryview) -> None:
        """`piece` to every site."""
        for site, sink in list(self._sinks.items()):
            try:
                sink.write(piece)
            except SiteError as error:
                self._lose(site, error)
        self._demand()

    def __enter__(self) -> Fan:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._abort()
            return
        committed = {}
        try:
            while self._sinks:
                site, sink = self._sinks.popitem()
                try:
                    sink.__exit__(None, None, None)
                    committed[site] = sink
                except SiteError as failure:
                    self._lost[site] = failure.reason
        finally:
            self._abort()  # nothing is left to abort unless something unforeseen was raised
            self._sinks = committed
        if len(committed) < self._least:
            raise TooFewCopies(self._complaint(), self._lost)

    def _lose(self, site: str, error: SiteError) -> None:
        sink = self._sinks.pop(site)
        self._lost[site] = error.reason
        with suppress(SiteError):
            sink.__exit__(type(error), error, None)

    def _demand(self) -> None:
        if len(self._sinks) < self._least:
            found = self._complaint()
            self._abort()
            raise TooFewCopies(found, self._lost)

    def _complaint(self) -> str:
        return f"{self._name}: {len(self._sinks)} of at least {self._least} sites can take it"

    def _abort(self) -> None:
        stop = InterruptedError()
        while self._sinks:
            with suppress(SiteError):
                self._sinks.popitem()[1].__exit__(InterruptedError, stop, None)


class Pour:
    """Fills a block, and hands it on to a fan whenever a piece is complete, digesting on the way."""

    __slots__ = ("_block", "_digest", "_fan", "_used", "bytes")

    def __init__(self, block: memoryview, fan: Fan) -> None:
        self._block = block
        self._fan = fan
        self._used = 0
        self._digest = blake3()
        self.bytes = 0

    def seal(self, sealer: Sealer, data: Buffer) -> None:
        """Content, through `sealer`."""
        view = memoryview(data).cast("B")
        while view:
            # Just enough to complete the piece: what overshoots is copied to the front of the block.
            chunks = -(-(PIECE_BYTES - self._used) // SEALED_CHUNK_BYTES)
            part, view = view[: chunks * CHUNK_BYTES], view[chunks * CHUNK_BYTES :]
            self._used += sealer.update_into(part, self._block[self._used :])
            self._pass_on()

    def add(self, data: Buffer) -> None:
        """Bytes that are sealed already."""
        view = memoryview(data).cast("B")
        while view:
            part, view = view[: PIECE_BYTES - self._used], view[PIECE_BYTES - self._used :]
            self._block[self._used : self._used + len(part)] = part
            self._used += len(part)
            self._pass_on()

    def finish(self) -> str:
        """Hand on what is left; the BLAKE3 of everything, in hexadecimal."""
        if self._used:
            self._emit(self._used)
        return self._digest.hexdigest()

    def _pass_on(self) -> None:
        if self._used >= PIECE_BYTES:
            self._emit(PIECE_BYTES)

    def _emit(self, count: int) -> None:
        piece = self._block[:count]
        self._digest.update(piece)
        self._fan.write(piece)
        self.bytes += count
        self._block[: self._used - count] = self._block[count : self._used]
        self._used -= count
