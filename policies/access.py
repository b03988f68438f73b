"""Who may see what: a subject and a record give a decision; a subject gives a view, which index, catalogue
and doors translate themselves.

    handles its fonds          everything of it, whatever its access
    was granted the item       the item, without what only staff see
    not open                   closed to everybody else: unreviewed, restricted, postponed and closed alike
    withdrawn                  closed to everybody else
    secrecy 内部, 国内          needs that clearance; a mark that nobody knows is closed
    holder's restriction       the reading room alone, or consent, which is a grant; any other is closed
    else                       open

A review date that has passed opens nothing: what is due is reviewed again (domain reference, 6). Not done
here: which accounts there are (`archive.accounts`), what a role may do (`policies.roles`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

OPEN = "open"
STATUSES = (OPEN, "restricted", "postponed", "closed", "unreviewed")
"""Every access status. Whatever else stands in a record is closed."""

INTERNAL_MARK, DOMESTIC_MARK, UNKNOWN_MARK = "internal", "domestic", "unknown"
MARKS = {
    mark: kind
    for kind, marks in (
        ("", "公开 無 无 非密 非涉密 不涉密 无密级 普通 一般 公開 否 open public none unclassified no - — /"),
        (INTERNAL_MARK, "内部 內部 internal"),
        (DOMESTIC_MARK, "国内 國內 domestic"),
    )
    for mark in ("", *marks.split())
    if mark or not kind
}
"""Marks below a state secret, as lists write them, to the clearance that each needs ("" for none).
The catalogue keeps the kind: whoever changes this raises `archive.tables.VIEWS`."""

READING_ROOM_ONLY, CONSENT_ONLY, UNKNOWN_HOLDER = "reading-room", "consent", "unknown"
HOLDERS = ("", READING_ROOM_ONLY, CONSENT_ONLY)
"""What a depositor may ask for: nothing, use in the reading room alone, or asking the depositor first."""

PUBLIC_FIELDS = frozenset(
    {"title", "author", "date", "document_number", "keywords", "place", "abstract", "genre", "pages", "text"}
)
"""What of a description others than its staff see, personal identifiers masked (`policies.screening`).
People, notes, former codes, box and shelf are for staff until screened; so is every field not named here."""


class Zone(StrEnum):
    """Where somebody works from."""

    PUBLIC = "public"
    GOVERNMENT = "government"
    READING_ROOM = "reading-room"
    INTERNAL = "internal"


CLEARED = {
    Zone.PUBLIC: frozenset[str](),
    Zone.READING_ROOM: frozenset({DOMESTIC_MARK}),
    Zone.GOVERNMENT: frozenset({DOMESTIC_MARK, INTERNAL_MARK}),
    Zone.INTERNAL: frozenset({DOMESTIC_MARK, INTERNAL_MARK}),
}
"""The clearances that come with a zone."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An account at work. `handles` are the fonds it handles; None means every fonds.

    `clearances` come on top of its zone's; `granted` are the items that a retrieval grant opens to it today;
    of these `viewed` may be looked at and not taken away (`copying`).
    """

    account: str
    handles: frozenset[str] | None = frozenset()
    zone: Zone = Zone.PUBLIC
    clearances: frozenset[str] = frozenset()
    granted: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    viewed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """What of a record decides who sees it. `secrecy` is a kind of `MARKS`, `holder` one of `HOLDERS`; what
    is neither stands as unknown.
    """

    item: str
    fonds: str
    access: str
    secrecy: str = ""
    holder: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a record is shown, and whether with what only staff see.

    `reason` is handles, granted or open; where it is not shown access, withdrawn, secrecy, holder or nobody.
    """

    allowed: bool
    reason: str
    full: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """Records with one of these values in each respect; None means any.

    `full` shows what only staff see. `withdrawn` lets withdrawn records through as well.
    """

    fonds: frozenset[str] | None = None
    access: frozenset[str] | None = None
    secrecy: frozenset[str] | None = None
    holder: frozenset[str] | None = None
    items: frozenset[str] | None = None
    withdrawn: bool = True
    full: bool = True

    def lets_through(self, record: Standing) -> bool:
        """Whether a record fits in every respect."""
        asked = (
            (self.fonds, record.fonds),
            (self.access, record.access),
            (self.secrecy, record.secrecy),
            (self.holder, record.holder),
            (self.items, record.item),
        )
        return (self.withdrawn or not record.withdrawn) and all(
            allowed is None or value in allowed for allowed, value in asked
        )


