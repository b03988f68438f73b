"""What the dictionaries of a PDF say that long-term keeping must know (ISO 32000-1; ISO 19005-1 §6.1-6.6).

Scripts and other actions, embedded files, references to the outside, fonts that are not embedded. Every
dictionary is looked at once, inside the object that holds it. Not done here: opening, decoding, PDF/A
validation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ingest.probes.probed import Probed

# A dictionary whose text has none of these words needs no closer look.
TELLING = re.compile(
    rb"/(?:JS|JavaScript|Launch|SubmitForm|ImportData|ResetForm|Hide|Sound|Movie|Rendition|RichMedia|RichMediaExecute"
    rb"|GoTo3DView|Trans|SetOCGState|AA|XFA|EF|EmbeddedFile|EmbeddedFiles|FileAttachment|URI|GoToR|GoToE|Font|Thread"
    rb"|3D|Screen|F)\b"
)
ACTIVE_ACTIONS = frozenset(
    ("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/ResetForm", "/Hide", "/Sound", "/Movie")
) | {"/Rendition", "/RichMediaExecute", "/GoTo3DView", "/SetOCGState"}
ACTIVE_ANNOTATIONS = frozenset(("/RichMedia", "/3D", "/Screen", "/Movie", "/Sound"))
OUTWARD_ACTIONS = frozenset(("/URI", "/GoToR", "/GoToE", "/Thread"))
EMBEDDED_FONTS = ("/FontFile", "/FontFile2", "/FontFile3")
MAX_DEPTH = 32
MAX_NAMES = 12


@dataclass(slots=True)
class Inventory:
    """Collects over all objects of a document; `report` turns it into problems."""

    active: set[str] = field(default_factory=set)
    embedded: int = 0
    outward: set[str] = field(default_factory=set)
    fonts: int = 0
    missing_fonts: set[str] = field(default_factory=set)

    @staticmethod
    def is_stream(item: Any) -> bool:
        """Whether the object is a stream."""
        return _kind(item) == "stream"

    def look(self, item: Any) -> None:
        """Look at one indirect object and the dictionaries directly inside it."""
        if self.is_stream(item):
            self._stream(item.stream_dict)
            item = item.stream_dict
        if _kind(item) in ("dictionary", "array") and TELLING.search(item.unparse(resolved=True)):
            self._into(item, 0)

    def report(self, probed: Probed) -> None:
        """Add what was found to `probed`."""
        probed.values |= {"fonts": self.fonts, "fonts_missing": len(self.missing_fonts)}
        if self.active:
            probed.problem("document-active-content", "", _names(self.active))
        if self.embedded:
            probed.problem("document-embedded-file", "0", str(self.embedded))
        if self.outward:
            probed.problem("document-external-reference", "", _names(self.outward))
        if self.missing_fonts:
            probed.problem("document-fonts-missing", "", _names(self.missing_fonts))

    def _into(self, item: Any, depth: int) -> None:
        """Direct children only: whatever is indirect is looked at by itself."""
        kind = _kind(item)
        if kind == "dictionary":
            self._dictionary(item)
        for _, child in item.items() if kind == "dictionary" else enumerate(item):
            if _kind(child) in ("dictionary", "array") and not child.is_indirect and depth < MAX_DEPTH:
                self._into(child, depth + 1)

    def _dictionary(self, item: Any) -> None:
        action, subtype = str(item.get("/S", "")), str(item.get("/Subtype", ""))
        if action in ACTIVE_ACTIONS or "/JS" in item:
            self.active.add((action or "/JavaScript")[1:])
        if subtype in ACTIVE_ANNOTATIONS and "/Rect" in item:
            self.active.add(subtype[1:])
        for key in ("/AA", "/XFA"):
            if key in item:
                self.active.add(key[1:])
        if action in OUTWARD_ACTIONS or (action == "/Launch" and "/F" in item):
            self.outward.add(action[1:])
        if "/EF" in item:
            self.embedded += 1
        if str(item.get("/Type", "")) == "/Font":
            self._font(item, subtype)

    def _stream(self, dictionary: Any) -> None:
        if "/F" in dictionary:  # content in another file, ISO 32000-1 §7.3.8.2
            self.outward.add("F")

    def _font(self, item: Any, subtype: str) -> None:
        if subtype in ("/Type0", "/Type3"):  # their glyphs are in the descendant font, or in the file itself
            return
        self.fonts += 1
        descriptor = item.get("/FontDescriptor", None)
        if descriptor is None or not any(key in descriptor for key in EMBEDDED_FONTS):
            self.missing_fonts.add(str(item.get("/BaseFont", "/unnamed"))[1:])


def _kind(item: Any) -> str:
    """The object's type; numbers, texts and null come as Python values and have none."""
    return str(getattr(item, "_type_name", ""))


def _names(names: set[str]) -> str:
    shown = sorted(names)
    return ", ".join(shown[:MAX_NAMES]) + (f", {len(shown)} in all" if len(shown) > MAX_NAMES else "")
