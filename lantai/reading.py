"""The settings of a home as its file says now, and its sites opened for requests that only read.

A process that goes on serves many: reading the settings and opening every site for each of them would
cost more than most of what they ask. The file is looked at each time (device, number, length, times) and
read where it changed, so a site that was given up is so for the next request.

A site that failed is asked last, by all readers, for SECONDS_LEFT_OUT; then it is opened anew and asked in
its turn. All sites are opened anew every SECONDS, whatever happened: a link may lead elsewhere by then.

Not done here: writing. Whoever writes has sites of their own, since a failed one stays failed for a run
(`Archive.at_work`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lantai import settings as settings_file
from lantai.places import open_site
from lantai.settings import Settings
from policies.suites import SUITES
from storage.custody import HeldCustody
from storage.kept_keyrings import YOUNG_SECONDS, KeptKeyrings
from storage.sealing import Key
from storage.vault import Vault

SECONDS = 60.0
SECONDS_LEFT_OUT = 10.0


@dataclass(frozen=True, slots=True)
class Reader:
    """Sites to read from, and the keys of what stands there."""

    vault: Vault
    custody: HeldCustody
    keyrings: KeptKeyrings

    def key(self, batch: str, object_id: str) -> Key:
        """The key of an object, as it stands now. Raises `StorageError`."""
        return self.keyrings.key(self.vault, self.custody, batch, object_id)


class Reading:
    """What those who read in the home `home` have in common. For many threads."""

    def __init__(self, home: Path, custody: HeldCustody, clock: Callable[[], float] = time.monotonic) -> None:
        self._home = home
        self._custody = custody
        self._clock = clock
        self._lock = threading.Lock()
        self._settings: Settings | None = None
        self._mark: tuple[int, ...] | None = None
        self._reader: Reader | None = None
        self._of: Settings | None = None
        self._opened = 0.0
        self._failed: float | None = None
        self._keyrings = KeptKeyrings(clock)

    def settings(self) -> Settings:
        """The settings as the file has them now. Raises `SettingsError`."""
        mark = self._found()
        with self._lock:
            if self._settings is not None and mark is not None and mark == self._mark:
                return self._settings
        settings = settings_file.read(self._home)
        with self._lock:
            self._settings, self._mark = settings, mark
        return settings

    def reader(self) -> Reader:
        """The sites as they are read now. Raises `SettingsError`."""
        settings = self.settings()
        with self._lock:
            if self._reader is None or self._of != settings or self._is_over(self._reader):
                self._reader, self._of = self._made(settings), settings
                self._opened, self._failed = self._clock(), None
            return self._reader

    def _made(self, settings: Settings) -> Reader:
        sites = [open_site(site, self._home) for site in settings.active]
        vault = Vault(sites, self._custody, settings.archive, settings.min_copies, SUITES[settings.suite])
        return Reader(vault, self._custody, self._keyrings)

    def _is_over(self, reader: Reader) -> bool:
        now = self._clock()
        if not reader.vault.lost:
            return now - self._opened >= SECONDS
        if self._failed is None:
            self._failed = now
        return now - self._failed >= SECONDS_LEFT_OUT

    def _found(self) -> tuple[int, ...] | None:
        """What tells the file from all that stood there before; None where it is away, or too young."""
        try:
            found = (self._home / settings_file.FILE_NAME).stat()
        except OSError:
            return None
        if time.time() - found.st_ctime < YOUNG_SECONDS:
            return None
        return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
