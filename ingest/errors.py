"""What can go wrong in the ingest room.

    LantaiError (policies.errors)
    └── IngestError
        ├── GivenUp                the batch in hand was given up meanwhile
        ├── NotForThisFonds        the list names a fonds that the account does not handle
        ├── InHand                 the batch to be given up is being taken in
        ├── ArchiveRefused         a ZIP that cannot be taken, with what is wrong with it
        └── FileRefused            one file of a batch cannot be taken: a finding, made by `as_finding`
            ├── FileUnreadable     not there, not a regular file, or the system refuses to read it
            └── FileChanged        not the file that was surveyed, or written to while it was read

A refused file is the sender's to mend. What is broken on our side stays an `OSError`.
"""

from __future__ import annotations

from collections.abc import Sequence

from policies.errors import LantaiError
from policies.findings import Finding, finding


class IngestError(LantaiError):
    """Root of this room's errors."""

    code = "ingest"


class GivenUp(IngestError):
    """The batch was given up while it was taken in; nothing of it was entered."""

    code = "given-up"

    def __init__(self, batch: str) -> None:
        super().__init__(f"batch {batch} was given up while it was taken in; hand it in again")


class NotForThisFonds(IngestError):
    """The list names fonds that the account does not handle; nothing of the batch was written."""

    code = "not-allowed"

    def __init__(self, fonds: Sequence[str], account: str) -> None:
        super().__init__(f"the account {account} does not handle the fonds {', '.join(fonds[:5])}")


class InHand(IngestError):
    """The batch is being taken in right now and cannot be given up."""

    code = "not-allowed"

    def __init__(self, batch: str) -> None:
        super().__init__(f"batch {batch} is being taken in right now")


class ArchiveRefused(IngestError):
    """A ZIP that cannot be taken. `mistakes` says what is wrong with it, in words that name its members."""

    code = "archive-refused"

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__(f"the ZIP cannot be taken: {'; '.join(mistakes)}")
        self.mistakes = tuple(mistakes)


class FileRefused(IngestError):
    """A file of a batch cannot be taken. `kind` and `found` are those of the finding it means."""

    code = "file-refused"

    def __init__(self, kind: str, found: str = "") -> None:
        super().__init__(f"{kind} {found}".strip())
        self.kind = kind
        self.found = found

    def as_finding(self, listed: str) -> Finding:
        """The finding on the file that the list writes as `listed`."""
        return finding(self.kind, file=listed, found=self.found)


class FileUnreadable(FileRefused):
    """It is not there, not a regular file, or the system refuses to read it."""

    code = "file-unreadable"


class FileChanged(FileRefused):
    """It is not the file that was surveyed, or somebody wrote to it while it was read."""

    code = "file-changed"

    def __init__(self, found: str) -> None:
        super().__init__("file-changed", found)
