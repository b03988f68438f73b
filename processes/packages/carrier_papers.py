"""The papers of a carrier: its label to print, 说明文件.TXT after the transfer rules, and the signed list.

Text for people stands in `carrier_papers.toml`, both languages at once: a carrier outlives its readers'
settings. Windows line ends and a byte order mark, because that is where such files are opened.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from archive.errors import NoteInvalid
from archive.notes import Verifier, open_note, sign_note
from ingest.tools import Tools
from processes.packages.carrier_lists import BOM
from processes.packages.carrier_order import Order, Share

LABEL, DESCRIPTION, NOTE, KEY = "label.txt", "说明文件.TXT", "signed-list.txt", "verification-key.txt"
NOTE_HEAD = "lantai-carrier/1"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the papers of one carrier tell, known before they are written."""

    archive: str
    number: str
    order: Order
    share: Share
    files: int
    bytes: int
    made: str
    maker: str
    missing: tuple[str, ...] = ()


@cache
def words(table: str) -> Mapping[str, str]:
    """One table of the papers' words."""
    text = resources.files("processes.packages").joinpath("carrier_papers.toml").read_text("utf-8")
    found: Mapping[str, str] = tomllib.loads(text)[table]
    return found


def paper(lines: Iterator[str]) -> bytes:
    """A text for any editor."""
    return BOM + "".join(f"{line}\r\n" for line in lines).encode()


def label(facts: Facts) -> bytes:
    """The label, to be printed."""
    return paper(_label(facts))


def _label(facts: Facts) -> Iterator[str]:
    say = words("label")
    yield say["head"]
    yield ""
    yield from _contents(facts)
    if facts.order.kept_at:
        yield f"{say['kept_at']}: {facts.order.kept_at}"
    if facts.order.with_keys:
        yield say["keys"]
    if facts.order.restricted_too:
        yield say["restricted"]


def _contents(facts: Facts) -> Iterator[str]:
    say, order, share = words("label"), facts.order, facts.share
    codes = f"{share.first_code} — {share.last_code}" if share.items else words("description")["none"]
    yield f"{say['archive']}: {facts.archive}"
    yield f"{say['number']}: {facts.number}"
    yield f"{say['set']}: {words('sets')[order.set]}"
    yield f"{say['kind']}: {words('kinds')[order.kind]}"
    yield f"{say['medium']}: {order.medium} · {words('forms')[order.form]}"
    yield f"{say['made']}: {facts.made}"
    yield f"{say['items']}: {share.items}"
    yield f"{say['files']}: {facts.files}"
    yield f"{say['bytes']}: {facts.bytes}"
    yield f"{say['codes']}: {codes}"
    yield f"{say['maker']}: {facts.maker}"


def description(facts: Facts) -> bytes:
    """说明文件.TXT. Source: 档发〔2012〕7号: carrier, contents, people, environment."""
    return paper(_description(facts))


def _description(facts: Facts) -> Iterator[str]:
    say, kind = words("description"), facts.order.kind
    yield say["head"]
    yield from ("", say["parameters"], *_contents(facts))
    yield from ("", say["contents"])
    yield f"{say['unit']}: {', '.join(facts.order.fonds) or facts.archive}"
    yield f"{say['source']}: {words('sets')[facts.order.set]}, {words('kinds')[kind]}"
    yield f"{say['missing']}: {', '.join(facts.missing) or say['none']}"
    yield from ("", say["people"])
    yield f"{say['keeper']}: {facts.order.kept_at or facts.archive}"
    yield f"{words('label')['maker']}: {facts.maker}"
    yield f"{say['checker']}: {facts.maker}（{say['read_back']}）"
    yield from ("", say["environment"], say[f"software_{kind}"])
    yield from ("", say["layout"], *say[f"layout_{kind}"].strip("\n").split("\n"))
    yield from ("", say["checking"], say["check"])


def note(tools: Tools, facts: Facts, manifest: str, tag_manifest: str) -> bytes:
    """The signed list: what the carrier is, and the digests of its two lists, under the archive's key.

    Its first line is no log's name and its second no size, so it can never be taken for a checkpoint.
    """
    lines = (
        NOTE_HEAD,
        f"archive {facts.archive}",
        f"number {facts.number}",
        f"set {facts.order.set}",
        f"kind {facts.order.kind}",
        f"made {facts.made}",
        f"files {facts.files}",
        f"bytes {facts.bytes}",
        f"manifest sha256:{manifest}",
        f"tagmanifest sha256:{tag_manifest}",
    )
    return sign_note("".join(f"{line}\n" for line in lines), [tools.signer]).encode()


def read_note(data: bytes, verifiers: Sequence[Verifier]) -> dict[str, str]:
    """What a signed list says. Raises NoteInvalid, and UnicodeDecodeError, for anything else."""
    return _fields(open_note(data.decode("utf-8"), verifiers))


def number_in(data: bytes) -> str:
    """The number that a signed list claims, whoever signed it: the register says whether it is ours.

    Raises NoteInvalid, and UnicodeDecodeError.
    """
    return _fields(data.decode("utf-8").partition("\n\n")[0]).get("number", "")


def _fields(text: str) -> dict[str, str]:
    head, *lines = text.splitlines() or [""]
    if head != NOTE_HEAD:
        raise NoteInvalid("not the signed list of a carrier")
    return {name: value for name, _, value in (line.partition(" ") for line in lines)}
