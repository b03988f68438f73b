"""Values and an independent Merkle tree that the archive's tests share."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from archive.events import BatchReceived, BatchReturned, ItemRegistered, RowResult
from archive.model import Component, Item

TIME = "2026-11-21T12:00:00Z"
SERIES = "A014-ZP·2016-Y-BGS"
ORIGIN = "archive.example/log"


def component(object_id: str, **changes: Any) -> Component:
    values: dict[str, Any] = {
        "object_id": object_id,
        "file": f"photos/{object_id}.jpg",
        "role": "main",
        "bytes": 8_000_000,
        "sha256": hashlib.sha256(object_id.encode()).hexdigest(),
        "sealed_bytes": 8_008_000,
        "sealed_blake3": hashlib.sha256(b"sealed" + object_id.encode()).hexdigest(),
        "puid": "fmt/43",
        "format": "JPEG File Interchange Format 1.01",
        "mime": "image/jpeg",
        "probe": {"width": 4000, "height": 3000, "pixels": 12_000_000, "progressive": False},
    }
    return Component(**{**values, **changes})


def item(number: int, **changes: Any) -> Item:
    values: dict[str, Any] = {
        "id": f"i{number}",
        "batch": "b1",
        "row": number,
        "code": f"{SERIES}-{number:04d}",
        "fonds": "A014",
        "category": "ZP",
        "year": "2016",
        "retention": "Y",
        "office": "BGS",
        "series": SERIES,
        "number": number,
        "access": "unreviewed",
        "fields": {"title": f"开馆仪式 {number}", "author": "办公室", "date": "2016-05-04"},
        "proposed": ("category",),
        "components": (component(f"o{number}"),),
        "findings": ({"kind": "year-differs", "severity": "warn", "found": "2015"},),
    }
    return Item(**{**values, **changes})


def registered(number: int, **changes: Any) -> ItemRegistered:
    return ItemRegistered(item(number, **changes))


def report(batch: str, identity: str, count: int, *, returned: bool = False) -> BatchReceived | BatchReturned:
    outcome = "returned" if returned else "registered"
    rows = tuple(
        RowResult(n, f"photos/o{n}.jpg", None if returned else f"i{n}", outcome) for n in range(1, count + 1)
    )
    kind = BatchReturned if returned else BatchReceived
    return kind(
        batch=batch,
        identity=identity,
        list_digest="sha256:00",
        source="incoming/photos",
        fonds="A014",
        accept="all",
        ruleset="shandong-2016",
        ruleset_version="1",
        ruleset_digest="sha256:11",
        account="owner",
        os_user="archivist",
        bytes=8_000_000 * count,
        findings=({"kind": "file-unlisted", "severity": "warn", "file": "Thumbs.db"},),
        rows=rows,
    )


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962 §2.1 written as it stands there, over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962 §2.1.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*naive_path(index, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(index - k, leaves[k:]), naive_root(leaves[:k])]


def naive_consistency(old: int, leaves: Sequence[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of RFC 6962 §2.1.2."""
    if old == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = split(len(leaves))
    if old <= k:
        return [*naive_consistency(old, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_consistency(old - k, leaves[k:], False), naive_root(leaves[:k])]


def split(count: int) -> int:
    k = 1
    while k * 2 < count:
        k *= 2
    return k


def leaves(count: int) -> list[bytes]:
    """Distinct leaf hashes."""
    return [hashlib.sha256(b"\x00" + n.to_bytes(8, "big")).digest() for n in range(count)]
