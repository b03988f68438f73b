"""What of an item decides its series, and its place in the sender's order. Pure."""

from __future__ import annotations

from archive.model import Item

Levels = tuple[tuple[str, str], ...]
"""The levels of a code but its number, name and value."""


def order(item: Item) -> tuple[int, int]:
    """The sender's item number where given, else the row's place; ties by row."""
    given = item.fields.get("number", "")
    return (int(given) if given.isdecimal() else item.row, item.row)


def levels(item: Item) -> Levels:
    """The levels of the item's code but its number."""
    fields = item.fields
    return (
        ("fonds", item.fonds),
        ("catalogue", fields.get("catalogue", "")),
        ("category", item.category),
        ("year", item.year),
        ("retention", item.retention),
        ("office", item.office),
        ("volume", fields.get("volume", "")),
        ("group", fields.get("group", "")),
    )
