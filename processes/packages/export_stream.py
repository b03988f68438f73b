"""The same packages as `export`, as one ZIP that is handed over while it is made.

Nothing of it stands on a disk. An item that no site holds whole is left out and named in `report.json`, like
in a folder; a reader who is not given the end of the stream has no ZIP. Whoever loses the right meanwhile is
given no end. Not done here: sending (`lantai.api.exporting`), going on after a break: it is asked for anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from archive.catalogue import Record
from archive.notes import Checkpoint
from ingest.tools import Tools
from processes.errors import NotForThisAccount
from processes.packages.carriers import need_a_site
from processes.packages.export import FORMATS, Progress, chosen_of, current_head, one_item, papers, records
from processes.packages.export_parcel import Parcels
from processes.packages.export_places import Zip
from processes.packages.export_transfer import METADATA
from processes.packages.zip_stream import Write, ZipStream


@dataclass(frozen=True, slots=True)
class Ordered:
    """An export that may be made: what was to be refused has been."""

    tools: Tools
    form: str
    chosen: tuple[Record, ...]
    head: Checkpoint


def ordered(tools: Tools, form: str, codes: Sequence[str]) -> Ordered:
    """An export of the items `codes`, or of all that the account handles where there are none.

    Raises `NotFound`, `NotForThisAccount`, and `StorageError` where no site can be read.
    """
    chosen = chosen_of(tools, codes)
    need_a_site(tools)
    return Ordered(tools, form, tuple(chosen), current_head(tools))


def stream(one: Ordered, write: Write, still: Callable[[], bool]) -> dict[str, Any]:
    """Write the ZIP; what its `report.json` says. `still` is asked before each item whether it may go on.

    Raises what `write` raises, and `NotForThisAccount` where it may not: then there is no ZIP.
    """
    tools, head = one.tools, one.head
    codes = sorted(record.item.code for record in one.chosen)
    state = Progress(tools.vault.archive_id, tools.subject.account, one.form, codes, head.size)
    zipped = ZipStream(write, tools.clock())
    place = Zip(zipped, remembered=METADATA)
    exporter = FORMATS[one.form](Parcels(tools, head), place)
    for record in records(tools, state, one.chosen, -1):
        if not still():
            raise NotForThisAccount("this is not for the account any more")
        one_item(state, exporter, record)
    report = papers(tools, state, exporter, one.chosen, place)
    zipped.finish()
    return report
