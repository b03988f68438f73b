"""Two archives equal but for what somebody may not see: real homes, with real objects, below the way in.

`Homes.of` makes them: one with everything, hidden records registered before, between and after the visible
ones, and one with the visible alone, under the same keys and accounts. `said` runs a command in this process.
"""

from __future__ import annotations

import hashlib
import io
import random
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

from blake3 import blake3
from twins import Made, numbered, unseen_changed, world

from archive import catalogue, working
from archive.events import BatchReceived, Event, ItemRecoded, ItemRegistered, ItemWithdrawn, RowResult
from archive.model import Component, Item
from archive.page_texts import READ, ReadText, put_texts
from archive.people_events import AccountAdded
from ingest.publish import publish
from ingest.tools import Tools
from lantai.cli.main import outcome
from lantai.home import make_home
from lantai.wiring import Archive, opened
from policies.access import may, shows_all, view_of
from policies.errors import LantaiError
from processes.finding.index import feed
from search.index import Document
from storage.keyring import Keyring
from storage.sealing import Sealer, context

MARKS = {"": "", "internal": "内部", "domestic": "国内", "unknown": "对外保密"}
FIELDS = (
    "title", "author", "date", "keywords", "people", "place", "abstract", "document_number", "genre",
    "notes", "box", "shelf",
)  # fmt: skip
ACCOUNTS = (
    ("r", ("researcher",), (), "public"),
    ("rr", ("researcher",), (), "reading-room"),
    ("g", ("researcher",), (), "government"),
    ("o", ("records-officer",), ("B002",), "internal"),
    ("away", ("records-officer",), ("B002",), "public"),
    ("admin", ("system-administrator",), (), "internal"),
    ("store", ("storage-operator",), (), "internal"),
    ("desk", ("accession-officer", "appraisal-member"), ("B002",), "internal"),
    ("sender", ("records-officer",), ("A014",), "internal"),
)
"""Name, roles, fonds and zone of everybody who works here."""


@dataclass(frozen=True)
class Said:
    """What a command answered, byte for byte."""

    status: int
    out: bytes
    err: str


def said(home: Path, *words: str, account: str = "r", as_json: bool = True) -> Said:
    """Run `lantai --home HOME WORDS… --as ACCOUNT --json` in this process."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace"), io.StringIO()
    line = ["--home", str(home), *words, "--as", account, *(["--json"] if as_json else [])]
    with redirect_stdout(out), redirect_stderr(err):
        status = outcome(line, as_json)
        sys.stdout.flush()
    told = out.detach().getvalue()  # type: ignore[attr-defined]  # a BytesIO
    return Said(status, told.replace(str(home).encode(), b"HOME"), err.getvalue().replace(str(home), "HOME"))


@dataclass(frozen=True)
class Homes:
    """An archive with everything and one with what an account sees; which records they are."""

    full: Path
    bare: Path
    hidden: tuple[Document, ...]
    visible: tuple[Document, ...]

    def both(self, *words: str, account: str = "r", as_json: bool = True) -> tuple[Said, Said]:
        """What both say."""
        return tuple(said(home, *words, account=account, as_json=as_json) for home in (self.full, self.bare))  # type: ignore[return-value]  # two

    @contextmanager
    def opened(self, account: str) -> Iterator[Callable[[Callable[[Archive], object]], tuple[str, str]]]:
        """Both homes open as the account: what is done with each, as text, refusals included."""
        with opened(self.full, account) as full, opened(self.bare, account) as bare:
            yield lambda do: (told(do, full), told(do, bare))

    @classmethod
    def of(cls, base: Path, folder: Path, seed: int, account: str, count: int = 40) -> Homes:
        """Make them for one account out of the empty home `base`, from one world of records."""
        with opened(base, account) as archive:
            view = view_of(archive.subject)
        dice = random.Random(seed)
        plain = [
            replace(one, document=replace(one.document, text=one.document.text[-400:]))
            for one in world(seed, count)
        ]
        made = [replace(one, document=numbered(one.document, dice)) for one in plain]
        shown = [one for one in plain if may(view, one.standing)]
        seen = [_seen(one, made, dice, shows_all(view, one.standing)) for one in shown]
        homes = [Path(shutil.copytree(base, folder / name)) for name in ("full", "bare")]
        fill(homes[0], made, at_once=14)
        fill(homes[1], seen, at_once=100)
        names = {one.document.id for one in shown}
        hidden = tuple(one.document for one in made if one.document.id not in names)
        return cls(*homes, hidden, tuple(one.document for one in seen))


class TwinHomes(dict[str, Homes]):
    """Twin homes for every account, each made when first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._base = folder, empty_home(folder / "base")

    def __missing__(self, account: str) -> Homes:
        seed = 1 + [name for name, *_ in ACCOUNTS].index(account)
        self[account] = Homes.of(self._base, self._folder / account, seed, account)
        return self[account]


def _seen(plain: Made, made: Sequence[Made], dice: random.Random, by_staff: bool) -> Made:
    """A record for the barer archive: other words wherever the account sees nothing of it.

    A former code resolves for whoever may see the item at all, as citations need: it stays.
    """
    if by_staff:
        return next(one for one in made if one.document.id == plain.document.id)
    other = unseen_changed(numbered(plain.document, dice), dice)
    return replace(plain, document=replace(other, former_codes=plain.document.former_codes))


