"""Find each listed file in the batch folder, and what is there beyond the list.

Pure but for the walk in `survey.py`: `match` compares a list with a survey. Nothing is opened here;
`open_member` and `read_once` are handed on from `members.py`, so that one import gives the whole stage.

Rows refused for secrecy are not matched, and what they name is named nowhere: not in their findings,
not as unlisted, and another row that names one of their files is refused with them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

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
    loose,
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
    rows = {
        number: _row(number in secret_rows, number in secret, names, found, users)
        for number, names in resolved.items()
    }
    hidden = [name for number in secret for name in resolved.get(number, ())]
    unlisted = _unlisted(found, users, hidden, is_secret_name) if batch_list.rows else ()
    return Matching(rows, tuple(unlisted), secret)


def _forms(found: Survey) -> dict[str, list[str]]:
    forms: dict[str, list[str]] = defaultdict(list)
    for path in (*found.files, *found.others):
        forms[form(path)].append(path)
    return forms


def _resolve(listed: str, found: Survey, forms: Mapping[str, list[str]]) -> _Resolved:
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
        unsafe = finding("path-unsafe", file=listed, found=escaped(touches[0]))
        return _Resolved(listed, touches, finding=unsafe)
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
    rows_of: dict[str, list[int]] = defaultdict(list)
    for number, names in resolved.items():
        for token in _tokens(names):
            rows_of[token].append(number)
    secret, pending = set(given), [number for number in given if number in resolved]
    while pending:
        for token in _tokens(resolved[pending.pop()]):
            reached = [number for number in rows_of.pop(token, ()) if number not in secret]
            secret.update(reached)
            pending += reached
    return frozenset(secret)


def _tokens(names: Iterable[_Resolved]) -> Iterator[str]:
    """What two rows have in common when they name one file, there or not."""
    for name in names:
        yield from name.touches or (form(name.listed.replace("\\", "/")),)


def _users(resolved: Mapping[int, list[_Resolved]], secret: Collection[int]) -> dict[str, list[int]]:
    """The rows that speak of each path, a row as often as it does; the secret ones left out."""
    users: dict[str, list[int]] = defaultdict(list)
    for number, names in resolved.items():
        if number not in secret:
            for name in names:
                for path in name.touches:
                    users[path].append(number)
    return users


def _row(
    given: bool, secret: bool, names: list[_Resolved], found: Survey, users: Mapping[str, list[int]]
) -> RowMatch:
    if secret:
        return RowMatch() if given else RowMatch(findings=(finding("secrecy-refused"),))
    files = [Matched(name.path, name.listed, *_facts(found.files[name.path])) for name in names if name.path]
    notes = [note for name in names for note in _notes(name, found, users)]
    return RowMatch(tuple(files), tuple(notes))


def _facts(file: Found) -> tuple[int, tuple[int, ...]]:
    return file.bytes, file.identity


def _notes(name: _Resolved, found: Survey, users: Mapping[str, list[int]]) -> Iterator[Finding]:
    if name.finding:
        yield name.finding
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


def _unlisted(
    found: Survey,
    users: Mapping[str, list[int]],
    hidden: list[_Resolved],
    is_secret_name: Callable[[str], bool],
) -> Iterator[Finding]:
    spoken_of = {path for name in hidden for path in name.touches}
    alike = {loose(name.listed) for name in hidden}
    count = 0
    for path in sorted((*found.files, *found.others)):
        if path in users or path in spoken_of or is_list(path) or is_dropping(path):
            continue
        count += 1
        if count <= UNLISTED_NAMED:
            secret = loose(path) in alike or is_secret_name(path)
            name = "" if secret else path if is_storable(path) else escaped(path)
            yield finding("file-unlisted", file=name, found=found.others.get(path, ""))
    if count > UNLISTED_NAMED:
        yield finding("file-unlisted", found=f"+{count - UNLISTED_NAMED}")
