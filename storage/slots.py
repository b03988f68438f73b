"""A secret that is changed in steps: the file of the current one, of the next, and of the previous.

Not done here: what is in the files (`keychain`), what happens between the steps (`processes.custody.rotate`).
"""

from __future__ import annotations

from pathlib import Path

from storage.durable import erase, sync_folder
from storage.secret_files import move


class Slot:
    """Three names. `next` stands from the beginning of a change to the switch, `previous` from there to its
    end; both for a moment at the switch, when `previous` is still another name of the current one.
    """

    __slots__ = ("next", "path", "previous")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.next = path.with_name(path.name + ".next")
        self.previous = path.with_name(path.name + ".previous")

    def switch(self) -> None:
        """The next becomes the current one, atomically and durably; nothing to do where there is none."""
        if self.next.exists():
            if self.path.exists():
                move(self.next, self.path, self.previous)
            else:
                self.next.rename(self.path)
                sync_folder(self.path.parent)

    def end(self) -> None:
        """Erase the previous one: overwritten, removed, the folder synced."""
        if self.previous.exists():
            erase(self.previous)
