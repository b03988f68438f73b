"""One generation of a living index: the engine, and how it is filled from nothing.

A generation that is being filled takes documents in ascending rank, many at a time, without looking for what
stood under their ids: nothing did. How far it is, it says itself (`highest`), so that no note of progress can
disagree with what was durably taken in. Not done here: which generation answers (`living`).
"""

from __future__ import annotations

from collections.abc import Iterable

import tantivy

from search import records
from search.errors import IndexUnusable, RankTaken
from search.index import MOST_RANK, Document
from search.tantivy_index import TantivyIndex, _sync_folder, _told_as

_FILLING_HEAP_BYTES = 400_000_000
"""So much is held before a segment is written: few segments, few merges."""


class Generation(TantivyIndex):
    """A `TantivyIndex` that can be filled fast."""

    def append(self, documents: Iterable[Document]) -> int:
        """Take in documents that are all new, each of a higher rank than any here; how many there were.

        All of the call takes effect at once, durably when it returns, or nothing does. Raises RankTaken for
        a rank out of order, IndexBusy.
        """
        last = self.highest()
        count = 0
        with self._writing:
            writer = self._writer(_FILLING_HEAP_BYTES)
            try:
                with _told_as(IndexUnusable):
                    for document in documents:
                        if not last < document.rank <= MOST_RANK:
                            raise RankTaken("a rank is not above those before it")
                        last = document.rank
                        fields = records.record(document)
                        writer.add_document(tantivy.Document.from_dict(fields, self._schema))
                        count += 1
                    if count:
                        writer.commit()
                        _sync_folder(self._folder)
            except BaseException:  # whatever stopped it, nothing of it may stay
                writer.rollback()
                raise
            finally:
                writer.wait_merging_threads()
        return count

    def highest(self) -> int:
        """The highest rank of a document here; -1 where there is none."""
        with _told_as(IndexUnusable):
            found = self._searcher().search(tantivy.Query.all_query(), limit=1, order_by_field="rank").hits
        return int(found[0][0]) if found else -1
