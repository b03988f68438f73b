"""An index brought up with its archive: fed where it can be, made anew where it cannot.

Not done here: the database (`archive.upgrade`), settings and locks (`lantai.upgrading`).
"""

from __future__ import annotations

from pathlib import Path

from archive.catalogue_index import findable
from archive.database import Database
from processes.finding.index import feed, refill
from search.living import LivingIndex


def bring_up_index(database: Database, folder: Path, work: Path, *, anew: bool) -> int:
    """Make the index in `folder` hold what the catalogue has; how many items were fed.

    Everything is fed where `anew` says so, where the index cannot be used or was being made anew, and where
    its number of records is not the catalogue's; else only what waits.
    """
    index = LivingIndex(folder)
    if anew or index.wanting or index.unfinished:
        return refill(database, index, work, afresh=anew)
    fed = feed(database, index, work)
    with database.read() as connection:
        wanted = findable(connection)
    return refill(database, index, work) if index.count() != wanted else fed
