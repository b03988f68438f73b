"""Use copies made behind a registration, so that nobody waits for a small picture.

How far that came stands in the folder of the copies itself: whoever removes the folder has all of them made
again. What cannot be made now, as where no site has a good copy, is made when somebody asks for it. Not done
here: tiles and what is to be played, which are made when they are first asked for (`kinds.BEHIND`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from archive import catalogue
from archive.catalogue import Record
from ingest.locks import only_one_or_none
from ingest.tools import Tools
from policies.access import EVERYTHING
from processes.use_copies.kinds import BEHIND, kinds_of
from processes.use_copies.making import Wish, Workshop, make
from storage.errors import StorageError
from storage.keyring import Keyring
from storage.use_copies import FORM

LOCK = "use-copies.lock"
_MARK, _SWEPT = ".looked-through", ".swept"
_LOOKED_AT_ONCE = 50
SECONDS_BETWEEN_SWEEPS = 600


def make_behind(tools: Tools, most: int) -> tuple[int, bool]:
    """Make what is missing of newer items, about `most`; how many were made, and whether there is more. Where
    another process is at it, it is left to that.
    """
    done, more = 0, False
    with only_one_or_none(tools.work / LOCK) as mine:
        while mine and not more:
            after = _looked_through(tools.use_copies.folder)
            with tools.database.read() as conn:
                records = catalogue.items_after(conn, after, EVERYTHING, _LOOKED_AT_ONCE)
            if not records:
                break
            done += _make(tools, records)
            _note(tools.use_copies.folder, records[-1].registered)
            more = done >= most
    return done, more


def sweep(tools: Tools, most_bytes: int) -> int:
    """Keep the copies within `most_bytes`, looking now and then; how many went."""
    mark = tools.use_copies.folder / _SWEPT
    with suppress(OSError):
        if time.time() - mark.stat().st_mtime < SECONDS_BETWEEN_SWEEPS:
            return 0
    if not tools.use_copies.folder.is_dir():
        return 0
    mark.touch(mode=0o600)
    return tools.use_copies.sweep(most_bytes)


def workshop(tools: Tools) -> Workshop:
    """What making needs, as a worker has it."""

    def there(item: str) -> bool:
        with tools.database.read() as conn:
            return bool(catalogue.items(conn, [item], EVERYTHING))

    return Workshop(tools.use_copies, tools.vault, tools.probes, tools.work, there)


def _make(tools: Tools, records: Sequence[Record]) -> int:
    missing = list(_missing(tools, records))
    shop, keyrings = workshop(tools), {one.batch: _keyring(tools, one.batch) for one in missing}
    if not missing:
        return 0

    def one_made(one: Wish) -> bool:
        keyring = keyrings[one.batch]
        if keyring is None:
            return False
        try:
            return make(shop, one, keyring.key(one.part.object_id)).kept
        except StorageError:
            return False

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return sum(pool.map(one_made, missing))


def _missing(tools: Tools, records: Sequence[Record]) -> Iterator[Wish]:
    for record in records:
        item = record.item
        for part in item.components:
            for kind in BEHIND:
                if kind in kinds_of(part) and not tools.use_copies.has(item.batch, part.object_id, kind):
                    yield Wish(item.id, item.batch, part, kind)


def _keyring(tools: Tools, batch: str) -> Keyring | None:
    try:
        return tools.vault.keyring(batch)
    except StorageError:
        return None


def _looked_through(folder: Path) -> int:
    """The newest item that was looked at, -1 where none was, or copies were of another form then."""
    try:
        form, registered = (folder / _MARK).read_text("ascii").split()
        return int(registered) if int(form) == FORM else -1
    except (OSError, ValueError):
        return -1


def _note(folder: Path, registered: int) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f"{_MARK}.new"
    draft.write_text(f"{FORM} {registered}\n", "ascii")
    draft.rename(folder / _MARK)
