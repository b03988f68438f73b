"""What page files say, so that items are found by it: read out of the sealed objects, behind everything.

An item is found by its description first; the text of its files comes after. Every object is opened in
memory and read in a confined probe process, never through a file. Of a text with a secrecy mark nothing is
kept but that it has one. What was read is not read again; where a run is killed the next one goes on; a file
that no site has now is tried again by a later run.

Not done here: recognising text in pictures, reading (`ingest.probes.text`), feeding (`processes.finding`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from archive import catalogue, page_texts, working
from archive.catalogue import Record
from archive.model import Component
from archive.page_texts import AWAY, ReadText
from ingest.intake import IN_MEMORY
from ingest.locks import only_one_or_none
from ingest.tools import Tools
from policies.access import EVERYTHING
from policies.formats import PageText
from processes.finding.deliver import pieces_of
from storage.errors import StorageError
from storage.keyring import Keyring
from storage.sealing import context

LOCK = "texts.lock"
PDF = "pdf"
_LOOKED_AT_ONCE = 500
_READ_AT_ONCE = 32
"""So many files are read before what they say is written down: a killed run repeats no more."""


@dataclass(frozen=True, slots=True)
class _File:
    """A page file that is to be read."""

    item: str
    batch: str
    part: Component


def read_batch(tools: Tools, batch: str) -> int:
    """Read what was not read yet of a batch; how many files were read."""
    with only_one_or_none(tools.work / LOCK) as mine:
        if not mine:  # it will come to these as well
            return 0
        with tools.database.read() as conn:
            records = catalogue.items_of_batch(conn, batch, EVERYTHING)
            first = catalogue.items_after(conn, page_texts.looked_through(conn), EVERYTHING, 1)
        done = _read(tools, records)
        if first and first[0].item.batch == batch:  # all before it were looked at
            with tools.database.write() as tx:
                page_texts.set_looked_through(tx, max(record.registered for record in records))
        return done


def read_texts(tools: Tools, most: int) -> tuple[int, bool]:
    """Read what was not read yet, about `most` files; how many were, and whether there is more. Where another
    process is at it, it is left to that.
    """
    done, more = 0, False
    with only_one_or_none(tools.work / LOCK) as mine:
        while mine and not more:
            with tools.database.read() as conn:
                after = page_texts.looked_through(conn)
                records = catalogue.items_after(conn, after, EVERYTHING, _LOOKED_AT_ONCE)
            if not records:
                break
            done += _read(tools, records)
            with tools.database.write() as tx:
                page_texts.set_looked_through(tx, records[-1].registered)
            more = done >= most
    return done, more


def read_again(tools: Tools) -> tuple[int, int]:
    """Try the files that no site had; how many were read, and how many no site has now."""
    done, left, after = 0, 0, ""
    with only_one_or_none(tools.work / LOCK) as mine:
        while mine:
            with tools.database.read() as conn:
                lines = page_texts.away(conn, _LOOKED_AT_ONCE, after)
                wanted = {name for name, _ in lines}
                records = catalogue.items(conn, list(dict.fromkeys(item for _, item in lines)), EVERYTHING)
            if not lines:
                break
            after = lines[-1][0]
            files = [file for file in _page_files(tools, records) if file.part.object_id in wanted]
            read = _read_files(tools, files)
            done, left = done + read, left + len(files) - read
    return done, left


def _read(tools: Tools, records: Sequence[Record]) -> int:
    """Read the page files of these items that were not looked at yet."""
    files = list(_page_files(tools, records))
    with tools.database.read() as conn:
        known = page_texts.states_of(conn, [file.part.object_id for file in files])
    return _read_files(tools, [file for file in files if file.part.object_id not in known])


def _page_files(tools: Tools, records: Iterable[Record]) -> Iterator[_File]:
    for record in records:
        for part in record.item.components:
            if tools.rules.probes.get(part.puid, "") == PDF or part.mime.startswith("application/pdf"):
                yield _File(record.item.id, record.item.batch, part)


def _read_files(tools: Tools, files: Sequence[_File]) -> int:
    """Read files and write down what they say, group by group; how many were there to be read."""
    done = 0
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for start in range(0, len(files), _READ_AT_ONCE):
            group = files[start : start + _READ_AT_ONCE]
            keyrings = {batch: _keyring(tools, batch) for batch in {file.batch for file in group}}
            found = list(pool.map(lambda file, known=keyrings: _of(tools, known[file.batch], file), group))
            with tools.database.write() as tx:
                working.enqueue(tx, page_texts.put_texts(tx, found))
            done += sum(one.state != AWAY for one in found)
    return done


def _keyring(tools: Tools, batch: str) -> Keyring | None:
    try:
        return tools.vault.keyring(batch)
    except StorageError:
        return None


def _of(tools: Tools, keyring: Keyring | None, file: _File) -> ReadText:
    """What one file says. Its own faults are a state; that the probes do not start raises."""
    part = file.part
    try:
        if keyring is None:
            return ReadText(part.object_id, file.item, AWAY)
        said = _small(tools, keyring, part) if part.bytes <= IN_MEMORY else _large(tools, keyring, part)
    except StorageError:  # missing, damaged, its site not there: another copy may be had another time
        return ReadText(part.object_id, file.item, AWAY)
    return ReadText(part.object_id, file.item, said.state, said.text)


def _small(tools: Tools, keyring: Keyring, part: Component) -> PageText:
    """Opened into a file that is in memory alone."""
    memory = os.memfd_create("lantai", os.MFD_CLOEXEC)
    try:
        for piece in pieces_of(tools.vault, keyring, part):
            left = memoryview(piece)
            while left:
                left = left[os.write(memory, left) :]
        return tools.probes().text_of(memory, part.bytes)
    finally:
        os.close(memory)


def _large(tools: Tools, keyring: Keyring, part: Component) -> PageText:
    """Sought in where it is sealed: the probe process opens what it reads."""
    sealed = tools.vault.descriptor(keyring.batch, part.object_id, tools.work)
    try:
        bound = context(tools.vault.archive_id, part.object_id, part.role)
        key = keyring.key(part.object_id)
        return tools.probes().text_of_sealed(sealed, part.bytes, part.sealed_bytes, key, bound)
    finally:
        os.close(sealed)
