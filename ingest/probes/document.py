"""PDF: opened without repair, every object read, every page found, every compressed stream run to its end.

Seen: a missing or wrong cross-reference table, objects that are not where the table says, a cut anywhere
before the last %%EOF, damage in Deflate streams (their checksum), in JPEG and JPEG 2000 pictures, in LZW,
ASCII and run-length streams; runs of zeros in uncompressed page content. No check can see: a cut exactly
behind an earlier revision's %%EOF, damage inside strings, in CCITT and JBIG2 pictures (not decoded here),
in uncompressed pictures and fonts. What dictionaries *say* (scripts, fonts, attachments) is in
document_rules.py. Source: ISO 32000-1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ingest.probes import decoders, deflate, image, jpeg
from ingest.probes.document_rules import Inventory
from ingest.probes.jpeg import ZERO_RUN
from ingest.probes.probed import Options, Probed
from ingest.probes.source import BytesSource, Source

if TYPE_CHECKING:
    from pikepdf import Pdf

TAIL_BYTES = 4096
MAX_PLAIN_BYTES = 2 << 30  # one stream holding more is a bomb
MAX_PROBLEMS = 8
LINEARIZED = re.compile(rb"/Linearized\b.{0,200}?/L\s+(\d+)", re.DOTALL)
PDFA = re.compile(rb"pdfaid:(part|conformance)(?:\s*=\s*[\"']|>)\s*(\w)")
UNDECODED = {"/CCITTFaxDecode", "/JBIG2Decode", "/Crypt"}


def probe_pdf(source: Source, options: Options) -> Probed:
    """Facts and problems of one PDF file; damaged content never raises."""
    import pikepdf

    probed = Probed()
    _ends(source, probed)
    try:
        with pikepdf.open(
            source.path or source.open(), attempt_recovery=False, suppress_warnings=True
        ) as pdf:
            _read(pdf, options, probed)
    except pikepdf.PasswordError:
        probed.values["encrypted"] = True
        probed.problem("document-encrypted", "", "password")
    except (
        pikepdf.PdfError,
        pikepdf.DataDecodingError,
        ValueError,
        TypeError,
        KeyError,
        RuntimeError,
    ) as error:
        _damaged(probed, error)
    return probed


def _damaged(probed: Probed, error: object) -> None:
    text = re.sub(r"/proc/self/fd/\d+|<_io\S+.*?>", "", str(error)).strip(" :")
    if len(probed.problems) < MAX_PROBLEMS:
        probed.problem("document-damaged", "", text[:160])


def _ends(source: Source, probed: Probed) -> None:
    """The last %%EOF, what stands behind it, and the length that a linearized file declares."""
    start = max(source.size - TAIL_BYTES, 0)
    before, mark, behind = source.read_at(start, TAIL_BYTES).rpartition(b"%%EOF")
    linearized = LINEARIZED.search(source.read_at(0, 1024))
    if linearized and int(linearized[1]) > source.size:
        probed.problem("document-cut", f"{int(linearized[1])} bytes", f"{source.size} bytes")
    elif not mark:
        probed.problem("document-cut", "%%EOF", f"{source.size} bytes")
    elif re.search(rb"\bobj\b|\bxref\b|\bstream\b", behind):
        probed.problem("document-cut", f"%%EOF at byte {source.size - len(behind)}", f"{source.size} bytes")
    elif behind.strip(b"\0\t\n\f\r "):
        probed.problem("trailing-data", f"{source.size - len(behind)} bytes", f"{source.size} bytes")
    elif not before.strip():
        probed.problem("document-damaged", "", "%%EOF")


def _read(pdf: Pdf, options: Options, probed: Probed) -> None:
    probed.values |= {"version": pdf.pdf_version, "encrypted": pdf.is_encrypted, "pages": len(pdf.pages)}
    if pdf.is_encrypted:
        probed.problem("document-encrypted", "", f"R{pdf.encryption.R}")
        return
    if not len(pdf.pages):
        probed.problem("document-empty", "1 page or more", "0")
    texts = _content_streams(pdf)
    inventory = Inventory()
    for item in pdf.objects:
        inventory.look(item)
        if inventory.is_stream(item) and len(probed.problems) < MAX_PROBLEMS:
            _stream(item, item.objgen in texts, options, probed)
    inventory.report(probed)
    _declared_profile(pdf, probed)
    for warning in pdf.get_warnings()[:MAX_PROBLEMS]:
        _damaged(probed, warning)


def _content_streams(pdf: Pdf) -> set[tuple[int, int]]:
    """The objects that hold page content; reading them finds pages whose content is not there."""
    import pikepdf

    found: set[tuple[int, int]] = set()
    for number, page in enumerate(pdf.pages, 1):
        contents = page.obj.get("/Contents", None)
        parts = (
            list(contents)
            if isinstance(contents, pikepdf.Array)
            else [contents]
            if contents is not None
            else []
        )
        for part in parts:
            if not isinstance(part, pikepdf.Stream):
                raise ValueError(f"page {number}: content is not a stream")
            found.add(part.objgen)
    return found


def _declared_profile(pdf: Pdf, probed: Probed) -> None:
    """PDF/A part and level as the file declares them; nobody here validates the claim."""
    metadata = pdf.Root.get("/Metadata", None)
    if metadata is None:
        return
    found = {name: value.decode() for name, value in PDFA.findall(metadata.read_bytes()[:1_000_000])}
    if b"part" in found:
        probed.values["pdfa"] = found[b"part"] + found.get(b"conformance", b"".decode()).lower()


def _stream(item: Any, is_content: bool, options: Options, probed: Probed) -> None:
    """Run one stream's filters to their end."""
    filters = _filters(item)
    where = f"object {item.objgen[0]}"
    try:
        raw = BytesSource(bytes(item.get_raw_stream_buffer()))
        if not filters:
            _uncompressed(raw, is_content)
        elif filters[0] == "/FlateDecode":
            # What writers make of a blank page: nothing, compressed to nothing.
            if raw.size:
                deflate.inflate(raw, 0, raw.size, MAX_PLAIN_BYTES)
        elif filters == ["/DCTDecode"]:
            _picture(raw, where, options, probed)
        elif filters == ["/JPXDecode"]:
            decoders.jpeg2000(raw)
        elif not UNDECODED & set(filters):
            item.get_stream_buffer()
    except deflate.Overlong as bomb:
        probed.problem("bomb", f"{MAX_PLAIN_BYTES} bytes in {where}", f"more than {bomb.plain}")
    except decoders.Undecodable as failure:
        _damaged(probed, f"{where}: {failure}")


