"""The `[use]` table of the settings: where use copies are kept, and how much room they may take."""

from __future__ import annotations

from typing import Annotated

import msgspec

from lantai.settings_sites import Text


class UseSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Use copies are views: what is removed is made again. A `folder` is relative to the home or absolute."""

    folder: Text = "use"
    most_gib: Annotated[float, msgspec.Meta(gt=0, le=1_000_000)] = 20.0
    behind: bool = True

    @property
    def most_bytes(self) -> int:
        """How many bytes may be kept."""
        return int(self.most_gib * (1 << 30))
