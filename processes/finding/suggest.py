"""What somebody may go on typing, and what was meant where nothing was found; both through their view.

How readings are found: `search.suggestions`, `search.corrections`. Nothing is kept of what was typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from archive.database import Database
from policies.access import Subject
from processes.finding.seen import Seen, seen_now, waits
from search.corrections import meant
from search.living import LivingIndex
from search.suggestions import completions


def suggest(
    database: Database,
    index: LivingIndex,
    work: Path,
    text: str,
    subject: Subject | None,
    waiting: bool | None = None,
) -> dict[str, Any]:
    """Ways to go on with `text`, at most ten. Raises `IndexLost`. `waiting` as `processes.finding`."""
    seen = seen_now(subject, database, index, work, waits(database) if waiting is None else waiting)
    seen.need_index()
    found = [
        {"text": one.text, "kind": one.kind}
        for one in completions(text, partial(seen.search, snippets=False))
    ]
    return {"text": text, "suggestions": found}


def did_you_mean(seen: Seen, query: str, filters: Mapping[str, str | Sequence[str]], found: int) -> list[str]:
    """Queries that find more than `found` under the same filters; none where anything is found."""
    return list(meant(query, found, partial(seen.search, filters=filters, snippets=False)))
