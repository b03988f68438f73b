"""An index brought up with its archive: opened where it can be, made anew where it cannot.

Not done here: the database (`archive.upgrade`), settings and locks (`lantai.upgrading`).
"""

from __future__ import annotations

from pathlib import Path

from archive import catalogue
from archive.database import Database
from processes.index import feed, refill
from search.errors import IndexDamaged, IndexOutdated
from search.index import Index
from search.tantivy_index import TantivyIndex, recreate


def bring_up_index(database: Database, folder: Path, work: Path, *, anew: bool) -> int:
    """Make the index in `folder` hold what the catalogue has; how many items were fed.

    Everything is fed where `anew` says so, where the index cannot be opened, and where its number of
    records is not the catalogue's; else only what waits.
    """
    index, opened = usable_index(folder)
    fed = 0 if anew or not opened else feed(database, index, work)
    with database.read() as connection:
        wanted = sum(not record.withdrawn for record in catalogue.all_items(connection))
    if anew or not opened or index.count() != wanted:
        return refill(database, index, work)
    return fed


def usable_index(folder: Path) -> tuple[Index, bool]:
    """The index, and whether it could be opened as it was: what could not is thrown away, and it is empty."""
    try:
        return TantivyIndex(folder), True
    except (IndexOutdated, IndexDamaged):
        recreate(folder)
        return TantivyIndex(folder), False