def told(do: Callable[[Archive], object], archive: Archive) -> str:
    """What comes of it, or how it is refused, without the home's name."""
    try:
        text = repr(do(archive))
    except LantaiError as error:
        text = f"{error.code}: {error}"
    return text.replace(str(archive.home), "HOME")


def empty_home(home: Path) -> Path:
    """A home without work in the background, in which everybody has an account."""
    make_home(home, "shandong-2016")
    settings = home / "lantai.toml"
    text = settings.read_text("utf-8")
    settings.write_text(text.replace("background = true", "background = false"), "utf-8")
    with opened(home) as archive:
        tools = archive.tools()
        events = [
            AccountAdded(name, roles, fonds, False, zone, "keeper", "root")
            for name, roles, fonds, zone in ACCOUNTS
        ]
        with archive.database.write() as tx:
            catalogue.record(tx, archive.ledger, events, tools.now())
    return home


def fill(home: Path, records: Sequence[Made], at_once: int) -> None:
    """Register the records in order, `at_once` a batch, with their objects; recode and withdraw; index."""
    with opened(home, account="keeper") as archive:
        tools = archive.tools()
        for start in range(0, len(records), at_once):
            _register(tools, home, f"b{start:06}", records[start : start + at_once])
            feed(archive.database, archive.index, tools.work)
        publish(tools)


def _register(tools: Tools, home: Path, batch: str, records: Sequence[Made]) -> None:
    keyring = tools.vault.new_keyring(batch)
    keyring.new_key(batch)
    items = [_item(tools, home, keyring, row, one) for row, one in enumerate(records)]
    tools.vault.put_keyring(keyring)
    events: list[Event] = [_report(tools, batch, items), *map(ItemRegistered, items)]
    for one in records:
        for former in one.document.former_codes:
            events.append(
                ItemRecoded(
                    one.document.id, former, one.document.code, "", 0, {}, "miswritten", "keeper", "root"
                )
            )
        if one.withdrawn:
            events.append(ItemWithdrawn(one.document.id, "superseded", "keeper", "root"))
    with tools.database.write() as tx:
        catalogue.record(tx, tools.ledger, events, tools.now())
        texts = [
            ReadText(f"o{one.document.id}x0", one.document.id, READ, one.document.text) for one in records
        ]
        put_texts(tx, texts)
        working.enqueue(tx, [item.id for item in items])


def _page(document: Document) -> ReadText:
    return ReadText(f"o{document.id}x0", document.id, READ, document.text)


def _shortened(made: Made) -> Made:
    return replace(made, document=replace(made.document, text=made.document.text[-400:]))


def _item(tools: Tools, home: Path, keyring: Keyring, row: int, made: Made) -> Item:
    one = made.document
    keyring.new_key(one.id)
    parts = tuple(_component(tools, home, keyring, one.id, number) for number in range(1 + len(one.id) % 2))
    fields = {name: getattr(one, name) for name in FIELDS} | {"secrecy": MARKS[one.secrecy]}
    return Item(
        id=one.id,
        batch=keyring.batch,
        row=row,
        code=one.former_codes[0] if one.former_codes else one.code,
        fonds=one.fonds,
        category=one.category,
        year=one.year,
        retention=one.retention,
        office=one.office,
        series="",
        number=0,
        access=one.access,
        fields={name: value for name, value in fields.items() if value},
        proposed=("year",),
        components=parts,
        findings=(),
        appraisal={"holder": one.holder} if one.holder else {},
    )


def _component(tools: Tools, home: Path, keyring: Keyring, item: str, number: int) -> Component:
    """One really sealed object: its content follows from its item, its name in the list tells of people."""
    name, content = f"o{item}x{number}", content_of(item, number)
    sealer = Sealer(keyring.new_key(name), context(tools.vault.archive_id, name, "main"))
    sealed = sealer.update(content) + sealer.finalize()
    for site in tools.vault.sites:
        place = home / "sites" / site / "objects" / keyring.batch
        place.mkdir(mode=0o700, exist_ok=True)
        (place / name).write_bytes(sealed)
    return Component(
        object_id=name,
        file=f"王小明/{item}-{keyring.batch}.txt",
        role="main",
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        sealed_bytes=len(sealed),
        sealed_blake3=blake3(sealed).hexdigest(),
        puid="x-fmt/111",
        format="Plain Text File",
        mime="text/plain",
        probe={"owner": f"赵铁柱 {keyring.batch}"},
    )


def content_of(item: str, number: int) -> bytes:
    """What a component holds."""
    return f"content {number} of {item}".encode() * 20


def _report(tools: Tools, batch: str, items: Sequence[Item]) -> Event:
    digest = hashlib.sha256(f"{batch} {len(items)}".encode()).hexdigest()
    rows = (
        RowResult(item.row, item.components[0].file, item.id, "registered", code=item.code) for item in items
    )
    return BatchReceived(
        batch=batch,
        identity=digest,
        list_digest=digest,
        source=f"carrier of 王小明 {batch}",
        fonds="",
        accept="all",
        ruleset=tools.rules.name,
        ruleset_version=tools.rules.version,
        ruleset_digest=tools.rules.digest,
        account="keeper",
        os_user="root",
        bytes=sum(part.bytes for item in items for part in item.components),
        findings=(),
        rows=tuple(rows),
    )
