"""Find each listed file in the batch folder, and what is there beyond the list.

Pure but for the walk in `survey.py`: `match` compares a list with a survey. Nothing is opened here;
`open_member` and `read_once` are handed on from `members.py`, so that one import gives the whole stage.

Rows refused for secrecy are not matched, and what they name is named nowhere: another row that names one
of their files is refused with them, and unlisted files, which may be theirs, are then only counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ingest.errors import FileChanged, FileRefused, FileUnreadable
from ingest.manifest import BatchList, is_list
from ingest.members import open_member, read_once
from ingest.names import (
    as_gb18030,
    climbs,
    escaped,
    form,
    is_absolute,
    is_dropping,
    is_odd,
    is_storable,
    near,
    parts_of,
)
from ingest.survey import Found, Survey, survey
from policies.findings import Finding, Severity, finding

__all__ = [
    "FileChanged",
    "FileRefused",
    "FileUnreadable",
    "Found",
    "Matched",
    "Matching",
    "RowMatch",
    "Survey",
    "match",
    "open_member",
    "read_once",
    "survey",
]

UNLISTED_NAMED = 1000
"""So many unlisted files are named one by one; then their number is given (a wrong folder has many)."""

UNLISTED_KINDS = ("file-unlisted", "files-unlisted")
"""The findings on files that the list does not name: which one, or how many."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A listed file that is there: `path` on disk, `listed` as the list writes it."""

    path: str
    listed: str
    bytes: int
    identity: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RowMatch:
    """The files of one row that are there, in the list's order, and what is wrong with any of them."""

    files: tuple[Matched, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Matching:
    """Every row by number, findings on the batch, and the rows refused for secrecy.

    `secret` holds the rows given as secret and those that share a file with one of them: these have
    the one finding `secrecy-refused`, and the caller must write nothing else of them either.
    """

    rows: Mapping[int, RowMatch]
    findings: tuple[Finding, ...]
    secret: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Resolved:
    """One listed name: the paths on disk it speaks of, the one it means, what is wrong with it."""

    listed: str
    touches: tuple[str, ...] = ()
    path: str = ""
    finding: Finding | None = None


def match(
    batch_list: BatchList,
    found: Survey,
    *,
    secret_rows: frozenset[int],
    is_secret_name: Callable[[str], bool] = lambda _: False,
) -> Matching:
    """Compare a list with what the folder holds.

    `secret_rows` are refused; `is_secret_name` says which unlisted file must not be named either.
    A name that NFC makes equal to one file's name means that file. Two files whose names differ only
    in such form are a clash even where one of them is named exactly: nobody can see which is meant.
    """
    forms = _forms(found)
    resolved = {
        row.number: [_resolve(listed, found, forms) for listed in row.files] for row in batch_list.rows
    }
    secret = _spread(resolved, secret_rows)
    users = _users(resolved, secret)
    alike = {} if secret else _alike(resolved, found, is_secret_name)
    rows = {
        number: _secret_row(number in secret_rows) if number in secret else _row(names, found, users, alike)
        for number, names in resolved.items()
    }
    hidden = {path for number in secret for name in resolved.get(number, ()) for path in name.touches}
    beyond = [path for path in _beyond(found, users) if path not in hidden] if batch_list.rows else []
    unlisted = _unlisted(beyond, found, bool(secret), is_secret_name)
    return Matching(rows, tuple(unlisted), secret)


def _forms(found: Survey) -> dict[str, list[str]]:
    forms: dict[str, list[str]] = defaultdict(list)
    for path in (*found.files, *found.others):
        forms[form(path)].append(path)
    return forms


def _resolve(listed: str, found: Survey, forms: Mapping[str, list[str]]) -> _Resolved:
    if not listed:
        return _Resolved(listed)
    refused = _refused(listed)
    if refused:
        return _Resolved(listed, finding=finding(refused, file=escaped(listed), found=escaped(listed)))
    names = (listed, listed.replace("\\", "/")) if "\\" in listed else (listed,)
    touches = next((tuple(forms[form(name)]) for name in names if form(name) in forms), ())
    if len(touches) > 1:
        clash = finding("path-form-clash", file=listed, expected="1", found=str(len(touches)))
        return _Resolved(listed, touches, finding=clash)
    if not touches:
        return _absent(listed, form(names[-1]), found, forms)
    if touches[0] in found.files:
        return _Resolved(listed, touches, touches[0])
    return _Resolved(listed, touches, finding=_not_regular(listed, found.others[touches[0]]))


def _refused(listed: str) -> str:
    """The kind of finding for a name that is refused whatever the folder holds, or nothing."""
    if not is_storable(listed):
        return "path-unsafe"
    if is_absolute(listed):
        return "path-absolute"
    return "path-climbs" if climbs(listed) else ""


def _absent(listed: str, name: str, found: Survey, forms: Mapping[str, list[str]]) -> _Resolved:
    """Why no file has this name: a folder has it, something on the way is no folder, other bytes, or none."""
    if name in found.folders:
        return _Resolved(listed, finding=_not_regular(listed, "folder"))
    stored = form(as_gb18030(name))
    if stored in forms:
        touches = tuple(forms[stored])
        encoded = finding("path-encoding", file=listed, expected="UTF-8", found=escaped(touches[0]))
        return _Resolved(listed, touches, finding=encoded)
    above = [name[:at] for at, character in enumerate(name) if character == "/"]
    for folder in above:
        if folder in forms and forms[folder][0] in found.others:
            touches = (forms[folder][0],)
            return _Resolved(listed, touches, finding=_not_regular(listed, found.others[touches[0]]))
    return _Resolved(listed, finding=finding("file-missing", file=listed))


def _not_regular(listed: str, kind: str) -> Finding:
    return finding("file-unreadable" if kind == "unreadable" else "path-not-regular", file=listed, found=kind)


def _spread(resolved: Mapping[int, list[_Resolved]], given: frozenset[int]) -> frozenset[int]:
    """The secret rows with every row that shares a file with one of them, and so on."""
    if not given:
        return given
    rows_of: dict[str, list[int]] = defaultdict(list)
    for number, names in resolved.items():
        for token in _tokens(names):
            rows_of[token].append(number)
    secret, pending = set(given), [number for number in given if number in resolved]
    while pending:
        for token in _reach(resolved[pending.pop()]):
            reached = [number for number in rows_of.pop(token, ()) if number not in secret]
            secret.update(reached)
            pending += reached
    return frozenset(secret)


def _tokens(names: Iterable[_Resolved]) -> Iterator[str]:
    """What a row can be reached by: the paths it speaks of, its names however spelt, the folders above."""
    for name in names:
        yield from name.touches
        misspelt = near(name.listed)
        if misspelt:
            yield f"\0{misspelt}"
        yield from (f"\0{misspelt[:at]}" for at, character in enumerate(misspelt) if character == "/")


def _reach(names: Iterable[_Resolved]) -> Iterator[str]:
    """What a secret row reaches: the paths it speaks of; whatever is like a name that no file has."""
    for name in names:
        yield from name.touches or (f"\0{near(part)}" for part in parts_of(name.listed) if near(part))


def _users(resolved: Mapping[int, list[_Resolved]], secret: Collection[int]) -> dict[str, list[int]]:
    """The rows that speak of each path, a row as often as it does; the secret ones left out."""
    users: dict[str, list[int]] = defaultdict(list)
    for number, names in resolved.items():
        if number not in secret:
            for name in names:
                for path in name.touches:
                    users[path].append(number)
    return users


def _alike(
    resolved: Mapping[int, list[_Resolved]], found: Survey, is_secret_name: Callable[[str], bool]
) -> dict[str, str]:
    """The files that missing ones may have been meant for, by what `near` leaves of their names."""
    missing = {
        near(name.listed)
        for names in resolved.values()
        for name in names
        if name.finding and name.finding.kind == "file-missing"
    }
    if not missing - {""}:
        return {}
    paths = (path for path in found.files if is_storable(path) and not is_secret_name(path))
    return {key: escaped(path) for path in paths if (key := near(path)) in missing}


def _secret_row(given: bool) -> RowMatch:
    return RowMatch() if given else RowMatch(findings=(finding("secrecy-refused"),))


def _row(
    names: list[_Resolved], found: Survey, users: Mapping[str, list[int]], alike: Mapping[str, str]
) -> RowMatch:
    """The row's files but for empty ones, of which nothing more can be said."""
    files = [Matched(name.path, name.listed, *_facts(found.files[name.path])) for name in names if name.path]
    notes = [note for name in names for note in _notes(name, found, users, alike)]
    empty = [f"#{place}" for place, name in enumerate(names, 1) if not name.listed]
    if empty:
        cell = escaped("|".join(name.listed for name in names))
        notes.append(finding("file-part-empty", file=cell, found=", ".join(empty)))
    return RowMatch(tuple(file for file in files if file.bytes), tuple(notes))


def _facts(file: Found) -> tuple[int, tuple[int, ...]]:
    return file.bytes, file.identity


def _notes(
    name: _Resolved, found: Survey, users: Mapping[str, list[int]], alike: Mapping[str, str]
) -> Iterator[Finding]:
    if name.finding:
        missing = name.finding.kind == "file-missing"
        yield replace(name.finding, found=alike.get(near(name.listed), "")) if missing else name.finding
    if not name.path:
        return
    if is_odd(name.listed):
        # It can be kept and every door shows it escaped: a warning, so that the sender can rename it.
        yield finding("path-unsafe", file=name.listed, found=escaped(name.listed), severity=Severity.WARN)
    if len(users[name.path]) > 1:
        rows = ", ".join(map(str, sorted(set(users[name.path]))))
        yield finding("file-listed-twice", file=name.listed, found=rows)
    if found.files[name.path].bytes == 0:
        yield finding("file-empty", file=name.listed, found="0 B")


def _beyond(found: Survey, users: Collection[str]) -> Iterator[str]:
    """What is there and no row that may be spoken of names, but for the list and what systems drop."""
    for path in sorted((*found.files, *found.others)):
        if path not in users and not is_list(path) and not is_dropping(path):
            yield path


def _unlisted(
    beyond: list[str], found: Survey, secret: bool, is_secret_name: Callable[[str], bool]
) -> Iterator[Finding]:
    """Each file beyond the list by its name, and the number of those that must not or cannot be named."""
    named = [] if secret else [path for path in beyond if not is_secret_name(path)][:UNLISTED_NAMED]
    for path in named:
        name = path if is_storable(path) else escaped(path)
        yield finding("file-unlisted", file=name, found=found.others.get(path, ""))
    if len(beyond) > len(named):
        yield finding("files-unlisted", found=str(len(beyond) - len(named)))
