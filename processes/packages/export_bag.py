"""An item as a bag of its own (BagIt, RFC 8493): content, what is known of it, and the proof of that.

<fonds>/<code>/bagit.txt, bag-info.txt, manifest-sha256.txt, tagmanifest-sha256.txt
<fonds>/<code>/data/content/<name>      the components, under their own names
<fonds>/<code>/data/item.json           the item with components and history, as `show --json`
<fonds>/<code>/data/item.csv            one line a component
<fonds>/<code>/data/proof.json          for `lantai verify`, against the head of the export
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from archive.catalogue import Record
from processes.packages import carrier_lists as lists
from processes.packages.export_parcel import Done, Parcels, folder_of, longest
from processes.packages.export_places import Add, Place
from processes.packages.packing import MANIFEST, PAYLOAD, TAG_MANIFEST, Listed, Part, line_of, seal_bag


class BagExporter:
    """See `Exporter`."""

    def __init__(self, parcels: Parcels, to: Place) -> None:
        self._parcels = parcels
        self._to = to

    def place(self, record: Record) -> str:
        """See `Exporter.place`."""
        return folder_of(record)

    def finish(self, _done: Done, _fonds: list[str], items: int) -> int:
        """See `Exporter.finish`: every item is a package."""
        return items

    def add(self, record: Record) -> int:
        """See `Exporter.add`."""
        with self._to.item(self.place(record), longest(record)) as add:
            return self._fill(_Bag(add), record)

    def _fill(self, pack: _Bag, record: Record) -> int:
        parcel = self._parcels.of(record)
        paths = []
        for _, name, pieces in parcel.files():
            paths.append(f"{PAYLOAD}content/{name}")
            pack.add(Part(paths[-1], pieces))
        size = pack.total
        told = json.dumps(parcel.shown | {"paths": paths}, ensure_ascii=False, indent=1).encode() + b"\n"
        pack.add(Part(f"{PAYLOAD}item.json", lambda: [told]))
        pack.add(Part(f"{PAYLOAD}item.csv", lambda: lists.table([lists.Row(record, tuple(paths))])))
        proof = parcel.proof()
        pack.add(Part(f"{PAYLOAD}proof.json", lambda: [proof]))
        tools = self._parcels.tools
        information = {
            "Source-Organization": tools.vault.archive_id,
            "External-Identifier": record.item.code,
            "External-Description": record.item.fields.get("title", ""),
            "Bagging-Date": tools.now()[:10],
            "Internal-Sender-Identifier": record.item.id,
        }
        seal_bag(pack, information)
        return size


class _Bag(Listed):
    """See `Pack`: a bag of one item, its lists in memory, written wherever `add` writes."""

    def __init__(self, add: Add) -> None:
        super().__init__()
        self._add = add
        self._lines: list[str] = []

    def add(self, part: Part) -> int:
        """See `Pack.add`."""
        size, digest = self._add(part.path, part.pieces())
        self._lines.append(line_of(digest, part.path))
        self.files, self.total = self.files + 1, self.total + size
        return size

    def paper(self, name: str, content: Iterable[bytes], *, listed: bool = True) -> str:
        """See `Pack.paper`."""
        _, digest = self._add(name, [self.tag_manifest()] if name == TAG_MANIFEST else content)
        if listed:
            self.note_tag(name, digest)
        return digest

    def manifest(self) -> str:
        """See `Pack.manifest`."""
        return self.paper(MANIFEST, ["".join(self._lines).encode()])

    def close(self) -> None:
        """See `Pack.close`: its place does that."""

    def discard(self) -> None:
        """See `Pack.discard`: its place does that."""
