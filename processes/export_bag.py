"""An item as a bag of its own (BagIt, RFC 8493): content, what is known of it, and the proof of that.

<fonds>/<code>/bagit.txt, bag-info.txt, manifest-sha256.txt, tagmanifest-sha256.txt
<fonds>/<code>/data/content/<name>      the components, under their own names
<fonds>/<code>/data/item.json           the item with components and history, as `show --json`
<fonds>/<code>/data/item.csv            one line a component
<fonds>/<code>/data/proof.json          for `lantai verify`, against the head of the export
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from archive.catalogue import Record
from processes import carrier_lists as lists
from processes.export_parcel import Done, Parcels, folder_of
from processes.packing import PAYLOAD, FolderPack, Part, seal_bag


class BagExporter:
    """See `Exporter`."""

    def __init__(self, parcels: Parcels, to: Path) -> None:
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
        place = self._to / self.place(record)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        pack = FolderPack(place.with_name(f".{place.name}.part"), durable=False)
        try:
            size = self._fill(pack, record)
        except BaseException:  # whatever ends it: half a package is no package
            pack.discard()
            raise
        if place.exists():  # of a run that was killed before it noted how far it was
            shutil.rmtree(place)
        pack.root.rename(place)
        return size

    def _fill(self, pack: FolderPack, record: Record) -> int:
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
        pack.close()
        return size
