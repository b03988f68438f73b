"""What goes wrong in a use case.

LantaiError
├── NotFound         absent, or not for this account: the same words either way
├── AlreadyThere     a file stands where content was to be written
├── ContentAway      content that no site gives whole just now
├── CopyNotKept      a use copy that there is no room for
├── IndexLost        the index holds nothing although the archive holds items
├── ListChanged      a list whose rows were hidden faster than they were read
├── SearchSaved      a search was saved under this name already
├── SearchUnreadable  a saved search that this version cannot read
├── NothingChanges   a correction that would change nothing
├── SetChanged       what was previewed is no longer what would be decided on
├── Held             an item that nothing may destroy while it is held
├── NotAllowedValue  a value that the rule set does not allow
├── UnknownField     a correction of a field that items do not have
├── NotForThisAccount  what only an account that handles every fonds may do
├── PasscodeRefused  a passcode that opens nothing: wrong, blocked, or of a grant that is not in force
├── RequestsWaiting  an account has as many requests waiting as it may
├── TooLarge         an item or file that no carrier of this kind and size takes
│   └── TooLargeForImage
├── NoRoom           the place has less room than what is to be written there
├── NotEmpty         packages were to go where something else stands
├── JournalShut      a use could not be written down, so nothing was given
├── BadCarrier       what was written reads back differently: the medium or the drive is at fault
└── ScopeMistake     a share or a date that an audit cannot take (audited.py)
"""

from __future__ import annotations

from policies.errors import LantaiError


class NotFound(LantaiError):
    """Absent, or not for this account; nobody can tell which."""

    code = "not-found"

    def __init__(self, what: str) -> None:
        super().__init__(f"there is no {what} here")


class NothingChanges(LantaiError):
    """The correction asked for is what stands there already."""

    code = "usage"


class SetChanged(LantaiError):
    """What was previewed is no longer what would be decided on, or another decision; nothing was entered."""

    code = "set-changed"

    def __init__(self) -> None:
        super().__init__("this is not what the preview showed, so nothing was decided: look at a new preview")


class Held(LantaiError):
    """Items that nothing may destroy while they are held; nothing of the list was destroyed."""

    code = "held"

    def __init__(self, codes: list[str]) -> None:
        super().__init__(f"held, so nothing was destroyed: {', '.join(codes)}")


class UnknownField(LantaiError):
    """The correction names a field that cannot be corrected this way."""

    code = "usage"


class AlreadyThere(LantaiError):
    """A file stands where content was to be written."""

    code = "usage"

    def __init__(self, path: object, way: str = "name another file with -o") -> None:
        super().__init__(f"{path} is there already; {way}")


class ContentAway(LantaiError):
    """Content that no site gives whole just now. Says nothing of sites and objects: readers are told it."""

    code = "content-away"

    def __init__(self) -> None:
        super().__init__("no site gives this content whole just now; whoever keeps the archive can tell why")


class CopyNotKept(LantaiError):
    """A use copy that the archive's own disk does not take, and that is too long to be given without."""

    code = "copy-not-kept"

    def __init__(self) -> None:
        super().__init__("there is no room to keep this use copy; nothing is wrong with the original")


class NotAllowedValue(LantaiError):
    """A value that the rule set does not allow, or a missing reason."""

    code = "usage"


class IndexLost(LantaiError):
    """The index holds nothing although the archive holds items."""

    code = "index-lost"

    def __init__(self) -> None:
        super().__init__("the index is empty and the archive is not: make it again with `rebuild --views`")


class ListChanged(LantaiError):
    """So much was hidden while a list was read that nobody can say where it goes on; it may be repeated."""

    code = "list-changed"

    def __init__(self) -> None:
        super().__init__("the results changed too much while the list was written; write it again")


class SearchSaved(LantaiError):
    """A search was saved under this name already."""

    code = "search-saved"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"a search is kept as {name} already: name it otherwise, or replace that one (--force)"
        )


class SearchUnreadable(LantaiError):
    """A saved search that this version cannot read; it stays as it was saved."""

    code = "usage"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"the saved search {name} cannot be asked any more: {reason}")
        self.reason = reason


class NotForThisAccount(LantaiError):
    """What only an account that handles every fonds may do."""

    code = "not-allowed"


class PasscodeRefused(LantaiError):
    """A passcode that opens nothing; whoever holds the grant is not told why."""

    code = "passcode-refused"

    def __init__(self) -> None:
        super().__init__(
            "this passcode opens nothing: it is wrong, was given wrongly too often, or the grant is not in "
            "force"
        )


class RequestsWaiting(LantaiError):
    """An account has as many requests waiting as it may."""

    code = "requests-waiting"

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} requests of this account wait to be decided; more can be asked after that")


class TooLarge(LantaiError):
    """An item or file that no carrier of this kind and size takes; nothing was written of it."""

    code = "usage"


class TooLargeForImage(TooLarge):
    """A file longer than a disc image takes."""

    def __init__(self, path: str, size: int) -> None:
        super().__init__(
            f"{path} is {size} bytes long; a disc image takes files below 4 GiB: write folders, "
            "without --image"
        )


class NoRoom(LantaiError):
    """The place has less room than what is to be written there."""

    code = "no-room"

    def __init__(self, place: object, needed: int, free: int) -> None:
        super().__init__(f"{place} has {free >> 20} MiB free; {(needed >> 20) + 1} MiB are needed")


class NotEmpty(LantaiError):
    """Packages were to go where something else stands."""

    code = "usage"


class BadCarrier(LantaiError):
    """What was written reads back differently: medium or drive is at fault. Nothing was registered."""

    code = "carrier-damaged"


class JournalShut(LantaiError):
    """A use could not be written down: nothing is given. Safe to ask again."""

    code = "journal-shut"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the use journal cannot be written, so nothing is given: {reason}")
        self.reason = reason
