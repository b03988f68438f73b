"""How much may be handed in over the network: the table `[uploads]` of the settings, as frozen values.

Not done here: counting (`processes.uploading.uploads`).
"""

from __future__ import annotations

from typing import Annotated

import msgspec

GIB = 1 << 30


class UploadLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an account may have waiting to become batches, and for how long.

    `uploads` at once and `gib` of content in all of them; `files` in one of them, the members of ZIPs
    counted; a ZIP may unpack to `gib`, and to `zip_ratio` times its length. What nobody touched for
    `idle_days` is removed.
    """

    uploads: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 20
    files: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 100_000
    gib: Annotated[float, msgspec.Meta(gt=0, le=1_000_000)] = 200.0
    zip_ratio: Annotated[int, msgspec.Meta(ge=1, le=1_100)] = 200
    idle_days: Annotated[int, msgspec.Meta(ge=1, le=365)] = 7

    @property
    def bytes(self) -> int:
        """`gib` in bytes."""
        return int(self.gib * GIB)
