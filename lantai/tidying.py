"""What a worker puts in order now and then: what interrupted work left, what has had its time.

Not here: what each of it is (uploads, visitors' data, use copies), when that is done (`lantai.behind`).
"""

from __future__ import annotations

from ingest.tools import Tools
from lantai.wiring import Archive
from processes.reading_room.visitors import forget
from processes.uploading.uploads import sweep as sweep_uploads
from processes.use_copies.behind import sweep as sweep_use_copies


def tidy(archive: Archive, tools: Tools) -> None:
    """All of it, once."""
    archive.vault.sweep()
    sweep_uploads(tools, archive.settings.uploads)
    forget(tools, archive.settings.visitor_days)
    sweep_use_copies(tools, archive.settings.use.most_bytes)
