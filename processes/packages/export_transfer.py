"""Items as transfer packages, one a fonds, after 档发〔2012〕7号:

    <fonds>/说明文件.TXT
    <fonds>/文件目录.XML
    <fonds>/电子档案/<年度>/<类别>/<档号>/      the components, and 元数据.xml
    <fonds>/其他/                              移交与接收登记表.TXT, digests, signature, checkpoint, key

The register's columns of both sides are left empty: people fill them in. Not done here: the field names'
Chinese, which are the rule set's headings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from archive.catalogue import Record
from archive.notes import sign_note
from ingest.signers import verifiers_text
from policies.portable import portable_name, xml_text
from processes.packages import carrier_lists as lists
from processes.packages.carrier_papers import DESCRIPTION, KEY, paper, words
from processes.packages.export_parcel import Done, Parcel, Parcels, longest
from processes.packages.export_places import Place
from processes.packages.packing import MANIFEST, line_of

CONTENT, OTHER, METADATA = "电子档案", "其他", "元数据.xml"
REGISTER, NOTE, CHECKPOINT = "移交与接收登记表.TXT", "signed-list.txt", "checkpoint.txt"


@dataclass(frozen=True, slots=True)
class _Sum:
    """What one package holds."""

    fonds: str
    items: int
    files: int
    bytes: int
    first_code: str
    last_code: str


class TransferExporter:
    """See `Exporter`."""

    def __init__(self, parcels: Parcels, to: Place) -> None:
        self._parcels = parcels
        self._to = to

    def place(self, record: Record) -> str:
        """See `Exporter.place`."""
        return f"{portable_name(record.item.fonds or '-')}/{self._inside(record)}"

    def _inside(self, record: Record) -> str:
        """Where the item stands in its package."""
        item = record.item
        return "/".join(
            (CONTENT, *(portable_name(name or "-") for name in (item.year, item.category, item.code)))
        )

    def add(self, record: Record) -> int:
        """See `Exporter.add`."""
        parcel = self._parcels.of(record)
        with self._to.item(self.place(record), longest(record)) as add:
            size = sum(add(name, pieces())[0] for _, name, pieces in parcel.files())
            add(METADATA, self._metadata(parcel))
        return size

    def _metadata(self, parcel: Parcel) -> Iterator[bytes]:
        """All that is known of the item, each element under its heading in the rule set."""
        headings = self._parcels.tools.rules.list.headings
        yield '<?xml version="1.0" encoding="UTF-8"?>\n<元数据>\n'.encode()
        for name, value in parcel.shown.items():
            if isinstance(value, str) and value:
                yield _element(headings.get(name, (name,))[0], name, value)
        for part, (component, name, _) in zip(parcel.shown["components"], parcel.files(), strict=True):
            told = {"file": component.file, "path": name, "role": component.role, "bytes": component.bytes}
            told |= {"sha256": component.sha256, "puid": component.puid, "format": part["format"]["name"]}
            inside = "".join(f' {key}="{xml_text(value)}"' for key, value in told.items())
            yield f"  <组件{inside}/>\n".encode()
        for event in parcel.shown["history"]:
            inside = "".join(
                f' {key}="{xml_text(event[key])}"' for key in ("entry", "time", "type", "account")
            )
            yield f"  <管理过程{inside}>{xml_text(event['changed'])}</管理过程>\n".encode()
        yield "</元数据>\n".encode()

    def finish(self, done: Done, fonds: list[str], _items: int) -> int:
        """See `Exporter.finish`: lists and papers of each fonds."""
        for one in fonds:
            self._complete(one, done)
        return len(fonds)

    def _complete(self, fonds: str, done: Done) -> None:
        root = portable_name(fonds or "-")
        other = f"{root}/{OTHER}"
        tools, head = self._parcels.tools, self._parcels.head
        total = self._sum(fonds, done)
        _, listed = self._to.file(f"{root}/{lists.DIRECTORY}", lists.directory(self._rows(fonds, done)))
        _, told = self._to.file(f"{root}/{DESCRIPTION}", [paper(self._description(total))])
        beside = [line_of(listed, lists.DIRECTORY).encode(), line_of(told, DESCRIPTION).encode()]
        _, manifest = self._to.file(f"{other}/{MANIFEST}", self._digests(fonds, done, beside))
        text = f"lantai-transfer/1\narchive {tools.vault.archive_id}\nmanifest sha256:{manifest}\n"
        self._to.file(f"{other}/{NOTE}", [sign_note(text, [tools.signer]).encode()])
        self._to.file(f"{other}/{CHECKPOINT}", [head.note.encode()])
        self._to.file(f"{other}/{KEY}", [verifiers_text(tools.signer).encode()])
        self._to.file(f"{other}/{REGISTER}", [paper(_register(total))])

    def _sum(self, fonds: str, done: Done) -> _Sum:
        items = files = size = 0
        first = last = ""
        for record in done(fonds):
            code, parts = record.item.code, record.item.components
            items, files = items + 1, files + len(parts)
            size += sum(part.bytes for part in parts)
            first, last = min(first or code, code), max(last, code)
        return _Sum(fonds, items, files, size, first, last)

    def _rows(self, fonds: str, done: Done) -> Iterator[lists.Row]:
        for record in done(fonds):
            yield lists.Row(record, tuple(path for path, _ in self._files(record)))

    def _files(self, record: Record) -> Iterator[tuple[str, str]]:
        """Path in the package and SHA-256 of each component."""
        for part, name, _ in self._parcels.of(record).files():
            yield f"{self._inside(record)}/{name}", part.sha256

    def _digests(self, fonds: str, done: Done, beside: list[bytes]) -> Iterator[bytes]:
        yield from beside
        for record in done(fonds):
            for path, sha256 in self._files(record):
                yield line_of(sha256, path).encode()
            path = f"{self._inside(record)}/{METADATA}"
            digest = self._to.digest(f"{portable_name(fonds or '-')}/{path}")
            yield line_of(digest, path).encode()

    def _description(self, total: _Sum) -> Iterator[str]:
        say, marks, tools = words("description"), words("label"), self._parcels.tools
        yield say["head"]
        yield from (
            "",
            say["parameters"],
            f"{marks['medium']}: 在线 online",
            f"{marks['number']}: {say['none']}",
        )
        yield from ("", say["contents"], f"{say['unit']}: {total.fonds}")
        yield f"{marks['codes']}: {total.first_code} — {total.last_code}"
        yield f"{marks['items']}: {total.items}"
        yield f"{marks['files']}: {total.files}"
        yield f"{marks['bytes']}: {total.bytes}"
        yield from ("", say["people"], f"{marks['maker']}: {tools.subject.account} ({tools.os_user})")
        yield f"{marks['made']}: {tools.now()}"
        yield from (
            "",
            say["environment"],
            say["software_transfer"],
            "",
            say["checking"],
            say["check_transfer"],
        )


def _register(total: _Sum) -> Iterator[str]:
    """移交与接收登记表, the archive's facts filled in, both sides' columns left to people."""
    say = words("register")
    yield say["head"]
    yield ""
    yield f"{say['job']}: {total.fonds}"
    yield f"{say['counts']}: {total.items}"
    yield f"{say['volume']}: {total.bytes / 10**9:.3f} GB"
    yield f"{say['codes']}: {total.first_code} — {total.last_code}"
    yield f"{say['carriers']}: {say['online']}"
    for side in ("giver", "taker"):
        yield from ("", say[side])
        for name in (
            "accuracy",
            "completeness",
            "usability",
            "security",
            "inspection",
            "filled",
            "reviewed",
            "seal",
        ):
            yield f"{say[name]}: ________________"


def _element(heading: str, name: str, value: str) -> bytes:
    return f'  <元素 名称="{xml_text(heading)}" field="{xml_text(name)}">{xml_text(value)}</元素>\n'.encode()
