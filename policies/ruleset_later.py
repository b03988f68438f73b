"""What a rule set came to accept later: categories' roles and formats beside those of its first version.

A batch is what it is by its list and the rules that it was judged under. Whoever hands an old batch in again
must find the same batch, so what was added later counts for the digest of those batches alone that hold
something of it: a category that it names, or a file with an extension of its formats. Not done here: merging
the tables' meaning (`ruleset`), checking them (`ruleset_checks`).
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Later:
    """What was added: the digest of its text, the categories and the extensions that it is about."""

    digest: str = ""
    categories: frozenset[str] = frozenset()
    extensions: frozenset[str] = frozenset()

    def concerns(self, listed: Iterable[tuple[str, str]]) -> bool:
        """Whether any of these, by coded category and names of files joined by |, is of what was added."""
        return any(
            category.partition("·")[0] in self.categories
            or any(name.rpartition(".")[2].lower() in self.extensions for name in names.split("|"))
            for category, names in listed
        )


def later_of(text: str) -> Later:
    """What a file of additions is about. Raises `tomllib.TOMLDecodeError`."""
    tables: Mapping[str, Any] = tomllib.loads(text)
    if not tables:
        return Later()
    extensions = (one for form in tables.get("formats", {}).values() for one in form["extensions"])
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    return Later(digest, frozenset(tables.get("categories", {})), frozenset(extensions))


def merged(tables: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The tables of a rule set with what was added: a category's roles in the place of its roles, formats
    beside its formats.
    """
    added: Mapping[str, Any] = tomllib.loads(text)
    categories = {
        code: {**tables["categories"].get(code, {}), **more}
        for code, more in added.get("categories", {}).items()
    }
    return (
        {
            **tables,
            "categories": {**tables.get("categories", {}), **categories},
            "formats": {**tables.get("formats", {}), **added.get("formats", {})},
        }
        if added
        else dict(tables)
    )
