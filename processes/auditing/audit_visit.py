"""The copies of many things at many sites, read by many threads and judged one after the other.

Every site has threads of its own: one that is slow holds nobody up until the others are a little ahead,
and one that goes away is left out of the rest. What is read ahead is bounded, so memory stays flat.

Not done here: what there is to read (`holdings`), mending (`audit_mend`), how far one came (`audit_run`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from threading import Event
from types import TracebackType

from ingest.tools import Tools
from processes.auditing.audited import Kind, SiteAudit
from processes.auditing.copies import Kept, KeptObject, Look
from storage.errors import SiteError

AT_ONCE = 128
"""So many things are read, at every site, before the oldest of the chunk before them is judged."""

MOST_BYTES = 4 << 20
"""So much of small files a chunk keeps in memory, at every site, until they are judged."""

_AHEAD = 2
_THREADS = 4

Looked = dict[str, Look]


class Visit:
    """Reads things at the sites of `results` and judges them; leaving it, as a context, ends all reading."""

    def __init__(self, tools: Tools, results: Mapping[str, SiteAudit]) -> None:
        self._tools = tools
        self._results = results
        self._over = Event()
        threads = max(tools.threads, _THREADS)
        self._pools = {name: ThreadPoolExecutor(threads, f"audit {name}") for name in results}

    def __enter__(self) -> Visit:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)

    def judged(
        self, things: Iterable[Kept], only: str = ""
    ) -> Iterator[tuple[Kept, Looked, dict[str, Kind]]]:
        """Each thing in order, what each site gave (or `only` one), and the sites where it is not whole."""
        chunks = _chunks(iter(things))
        waiting: deque[list[tuple[Kept, dict[str, Future[Look]]]]] = deque()
        while True:
            while len(waiting) < _AHEAD and (chunk := next(chunks, None)):
                waiting.append([(one, self._ask(one, only)) for one in chunk])
            if not waiting:
                return
            for one, asked in waiting.popleft():
                looks = self._answers(asked)
                kinds = one.judge(looks) if looks else {}
                self._count(one, looks)
                yield one, looks, kinds

    def _ask(self, one: Kept, only: str) -> dict[str, Future[Look]]:
        there = (n for n, result in self._results.items() if only in ("", n) and not result.unreachable)
        return {name: self._pools[name].submit(self._look, one, name) for name in there}

    def _look(self, one: Kept, site: str) -> Look:
        if self._over.is_set() or self._results[site].unreachable:
            raise CancelledError
        look = one.look(site)
        self._tools.progress.advance(1, look.count)
        return look

    def _answers(self, asked: Mapping[str, Future[Look]]) -> Looked:
        looks = {}
        for site, future in asked.items():
            try:
                look = future.result()
            except SiteError as fault:
                self._results[site].unreachable = self._results[site].unreachable or fault.reason
            except CancelledError:
                continue  # the site went away meanwhile
            else:
                if not self._results[site].unreachable:
                    looks[site] = look
        return looks

    def _count(self, one: Kept, looks: Looked) -> None:
        for site, look in looks.items():
            result = self._results[site]
            if isinstance(one, KeptObject):
                result.objects += 1
            else:
                result.files += 1
            result.bytes += look.count


def _chunks(things: Iterator[Kept]) -> Iterator[list[Kept]]:
    chunk: list[Kept] = []
    weight = 0
    for one in things:
        chunk.append(one)
        weight += one.weight
        if len(chunk) >= AT_ONCE or weight >= MOST_BYTES:
            yield chunk
            chunk, weight = [], 0
    if chunk:
        yield chunk
