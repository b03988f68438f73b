"""The search index on tantivy, in a folder of this machine.

A writer is opened for each feed and let go after it, so that several processes can feed one folder
in turn; tantivy's lock ends with the process that held it. Durable writes, in order: tantivy syncs
the new segment's files, then the folder, then a new `meta.json`, which it renames into place; we
sync the folder once more, so that the rename stays too.
Readers look at `meta.json` before each search and reopen when it was replaced.

The index holds plaintext by decision: its folder has mode 0700 and belongs on an encrypted volume.
A document that is dropped or replaced stays in its segment until that is merged; `rewrite` leaves none.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tantivy

from policies.access import View
from search import records
from search.answers import Answers, Asked
from search.errors import IndexBusy, IndexDamaged, IndexOutdated, IndexUnusable, RankTaken
from search.index import MOST_RANK, Document, Order, Results
from search.nodes import Node
from search.records import encodable
from search.schema import TOKENIZER, schema

_HEAP_BYTES = 50_000_000
BULK_HEAP_BYTES = 400_000_000
"""So much is held before a segment is written, where an index is filled: few segments, few merges."""
_RETRY_SECONDS = 0.02
_SEGMENT = re.compile(r"[0-9a-f]{32}")


def recreate(folder: Path) -> None:
    """Remove an outdated or damaged index, so that opening the folder makes an empty one."""
    if folder.exists():
        shutil.rmtree(folder)


class TantivyIndex:
    """`search.index.Index` on tantivy. `wait_seconds` is how long a feed waits for another writer."""

    def __init__(self, folder: Path, *, wait_seconds: float = 60.0) -> None:
        """Open the index in `folder`, or make an empty one. Raises IndexOutdated, IndexDamaged."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._folder = folder
        self._meta = str(folder / "meta.json")
        self._wait_seconds = wait_seconds
        self._schema = schema()
        self._index = _opened(folder, self._schema)
        self._answers = Answers(self._index, self._schema)
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._states = 0

    def feed(self, documents: Iterable[Document], removed: Iterable[str] = ()) -> None:
        """See `Index.feed`."""
        gone = set(removed)
        by_id = {document.id: document for document in documents}
        if not by_id and not gone:
            return
        ranks = {document.rank for document in by_id.values()}
        if any(not 0 <= rank <= MOST_RANK for rank in ranks):
            raise ValueError(f"a rank is not between 0 and {MOST_RANK}")
        if len(ranks) < len(by_id):
            raise RankTaken("two of the documents have one rank")

        def write(writer: tantivy.IndexWriter) -> None:
            named = sorted(filter(encodable, gone | by_id.keys()))
            self._refuse_taken_ranks(ranks, named)
            standing = tantivy.Query.term_set_query(self._schema, "id", named)
            if _counted(self._searcher(), standing):
                writer.delete_documents_by_query(standing)
            for prepared in records.prepared(by_id.values(), self._schema):
                writer.add_document(prepared)

        self._write(write)

    def search(
        self,
        query: Node,
        view: View,
        *,
        filters: Mapping[str, str | Sequence[str]] | None = None,
        limit: int = 20,
        cursor: str | None = None,
        facets: bool | Sequence[str] = False,
        order: Order = Order.RELEVANCE,
        without: Collection[str] = (),
        snippets: bool = True,
    ) -> Results:
        """See `Index.search`."""
        asked = Asked(query, view, filters or {}, limit, cursor, facets, order, without, snippets)
        with _told_as(IndexDamaged):
            searcher, state = self._looked()
            return self._answers.answer(searcher, state, asked)

    def clear(self) -> None:
        """See `Index.clear`."""
        self._write(lambda writer: writer.delete_all_documents())

    def rewrite(self, documents: Iterable[Document]) -> None:
        """See `Index.rewrite`. What an interrupted writer left behind goes too."""

        def write(writer: tantivy.IndexWriter) -> None:
            writer.delete_all_documents()
            for prepared in records.prepared(_of_own_rank(documents), self._schema):
                writer.add_document(prepared)

        self._write(write, BULK_HEAP_BYTES)
        self._collect()

    def count(self) -> int:
        """See `Index.count`."""
        return int(self._searcher().num_docs)

    def _write(self, change: Callable[[tantivy.IndexWriter], object], heap_bytes: int = _HEAP_BYTES) -> None:
        """Change everything or nothing, durably; then let merges end and let the writer go."""
        with self._writing:
            writer = self._writer(heap_bytes)
            try:
                with _told_as(IndexUnusable):
                    change(writer)
                    writer.commit()
                    _sync_folder(self._folder)
            except BaseException:  # whatever stopped the change, interrupts included, nothing of it may stay
                writer.rollback()
                raise
            finally:
                writer.wait_merging_threads()

    def _collect(self) -> None:
        """Remove the files of every segment that is no longer the index's. A writer is held meanwhile, newly
        made: it merges nothing, so no segment is under way. The engine's own collection spares what any
        reader of its process has open, for as long as that lasts.
        """
        with self._writing:
            writer = self._writer()
            try:
                _remove_dead(self._folder)
                _sync_folder(self._folder)
            finally:
                writer.wait_merging_threads()

    def _writer(self, heap_bytes: int = _HEAP_BYTES) -> tantivy.IndexWriter:
        deadline = time.monotonic() + self._wait_seconds
        while True:
            try:
                return self._index.writer(heap_size=heap_bytes, num_threads=1)
            except ValueError as error:
                if "lock" not in str(error).lower():
                    raise IndexDamaged(str(error)) from error
                if time.monotonic() > deadline:
                    raise IndexBusy(f"another process has been writing for {self._wait_seconds} s") from error
            time.sleep(_RETRY_SECONDS)

    def _refuse_taken_ranks(self, ranks: set[int], replaced: Sequence[str]) -> None:
        """Asked while the writer is held, so that nobody can take a rank in between."""
        if not ranks:
            return
        taken = tantivy.Query.term_set_query(self._schema, "rank", sorted(ranks))
        others = taken.and_must_not_match(tantivy.Query.term_set_query(self._schema, "id", list(replaced)))
        if _counted(self._searcher(), others):
            raise RankTaken("a rank belongs to another document")

    def _searcher(self) -> tantivy.Searcher:
        return self._looked()[0]

    def _looked(self) -> tuple[tantivy.Searcher, int]:
        """The newest state, and its number: states are counted from when the index was opened."""
        with self._lock, _told_as(IndexDamaged):
            now = self._stamp()
            if now != self._seen:
                self._reload()
                self._seen = now
                self._states += 1
                self._answers.forget()
            return self._index.searcher(), self._states

    def stamp(self) -> tuple[int, int, int]:
        """Changes with every change that is durable. Raises IndexDamaged."""
        with _told_as(IndexDamaged):
            return self._stamp()

    def _stamp(self) -> tuple[int, int, int]:
        found = os.stat(self._meta)  # noqa: PTH116 - with every question, and a path takes longer
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _reload(self) -> None:
        """Read the newest state; once more where it was replaced, and the old one removed, meanwhile."""
        try:
            self._index.reload()
        except (ValueError, OSError):
            self._index.reload()


