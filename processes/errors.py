"""What goes wrong in a use case.

LantaiError
├── NotFound         absent, or not for this account: the same words either way
├── AlreadyThere     a file stands where content was to be written
├── IndexLost        the index holds nothing although the archive holds items
├── NothingChanges   a correction that would change nothing
├── NotAllowedValue  a value that the rule set does not allow
├── UnknownField     a correction of a field that items do not have
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


class UnknownField(LantaiError):
    """The correction names a field that cannot be corrected this way."""

    code = "usage"


class AlreadyThere(LantaiError):
    """A file stands where content was to be written."""

    code = "usage"

    def __init__(self, path: object) -> None:
        super().__init__(f"{path} is there already; name another file with -o")


class NotAllowedValue(LantaiError):
    """A value that the rule set does not allow, or a missing reason."""

    code = "usage"


class IndexLost(LantaiError):
    """The index holds nothing although the archive holds items."""

    code = "index-lost"

    def __init__(self) -> None:
        super().__init__("the index is empty and the archive is not: make it again with `rebuild --views`")
