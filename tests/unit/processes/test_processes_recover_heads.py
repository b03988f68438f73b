"""Which head is the newest, and what shows it: every rule by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest

from archive.held_tree import HeldTree
from archive.notes import Checkpoint, Ed25519Signer, checkpoint_text, sign_note
from processes.recovery.recover_heads import (
    DATABASE,
    FILE,
    SITE,
    Chosen,
    Found,
    Log,
    State,
    Verdict,
    judge,
    newest_first,
    verdict,
)

ARCHIVE = "a1"
BASE = f"lantai/{ARCHIVE}"
SEED, OTHER = bytes(32), bytes(31) + b"\1"
LOG = Log.of(BASE, ARCHIVE, [SEED])
SITES = ("site-a", "site-b")


def tree(size: int, history: bytes = b"") -> HeldTree:
    """A tree whose first ten leaves are the same in every history."""
    leaves = [hashlib.sha256(b"%d" % n + (history if n >= 10 else b"")).digest() for n in range(size)]
    return HeldTree([b"".join(leaves[at : at + 256]) for at in range(0, size, 256)])


def head(size: int, history: bytes = b"", origin: str = BASE, seed: bytes = SEED) -> str:
    root = tree(size, history).root(size)
    return sign_note(checkpoint_text(origin, size, root), [Ed25519Signer(origin, seed)])


def at(source: str, note: str) -> Found:
    kind = {"checkpoint": FILE, "database": DATABASE}.get(source, SITE)
    return LOG.read(source, kind, note)


def away(source: str) -> Found:
    return Found(source, SITE, None, State.AWAY, "not mounted")


def judged(found: Sequence[Found], history: bytes = b"") -> tuple[Found, ...]:
    chosen = newest_first(found, LOG)[0]
    return judge(found, Chosen(chosen, tree(chosen.size, history).consistency), LOG)


def states(found: Sequence[Found], history: bytes = b"") -> dict[str, State]:
    return {one.source: one.state for one in judged(found, history)}


def said(*found: Found, configured: Sequence[str] = SITES, history: bytes = b"") -> tuple[Verdict, str]:
    return verdict(judged(found, history), configured)


def test_two_sites_with_one_head_prove_it() -> None:
    assert said(at("site-a", head(300)), at("site-b", head(300))) == (Verdict.PROVEN, "sites")


def test_the_newest_wins_where_it_continues_the_others() -> None:
    found = at("site-a", head(12)), at("site-b", head(600))
    assert states(found) == {"site-a": State.OLDER, "site-b": State.SAME}
    assert said(*found) == (Verdict.PROVEN, "sites")


def test_one_site_by_itself_proves_nothing() -> None:
    assert said(at("site-a", head(20)), configured=["site-a"]) == (Verdict.UNPROVEN, "")
    assert said(at("site-a", head(20)), configured=()) == (Verdict.UNPROVEN, "")


@pytest.mark.parametrize(
    "other", [away("site-b"), Found("site-b", SITE, None, State.NONE), at("site-b", "nonsense")]
)
def test_a_site_without_a_head_leaves_it_unproven(other: Found) -> None:
    assert said(at("site-a", head(20)), other) == (Verdict.UNPROVEN, "")


def test_a_checkpoint_that_is_continued_proves_the_head() -> None:
    found = at("site-a", head(20)), away("site-b"), at("checkpoint", head(12))
    assert said(*found) == (Verdict.PROVEN, "checkpoint")


@pytest.mark.parametrize("source", ["checkpoint", "database"])
def test_a_head_older_than_what_is_known_elsewhere_was_rolled_back(source: str) -> None:
    found = at("site-a", head(12)), at("site-b", head(12)), at(source, head(20))
    chosen = newest_first(found, LOG)[1]
    every = judge(found, Chosen(chosen, tree(12).consistency), LOG)
    assert every[2].state is State.NEWER
    assert verdict(every, SITES) == (Verdict.ROLLED_BACK, "")


@pytest.mark.parametrize(("one", "other"), [(20, 20), (20, 15), (300, 12)])
def test_heads_that_do_not_continue_one_another_are_a_split_view(one: int, other: int) -> None:
    found = at("site-a", head(one)), at("site-b", head(other, b"another"))
    assert states(found)["site-b"] is State.FORK
    assert said(*found, at("checkpoint", head(10))) == (Verdict.SPLIT, "")


def test_heads_before_two_histories_part_are_continued_by_both() -> None:
    found = at("site-a", head(20, b"x")), at("site-b", head(10, b"y"))
    assert said(*found, history=b"x") == (Verdict.PROVEN, "sites")


def test_a_newer_head_at_a_site_whose_entries_are_nowhere_leaves_it_unproven() -> None:
    found = at("site-a", head(12)), at("site-b", head(20))
    every = judge(found, Chosen(newest_first(found, LOG)[1], tree(12).consistency), LOG)
    assert verdict(every, SITES) == (Verdict.UNPROVEN, "")


def test_a_note_of_another_key_or_log_is_not_ours() -> None:
    for note in (head(20, seed=OTHER, history=b"z"), head(20, origin="lantai/b2"), "", "a\n1\nb\n"):
        found = at("site-a", head(20)), at("site-b", note)
        assert states(found)["site-b"] is State.FOREIGN
        assert said(*found) == (Verdict.UNPROVEN, "")


def test_a_head_by_a_former_key_counts_where_the_tree_says_the_same() -> None:
    found = at("site-a", head(300)), at("site-b", head(20, seed=OTHER))
    assert states(found)["site-b"] is State.OLDER
    assert said(*found) == (Verdict.PROVEN, "sites")


def test_a_head_of_a_former_log_that_was_not_accepted_is_given_up() -> None:
    reopened = f"{BASE}/2"
    found = [at("site-a", head(13, b"x", reopened)), at("site-b", head(40, b"y"))]
    assert newest_first(found, LOG)[0].origin == reopened
    assert states(found, b"x") == {"site-a": State.SAME, "site-b": State.GIVEN_UP}
    assert said(*found, history=b"x") == (Verdict.UNPROVEN, "")
    found[1] = at("site-b", head(12, b"x"))
    assert said(*found, history=b"x") == (Verdict.PROVEN, "sites")


@pytest.mark.parametrize(
    ("origin", "generation"),
    [(BASE, 1), (f"{BASE}/2", 2), (f"{BASE}/17", 17), (f"{BASE}/1", 0), (f"{BASE}/02", 0), ("lantai/a2", 0)],
)
def test_which_log_an_origin_names(origin: str, generation: int) -> None:
    assert LOG.generation(origin) == generation
    if generation:
        assert LOG.origin(generation) == origin
        assert Log.of(origin, ARCHIVE, [SEED]) == LOG


def test_of_one_head_known_from_many_there_is_one_candidate_and_the_newest_comes_first() -> None:
    found = [at("site-a", head(12)), at("site-b", head(20)), at("checkpoint", head(20))]
    sizes = [(one.origin, one.size) for one in newest_first(found, LOG)]
    assert sizes == [(BASE, 20), (BASE, 12)]


def test_an_empty_log_is_nothing_to_have_back() -> None:
    empty = Checkpoint(BASE, 0, hashlib.sha256(b"").digest(), "")
    assert newest_first([Found("site-a", SITE, empty)], LOG) == []
