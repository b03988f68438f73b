"""Many drafts on their way to their names together: steps 3 to 5 of `durable` for one site.

Not done here: the steps themselves, what a failure means to a caller. Everything raises OSError.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from storage.durable import Draft, sync_folder

# Files that wait together: each holds a file descriptor, and a process has 1,024 by default.
_MOST = 64
_MOST_BYTES = 128 << 20

# Syncs under way at a time. Measured on a device where one takes 3 ms: four at a time settle at least three
# times as many files. On one where it takes 0.1 ms they cost a tenth. Other devices were not tried.
_TOGETHER = 4


class Group:
    """Drafts of one site on their way to their names, and the folders that step 5 still has to visit.

    For many threads. After a failure of steps 3 to 5 it stays failed (`settle` and `check` raise that error
    again): the kernel reports a failed write once, and asking again would get a false yes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards the three below; never held over a system call that waits
        self._waiting: dict[Path, Draft] = {}
        self._folders: set[Path] = set()
        self._failure: OSError | None = None
        self._turn = threading.RLock()  # one flush or settle at a time: whoever waited sees its result

    def check(self) -> None:
        """Raise the failure that came before, if any."""
        if self._failure is not None:
            raise self._failure

    def visit(self, folder: Path) -> None:
        """Have the next `settle` take step 5 for `folder`."""
        with self._lock:
            self._folders.add(folder)

    def holds(self, target: Path) -> bool:
        """Whether a draft waits for the name `target`."""
        return target in self._waiting

    def commit(self, target: Path, draft: Draft) -> None:
        """Steps 3 and 4 together with others, at the latest in `settle`. The draft is ours from now on."""
        draft.begin_sync()
        while True:
            with self._lock:
                if target not in self._waiting:
                    self._waiting[target] = draft
                    full = self._is_full()
                    break
            self.flush()
        if full:
            self.flush()

    def _is_full(self) -> bool:
        return len(self._waiting) >= _MOST or sum(d.size for d in self._waiting.values()) >= _MOST_BYTES

    def flush(self) -> None:
        """Steps 3 and 4 for all that wait."""
        with self._turn:
            with self._lock:
                batch = dict(self._waiting)
            left = dict(batch)
            try:
                self.check()
                self._sync(list(batch.values()))
                for target, draft in batch.items():
                    self.visit(target.parent)
                    draft.rename(target)
                    del left[target]
            except OSError as error:
                self._failure = error
                raise
            finally:
                for draft in left.values():
                    draft.abandon()
                with self._lock:
                    for target in batch:
                        del self._waiting[target]

    def _sync(self, drafts: list[Draft]) -> None:
        """Step 3 for each, several at a time: a device serves waiting syncs together."""
        if len(drafts) < _TOGETHER:
            for draft in drafts:
                draft.sync()
            return
        with ThreadPoolExecutor(_TOGETHER) as threads:
            for _ in threads.map(Draft.sync, drafts):
                pass

    def settle(self, present: Callable[[], None]) -> None:
        """Steps 3 to 5 for all that was committed before the call; `present` then raises where the site is
        not there any more, and that is a failure too.
        """
        with self._turn:
            self.flush()
            with self._lock:
                folders, self._folders = self._folders, set()
            try:
                for folder in sorted(folders):
                    with suppress(FileNotFoundError):  # emptied and removed meanwhile: nothing to settle
                        sync_folder(folder)
                present()
            except OSError as error:
                self._failure = error
                raise