def _of_own_rank(documents: Iterable[Document]) -> Iterator[Document]:
    """Raises RankTaken where a rank comes twice. Ranks lie close together: a bit is kept of each."""
    taken: dict[int, int] = {}
    for document in documents:
        block, bit = document.rank >> 10, 1 << (document.rank & 1023)
        held = taken.get(block, 0)
        if held & bit or not 0 <= document.rank <= MOST_RANK:
            raise RankTaken("two of the documents have one rank, or one has none")
        taken[block] = held | bit
        yield document


def _counted(searcher: tantivy.Searcher, asked: tantivy.Query) -> int:
    found: Any = searcher.search(asked, limit=1, count=True)  # the package's types leave `count` out
    return int(found.count)


def _remove_dead(folder: Path) -> None:
    """Remove what belongs to no segment that `meta.json` names."""
    meta = json.loads((folder / "meta.json").read_bytes())
    living = {segment["segment_id"].replace("-", "") for segment in meta["segments"]}
    for path in folder.iterdir():
        stem = path.name.partition(".")[0]
        if _SEGMENT.fullmatch(stem) and stem not in living:
            path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make the replacing of `meta.json` survive a power cut; tantivy syncs the folder only before it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told_as(kind: type[IndexUnusable]) -> Iterator[None]:
    """The engine's own errors in the words of this room."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise kind(str(error)) from error


def _opened(folder: Path, wanted_schema: tantivy.Schema) -> tantivy.Index:
    try:
        index = tantivy.Index(wanted_schema, path=str(folder))
        index.config_reader("manual")
    except (ValueError, OSError) as error:
        if "schema" in str(error).lower():
            raise IndexOutdated(str(error)) from error
        raise IndexDamaged(str(error)) from error
    analyzer = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer(TOKENIZER, analyzer)
    return index
