"""What the page of an item makes of what the API told: components, and pages of scans. Without a server."""

from __future__ import annotations

import pytest

from lantai.web.items import chosen, leaves, part_of


def test_a_film_is_shown_as_one_whatever_its_type_is_called() -> None:
    told = {"file": "b.mp4", "bytes": 9, "format": {"mime": "application/mp4"}, "copies": ["thumb"]}
    part = part_of({"code": "A"}, 1, told | {"kind": "video", "pages": 1})
    assert (part["kind"], part["played"]) == ("video", "/api/v1/items/A/components/1?use=view")
    part = part_of({"code": "A"}, 1, told | {"kind": "video", "pages": 1, "copies": ["thumb", "play"]})
    assert part["played"] == "/api/v1/items/A/components/1?use=copy"


@pytest.mark.parametrize(
    ("asked", "at", "before", "after"),
    [
        ("", 1, 0, 2),
        ("2", 2, 1, 3),
        ("3", 3, 2, 0),
        ("4", 1, 0, 2),
        ("0", 1, 0, 2),
        ("٢", 1, 0, 2),
        ("-1", 1, 0, 2),
    ],
)
def test_the_pages_of_a_scan_are_gone_through_by_links_that_lead_nowhere_else(
    asked: str, at: int, before: int, after: int
) -> None:
    part = {"pages": 3, "href": "/items/A?component=2", "screen": "/s?use=copy", "thumb": "/t?use=copy"}
    found = leaves(part, asked)
    assert found["at"] == at
    assert found["screen"] == ("/s?use=copy" if at == 1 else f"/s?use=copy&page={at}")
    for name, number in (("before", before), ("after", after)):
        assert found[name] == (f"/items/A?component=2&page={number}" if number else "")


def test_whatever_number_of_a_component_is_asked_for_one_that_is_there_is_shown() -> None:
    parts: list[dict[str, object]] = [{"number": 1}, {"number": 2}]
    assert chosen(parts, "2") == parts[1]
    for asked in ("", "0", "3", "-1", "123456x", "１", "٢", "9" * 5_000):
        assert chosen(parts, asked) == parts[0]
    assert chosen([], "1") is None
