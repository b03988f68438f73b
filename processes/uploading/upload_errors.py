"""What goes wrong with what is handed in over the network.

LantaiError
└── UploadError
    ├── UploadClosed      its batch was asked for: nothing is added or removed any more
    ├── UploadBusy        another request writes to the same file, or has replaced it
    ├── UploadChanged     a file in the place of another than the one that is there
    ├── OffsetDiffers     bytes that do not go on where the file ends
    ├── AlreadyWhole      bytes for a file that is whole
    ├── LengthDiffers     another length than was announced
    ├── DigestDiffers     another digest than was announced
    ├── UnsafePath        a name that no file of a batch can have
    ├── UploadTooLarge    more than an account may have waiting
    ├── UploadIncomplete  a batch of files that have not come to their end, or of none
    ├── UploadTwice       two files of one name
    ├── UploadDiskFull    the disk of the archive is full
    └── UploadSlow        nothing came for a while
"""

from __future__ import annotations

from collections.abc import Sequence

from policies.errors import LantaiError


class UploadError(LantaiError):
    """Root of these errors."""

    code = "upload"


class UploadClosed(UploadError):
    """The batch of the upload was asked for: nothing is added or removed any more."""

    code = "upload-closed"

    def __init__(self) -> None:
        super().__init__("the batch of this upload was asked for: nothing is added or removed any more")


class UploadBusy(UploadError):
    """Another request is writing to the same file, or has replaced it."""

    code = "upload-busy"

    def __init__(self) -> None:
        super().__init__("another request is writing to this file or has replaced it: ask where it stands")


class UploadChanged(UploadError):
    """Not the file is there any more whose place this was to take: somebody else sent it meanwhile."""

    code = "upload-changed"

    def __init__(self) -> None:
        super().__init__("the file was sent anew or removed meanwhile: look at it before you replace it")


class OffsetDiffers(UploadError):
    """The bytes do not go on where the file ends, which is at `expected`."""

    code = "upload-offset"

    def __init__(self, expected: int, given: int) -> None:
        super().__init__(f"the file goes on at byte {expected}, not at {given}")
        self.expected = expected
        self.given = given


class AlreadyWhole(UploadError):
    """The file is whole; only sending it anew replaces it."""

    code = "upload-whole"

    def __init__(self) -> None:
        super().__init__("the file is whole already: send it anew to replace it")


class LengthDiffers(UploadError):
    """Not as many bytes as were announced; what came beyond the last whole part is not kept."""

    code = "upload-length"

    def __init__(self, announced: int, came: int) -> None:
        super().__init__(f"{announced} bytes were announced, {came} came")


class DigestDiffers(UploadError):
    """What came has another digest than was announced. Of this request nothing is kept."""

    code = "digest-differs"

    def __init__(self, field: str) -> None:
        super().__init__(f"what came is not what {field} announced: nothing of it was kept")


class UnsafePath(UploadError):
    """A name that no file of a batch can have."""

    code = "upload-path"

    def __init__(self) -> None:
        super().__init__(
            "no file can have this name: parts between slashes, none of them empty, . or .., no backslash"
        )


class UploadTooLarge(UploadError):
    """More than one may have waiting; what waits can become batches or be removed."""

    code = "upload-too-large"

    def __init__(self, what: str) -> None:
        super().__init__(f"more than may wait: {what}")


class UploadIncomplete(UploadError):
    """A batch was asked for although files have not come to their end, or none came."""

    code = "upload-incomplete"

    def __init__(self, files: int, unended: int) -> None:
        super().__init__(f"of {files} files {unended} have not come to their end")


class UploadTwice(UploadError):
    """Two files of one name, as of a ZIP and beside it."""

    code = "upload-twice"

    def __init__(self, paths: Sequence[str]) -> None:
        super().__init__(f"there is more than one file of this name: {', '.join(paths[:5])}")


class UploadDiskFull(UploadError):
    """The disk of the archive is full; what was noted before is kept."""

    code = "upload-disk-full"

    def __init__(self) -> None:
        super().__init__("the disk of the archive is full: nothing more can be handed in")


class UploadSlow(UploadError):
    """Nothing came for a while; what came before is kept."""

    code = "upload-slow"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"nothing came for {seconds} s; what came before is kept")
