"""Who may see what: a subject gives a view; index, catalogue and doors translate the view themselves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """An account at work. `handles` are the fonds it handles; None means every fonds."""

    account: str
    handles: frozenset[str] | None = frozenset()


@dataclass(frozen=True, slots=True)
class Clause:
    """Records of these fonds with one of these access statuses; None means any."""

    fonds: frozenset[str] | None
    access: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class View:
    """What may be seen: whatever any clause lets through. No clauses, nothing."""

    clauses: tuple[Clause, ...]


EVERYTHING = View((Clause(None, None),))
"""For the archive's own work: indexing, audit, rebuild. Never for a person."""

_OPEN = Clause(None, frozenset({"open"}))


def view_of(subject: Subject | None) -> View:
    """The view of `subject`: what is open, and all of the fonds it handles. Nobody sees nothing."""
    if subject is None:
        return View(())
    if subject.handles is None:
        return EVERYTHING
    if not subject.handles:
        return View((_OPEN,))
    return View((Clause(subject.handles, None), _OPEN))


def handles(subject: Subject | None, fonds: str) -> bool:
    """Whether `subject` handles this fonds: then it may be told of what is there no more."""
    return subject is not None and (subject.handles is None or fonds in subject.handles)


def may(view: View, fonds: str, access: str) -> bool:
    """Whether a record of this fonds and access status stands in the view."""
    return any(
        (clause.fonds is None or fonds in clause.fonds) and (clause.access is None or access in clause.access)
        for clause in view.clauses
    )
