"""What a started application keeps beside the archive: limits, proofs, who was seen, whether all is well.

Not here: the archive itself, the journal and the long works, which have their own places in the application.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

import anyio.to_thread
from starlette.datastructures import State

from lantai.api.door import utc
from lantai.api.health import Readiness
from lantai.api.limits import limits_of
from lantai.api.making import Making
from lantai.api.organisation import Waiting
from lantai.api.proofs import Proofs
from lantai.api.sessions_seen import Seen
from lantai.api.turns import Turns
from lantai.organisation import organisation_of
from lantai.wiring import Archive

THREADS = 24
"""Requests that wait for locks, disks or sites at a time; fewer than the database has connections."""
SECONDS_BETWEEN_SWEEPS = 600


@asynccontextmanager
async def standing(state: State, archive: Archive) -> AsyncIterator[None]:
    """All of it in `state`, until the application ends."""
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    state.archive = archive
    state.started = utc(datetime.now(UTC))
    state.limits = limits_of(archive.settings.http.limits)
    state.proofs = Proofs()
    state.turns, state.ways = Turns(), Turns()
    state.readiness = Readiness(archive)
    state.organisation, state.waiting = organisation_of(archive), Waiting()
    state.seen = Seen(archive.database)
    state.making = Making(archive)
    sweeping = asyncio.create_task(_sweep(state.seen))
    try:
        yield
    finally:
        sweeping.cancel()
        with suppress(asyncio.CancelledError):
            await sweeping
        state.making.close()
        await anyio.to_thread.run_sync(state.seen.close)


async def _sweep(seen: Seen) -> None:
    while True:
        seen.sweep()
        await asyncio.sleep(SECONDS_BETWEEN_SWEEPS)
