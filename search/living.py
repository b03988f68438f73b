"""An index that is made anew while it answers: generations in one folder, of which one is the index.

Readers look which one answers before each search; a search that has the former one open is not disturbed.
What is fed while the next one is being filled goes into both, as far as that is filled; so nothing has to be
fed again before it answers. A folder as it was before there were generations, a generation that this version
cannot read and one that is damaged are `wanting`: feeding refuses, filling the next needs nothing of them.

Not done here: names, pointers and locks (`generations`), reading the catalogue.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from policies.access import View
from search.errors import IndexBusy, IndexDamaged, IndexOutdated, IndexUnusable
from search.generation import Generation
from search.generations import CURRENT, EMPTY, FIRST, NEXT, Generations
from search.index import Document, Order, Results
from search.kept import Kept
from search.nodes import Node

_OPENING_TRIES = 5
_Told = TypeVar("_Told")


class Filling:
    """The next generation in the hands of its only filler. Made by `LivingIndex.anew`."""

    def __init__(self, names: Generations, name: str, generation: Generation) -> None:
        self._names, self._name, self._generation = names, name, generation

    @property
    def highest(self) -> int:
        """The rank to go on after; -1 at the beginning."""
        return self._generation.highest()

    def append(self, documents: Iterable[Document]) -> int:
        """Take in documents in ascending rank, all above `highest`; how many. Durable when it returns.

        Whoever reads documents lets nobody feed between reading and this: what is fed behind `highest` is
        left to the filler.
        """
        with self._names.writing():
            count = self._generation.append(documents)
            self._names.shut(self._name)
            return count

    def finish(self) -> None:
        """Let this generation be the index; nothing of another one is left when it returns."""
        with self._names.writing():
            if self._names.named(NEXT) != self._name:
                raise IndexDamaged("the generation that was filled was given up meanwhile")
            self._names.point(CURRENT, self._name)
            self._names.point(NEXT, "")
            self._names.sweep()


class LivingIndex:
    """`search.index.Index` over generations in `folder`. Opening it reads and writes nothing.

    `kept` is for whoever presents answers, by `state`.
    """

    def __init__(
        self, folder: Path, *, wait_seconds: float = 60.0, engine: Callable[..., Generation] = Generation
    ) -> None:
        self._names = Generations(folder, wait_seconds)
        self._engine, self._wait_seconds = engine, wait_seconds
        self.kept = Kept()
        self._lock = threading.Lock()
        self._open: tuple[object, Generation] | None = None
        self._next: tuple[str, Generation] | None = None

    def feed(self, documents: Iterable[Document], removed: Iterable[str] = ()) -> None:
        """See `Index.feed`; what is being filled takes its part, and is fed alone where none answers yet.
        Raises IndexUnusable where the one that answers is outdated or damaged.
        """
        given, gone = list(documents), list(removed)
        with self._names.writing():
            coming = self._coming()
            if not self._names.named(CURRENT) and not coming:
                self._begin()
            if current := self._names.named(CURRENT):
                self._names.sweep()
                self._standing().feed(given, gone)
                self._names.shut(current)
            if coming:
                highest = coming.highest()
                coming.feed([one for one in given if one.rank <= highest], gone)
                self._names.shut(self._names.named(NEXT))

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
        """See `Index.search`. Raises IndexUnusable where no generation can answer."""

        def ask(engine: Generation) -> Results:
            return engine.search(
                query,
                view,
                filters=filters,
                limit=limit,
                cursor=cursor,
                facets=facets,
                order=order,
                without=without,
                snippets=snippets,
            )

        return self._answered(ask)

    def clear(self) -> None:
        """See `Index.clear`."""
        self.rewrite(())

    def rewrite(self, documents: Iterable[Document]) -> None:
        """See `Index.rewrite`: a new generation, begun afresh; nothing of any other stays."""
        with self.anew(afresh=True) as filling:
            filling.append(sorted(documents, key=lambda one: one.rank))
            filling.finish()

    def count(self) -> int:
        """See `Index.count`."""
        return self._answered(lambda engine: engine.count())

    def state(self) -> Hashable:
        """Another one whenever a document was fed or dropped, or another generation answers. What is read
        after it was asked is of that state or of a newer one. Raises IndexUnusable.
        """
        mark = self._names.mark()
        return mark, self._standing(mark).stamp()

    @property
    def wanting(self) -> str:
        """Why it has to be made anew before it can be fed: "missing", "outdated", "damaged"; "" where not."""
        if not (self._names.named(CURRENT) or self._names.is_former()):
            return "missing"
        try:
            self._standing()
        except IndexOutdated:
            return "outdated"
        except IndexUnusable:
            return "damaged"
        return ""

    @property
    def unfinished(self) -> bool:
        """Whether a generation is being filled, or was begun and left."""
        return self._names.named(NEXT) not in ("", self._names.named(CURRENT))

    @property
    def leftovers(self) -> list[str]:
        """What stands in the folder and belongs to no generation in use: whoever feeds next removes it."""
        return [path.name for path in self._names.leftovers()] if self._names.named(CURRENT) else []

    @contextmanager
    def anew(self, *, afresh: bool = False) -> Iterator[Filling]:
        """Fill the next generation while this one answers. What another began and left is gone on with; with
        `afresh` it is thrown away. Raises IndexBusy at once where somebody is filling.
        """
        with self._names.filling():
            with self._names.writing():
                filling = self._begun(afresh)
            yield filling

    def abandon(self) -> None:
        """Let nothing answer before another generation is filled, and leave no file of any; durable."""
        with self._names.writing():
            self._names.point(CURRENT, "")
            self._names.point(NEXT, "")
            self._names.sweep()

    def _begun(self, afresh: bool) -> Filling:
        found = None if afresh else self._coming()
        if found is None:
            name = self._names.unused_name()
            self._names.point(NEXT, name)
            found = self._generation(name)
            self._next = (name, found)
        if self._names.named(CURRENT):  # else a former index may still be looked at
            self._names.sweep()
        return Filling(self._names, self._names.named(NEXT), found)

    def _begin(self) -> None:
        """The first generation of an archive that has nothing to fill it with."""
        if self._names.is_former():
            raise IndexOutdated("it was written before there were generations")
        if self._names.unused_name() != FIRST:
            raise IndexDamaged("nothing says which generation answers")
        self._generation(FIRST)
        self._names.point(CURRENT, FIRST)

    def _coming(self) -> Generation | None:
        """The generation that is being filled; one that cannot be used is given up and begun again."""
        name = self._names.named(NEXT) if self.unfinished else ""
        if not name:
            self._next = None
        elif self._next is None or self._next[0] != name:
            try:
                self._next = (name, self._generation(name))
            except IndexUnusable:
                self._next = None
                self._names.point(NEXT, "")
        return self._next[1] if self._next else None

    def _answered(self, ask: Callable[[Generation], _Told]) -> _Told:
        """What the generation that answers says; asked again where another answers since."""
        while True:
            mark = self._names.mark()
            try:
                return ask(self._standing(mark))
            except IndexUnusable:
                if self._names.mark() == mark:
                    raise

    def _standing(self, mark: tuple[int, ...] | None = None) -> Generation:
        """The generation that answers, opened where it was not yet; `mark` as it was seen a moment ago.
        Raises IndexUnusable.
        """
        with self._lock:
            if mark is not None and self._open is not None and self._open[0] == mark:
                return self._open[1]
            for _ in range(_OPENING_TRIES):
                mark = self._names.mark()
                if self._open is not None and self._open[0] == mark:
                    return self._open[1]
                self._open = None
                found = self._opened()
                if self._names.mark() == mark:  # else its folder may be one that opening made again
                    self._open = (mark, found)
                    return found
        raise IndexBusy("it is replaced again and again")

    def _generation(self, name: str) -> Generation:
        return self._engine(self._names.folder / name, wait_seconds=self._wait_seconds)

    def _opened(self) -> Generation:
        name = self._names.named(CURRENT)
        if name and not (self._names.folder / name / "meta.json").exists():
            raise IndexDamaged(f"generation {name} is not there")
        if not name and self._names.mark():
            raise IndexDamaged("nothing says which generation answers")
        if not name and self._names.is_former():
            raise IndexOutdated("it was written before there were generations")
        return self._generation(name or EMPTY)
