"""What belongs to a use that stands in the journal, and what is a use by itself."""

from __future__ import annotations

from lantai.api.belonging import SECONDS, Belonging


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_small_pictures_belong_to_the_search_that_named_their_item_and_tiles_to_a_view_of_it() -> None:
    seen = Belonging(Clock())
    assert not seen.covers("search", "li", "A")
    seen.note("search", "li", "", None, ["A"])
    assert seen.covers("search", "li", "A")
    assert not seen.covers("search", "li", "B"), "the search did not name it"
    assert not seen.covers("view", "li", "A")
    assert not seen.covers("search", "wang", "A")
    seen.note("view", "li", "A", None)
    assert seen.covers("view", "li", "A")
    assert not seen.covers("view", "li", "B")
    assert not seen.covers("search", "li", "B"), "a view of one item names no other"


def test_a_small_picture_that_stands_alone_covers_itself_and_no_others() -> None:
    seen = Belonging(Clock())
    seen.note("view", "li", "A", "search")
    assert seen.covers("search", "li", "A")
    assert not seen.covers("search", "li", "B")


def test_a_use_covers_what_belongs_to_it_for_an_hour() -> None:
    clock = Clock()
    seen = Belonging(clock)
    seen.note("download", "li", "A", None)
    clock.now += SECONDS - 1
    assert seen.covers("view", "li", "A")
    clock.now += 2
    assert not seen.covers("view", "li", "A")


def test_what_is_no_part_is_never_covered() -> None:
    seen = Belonging(Clock())
    seen.note("view", "li", "A", None)
    assert not seen.covers(None, "li", "A")