def _filters(item: Any) -> list[str]:
    named = item.stream_dict.get("/Filter", None)
    if named is None:
        return []
    short = {"/Fl": "/FlateDecode", "/DCT": "/DCTDecode", "/LZW": "/LZWDecode"}
    names = [str(name) for name in named] if named._type_name == "array" else [str(named)]
    return [short.get(name, name) for name in names]


def _uncompressed(raw: BytesSource, is_content: bool) -> None:
    at = raw.read_at(0, raw.size).find(ZERO_RUN) if is_content else -1
    if at >= 0:
        raise decoders.Undecodable(f"page content, byte {at}: 00 x 16")


def _picture(raw: BytesSource, where: str, options: Options, probed: Probed) -> None:
    """A JPEG inside the document; writers leave bytes behind EOI, so the end is not held against it."""
    found, inner = jpeg.Structure(), Probed()
    try:
        jpeg.walk(raw, found)
    except jpeg.BrokenStream as broken:
        raise decoders.Undecodable(f"{broken.expected}: {broken.found}") from broken
    image.read_to_end(raw, found, options, inner)
    for problem in inner.problems:
        if problem.kind == "bomb":
            probed.problems.append(problem)
        else:
            _damaged(probed, f"{where}: {problem.expected}: {problem.found}")
