"""What an upgrade does to `lantai.toml`: adds what is new, touches nothing else."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.settings import TEMPLATE
from lantai.upgrading import with_new_settings

NEW = """\
# About the archive.
archive = "{archive}"
old = 1
# So many.
# Or more.
new = 2
newer = "x"

[table]
inside = 1
"""


def test_what_is_new_comes_before_the_tables_with_its_comments() -> None:
    text = '# mine\narchive = "a1"\nold = 7 # mine too\n\n# of the table\n[table]\ninside = 3\n'
    changed, added = with_new_settings(text, NEW)
    assert added == ("new", "newer")
    assert changed == (
        '# mine\narchive = "a1"\nold = 7 # mine too\n# So many.\n# Or more.\nnew = 2\nnewer = "x"\n'
        "\n# of the table\n[table]\ninside = 3\n"
    )


@pytest.mark.parametrize("text", ['archive = "a1"', 'archive = "a1"\n', "", "[table]\ninside = 1\n"])
def test_files_of_any_shape_stay_readable(text: str) -> None:
    changed, added = with_new_settings(text, NEW)
    assert set(added) == {"old", "new", "newer"}
    assert tomllib.loads(changed) == {"old": 1, "new": 2, "newer": "x"} | tomllib.loads(text)
    assert with_new_settings(changed, NEW) == (changed, ())


def test_what_only_init_can_know_is_left_alone() -> None:
    assert "archive" not in with_new_settings("", NEW)[1]


def test_a_new_homes_file_lacks_nothing() -> None:
    text = TEMPLATE.replace("{", "'").replace("}", "'").replace("\"'", "'").replace("'\"", "'")
    assert with_new_settings(text, TEMPLATE) == (text, ())


@given(st.sets(st.sampled_from(["old", "new", "newer", "other"])), st.booleans())
def test_nothing_is_lost_and_nothing_said_twice(names: set[str], table: bool) -> None:
    text = "".join(f"{name} = 9\n" for name in sorted(names)) + ("\n[[sites]]\nname = 'x'\n" if table else "")
    before = tomllib.loads(text)
    changed, added = with_new_settings(text, NEW)
    after = tomllib.loads(changed)
    assert {name: after[name] for name in before} == before
    assert set(after) == set(before) | {"old", "new", "newer"}
    assert not set(added) & set(before)