@dataclass(frozen=True, slots=True)
class View:
    """What may be seen: whatever any clause lets through. No clauses, nothing."""

    clauses: tuple[Clause, ...]

    @property
    def full(self) -> tuple[Clause, ...]:
        """The clauses that show everything of a record; they come before the others."""
        return tuple(clause for clause in self.clauses if clause.full)

    @property
    def partial(self) -> tuple[Clause, ...]:
        """The clauses that show a record without what only staff see."""
        return tuple(clause for clause in self.clauses if not clause.full)

    @property
    def handled(self) -> View:
        """The part that shows everything: for whatever changes a record or tells its history."""
        return View(self.full)

    @property
    def statuses(self) -> frozenset[str]:
        """The access statuses that this view can hold at all, whatever is in the archive."""
        held = [frozenset(STATUSES) if one.access is None else one.access for one in self.clauses]
        return frozenset().union(*held)


EVERYTHING = View((Clause(),))
"""For the archive's own work: indexing, audit, rebuild. Never for a person."""


def mark_kind(written: str) -> str:
    """The kind of a secrecy mark below a state secret, as a list writes it; "unknown" for any other."""
    return MARKS.get(written.strip().casefold(), UNKNOWN_MARK)


def holder_kind(written: str) -> str:
    """A holder's restriction; "unknown" for what is none."""
    return written if written in HOLDERS else UNKNOWN_HOLDER


def decide(subject: Subject | None, record: Standing) -> Decision:
    """Whether `subject` sees the record, and why. Default is closed; nobody sees nothing."""
    if subject is None:
        return Decision(False, "nobody")
    if handles(subject, record.fonds):
        return Decision(True, "handles", full=True)
    if record.withdrawn:
        return Decision(False, "withdrawn")
    if record.item in subject.granted:
        return Decision(True, "granted")
    if record.access != OPEN:
        return Decision(False, "access")
    if record.secrecy not in _marks_read(subject):
        return Decision(False, "secrecy")
    if record.holder not in _holders_met(subject):
        return Decision(False, "holder")
    return Decision(True, "open")


def view_of(subject: Subject | None) -> View:
    """The view of `subject`: all of the fonds it handles, what was granted, what is open to it."""
    if subject is None:
        return View(())
    if subject.handles is None:
        return EVERYTHING
    clauses = [Clause(fonds=subject.handles)] if subject.handles else []
    if subject.granted:
        clauses.append(Clause(items=subject.granted, withdrawn=False, full=False))
    opened = Clause(
        access=frozenset({OPEN}),
        secrecy=_marks_read(subject),
        holder=_holders_met(subject),
        withdrawn=False,
        full=False,
    )
    return View((*clauses, opened))


def handles(subject: Subject | None, fonds: str) -> bool:
    """Whether `subject` handles this fonds: then it may be told of what is there no more."""
    return subject is not None and (subject.handles is None or fonds in subject.handles)


def copying(subject: Subject | None) -> Subject | None:
    """`subject` as copies are made for it, files and lists: what it may only look at counts as not granted,
    and is seen where it would be seen without the grant.
    """
    if subject is None or not subject.viewed:
        return subject
    return replace(subject, granted=subject.granted - subject.viewed, viewed=frozenset())


def may(view: View, record: Standing) -> bool:
    """Whether the record stands in the view."""
    return _through(view.clauses, record)


def shows_all(view: View, record: Standing) -> bool:
    """Whether the view shows what only staff see of the record."""
    return _through(view.full, record)


def _through(clauses: Iterable[Clause], record: Standing) -> bool:
    return any(clause.lets_through(record) for clause in clauses)


def _marks_read(subject: Subject) -> frozenset[str]:
    cleared = CLEARED.get(subject.zone, frozenset()) | subject.clearances
    return frozenset({""}) | (cleared & {INTERNAL_MARK, DOMESTIC_MARK})


def _holders_met(subject: Subject) -> frozenset[str]:
    inside = subject.zone in (Zone.READING_ROOM, Zone.INTERNAL)
    return frozenset({"", READING_ROOM_ONLY}) if inside else frozenset({""})
