"""The lock between those who write keyrings and those who change the key-encryption key.

Whoever writes a keyring holds it shared, whoever rotates alone: a keyring is written before a rotation, which
then moves it, or after, under the new key. Readers take no lock and never wait.

Not done here: rotating (`processes.custody.rotate`), which must not be called by a holder of `keys_held`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ingest.locks import only_one, shared
from ingest.tools import Tools

KEYS_LOCK = "keys.lock"


@contextmanager
def keys_held(tools: Tools) -> Iterator[None]:
    """The key-encryption key stays as it is until this is left; waits for a rotation to end."""
    with shared(tools.work / KEYS_LOCK):
        tools.keychain.refresh()  # a rotation may have ended since this process opened the home
        yield


@contextmanager
def keys_alone(tools: Tools) -> Iterator[None]:
    """Nobody writes a keyring until this is left; waits for those who do."""
    with only_one(tools.work / KEYS_LOCK):
        tools.keychain.refresh()
        yield
