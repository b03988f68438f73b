"""The server's numbers, for whoever watches it: how many requests, how long, what waits.

No label names an account, a code or a query: routes are told as the matrix names them. Not here: who may
read them (`lantai.api.health`).
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from sqlalchemy import func, select
from starlette.types import Scope

from archive import catalogue_index, tables
from lantai.wiring import Archive

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class Numbers:
    """The counters of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._kept: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "lantai_http_requests",
            "Answers by route and status.",
            ("route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "lantai_http_seconds", "From a request to the end of its answer.", ("route",),
            buckets=SECONDS, registry=self._registry,
        )  # fmt: skip
        self._entries = self._gauge("lantai_ledger_entries", "Entries of the ledger.")
        self._items = self._gauge("lantai_items", "Items that can be found by somebody.")
        self._sessions = self._gauge("lantai_sessions", "Sessions that have not been swept.")
        self._jobs = self._gauge("lantai_jobs_unended", "Long works that wait or run.")
        self._ready = self._gauge("lantai_ready", "1 where the archive was ready when last looked at.")

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        """One answer more."""
        place = scope["state"].get("place")
        name = "none" if place is None else place.name
        counter, histogram = self._kept.get((name, status)) or self._labelled(name, status)
        counter.inc()
        histogram.observe(seconds)

    def text(self, archive: Archive, ready: bool) -> bytes:
        """All numbers as Prometheus reads them. Raises as the database does."""
        with archive.database.read() as conn:
            self._entries.set(archive.ledger.size(conn))
            self._items.set(catalogue_index.findable(conn))
            self._sessions.set(conn.execute(select(func.count()).select_from(tables.session)).scalar_one())
            unended = select(func.count()).select_from(tables.job).where(tables.job.c.ended == "")
            self._jobs.set(conn.execute(unended).scalar_one())
        self._ready.set(int(ready))
        return generate_latest(self._registry)

    def _labelled(self, name: str, status: int) -> tuple[Counter, Histogram]:
        """The two of a route and status, looked up once: both are ours and few."""
        made = self._requests.labels(name, str(status or 499)), self._seconds.labels(name)
        self._kept[name, status] = made
        return made

    def _gauge(self, name: str, told: str) -> Gauge:
        return Gauge(name, told, registry=self._registry)
