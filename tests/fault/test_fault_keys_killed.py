"""The power is pulled in a change of keys: everything opens at once, and the next call ends it.

A child process is killed before the n-th system call that changes what stands on a disk: rename, link,
unlink, fsync. Between two of them nothing changes but the database, which keeps its own promises.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from batches import lantai, row, write_batch
from media import pdf

sys.path.append(str(Path(__file__).resolve().parents[1] / "unit" / "processes"))
from processes_keys import contents, everything_opens, opens_from_one_site, recovered, rotations

from archive.events import SigningKeyChanged
from ingest.publish import publish
from ingest.signers import own_head
from lantai.resealing import reseal
from lantai.wiring import Archive, opened
from processes.auditing.audit import Scope, audit
from processes.custody.rotate import rotate
from processes.custody.rotate_recovery import rotate_recovery
from processes.custody.rotate_signing import rotate_signing

CALLS = ("rename", "link", "unlink", "fsync")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with two objects, and its recovery key."""
    folder = tmp_path_factory.mktemp("made")
    home = folder / "home"
    key = lantai(home, "init", status=0).document["recovery_key"]
    settings = home / "lantai.toml"
    settings.write_text(
        settings.read_text("utf-8").replace("background = true", "background = false"), "utf-8"
    )
    rows = [row("a.pdf|b.pdf", role="main|attachment", category="WS")]
    batch = write_batch(folder / "batch", {"a.pdf": pdf(1), "b.pdf": pdf(2)}, rows)
    lantai(home, "ingest", batch, status=0)
    return home, key


def _arm(steps: int) -> None:
    """Die at the `steps`-th call."""
    left = steps

    def watched(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **words: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*args, **words)

        return call

    for name in CALLS:
        setattr(os, name, watched(getattr(os, name)))


def killed(home: Path, act: Callable[[Archive], object], steps: int) -> bool:
    """Whether `act` was killed at that step: False where it came to its end before."""
    child = os.fork()
    if child == 0:
        status = 70
        try:
            sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115 - the child ends with it
            with opened(home) as archive:
                _arm(steps)
                act(archive)
            status = 0
        finally:
            os._exit(status)
    _, how = os.waitpid(child, 0)
    if os.WIFSIGNALED(how):
        assert os.WTERMSIG(how) == signal.SIGKILL
        return True
    assert os.waitstatus_to_exitcode(how) == 0
    return False


def histories(
    made: Path, folder: Path, act: Callable[[Archive], object], first: int, step: int
) -> Iterator[Path]:
    """Homes in which `act` was killed at step `first`, `first` + `step`, …, to its end."""
    for steps in range(first, 10_000, step):
        home = Path(shutil.copytree(made, folder / str(steps)))
        if not killed(home, act, steps):
            assert steps > 3 * step, "the run ended before anything could be cut"
            return
        yield home
        shutil.rmtree(home)


def rotation(made: tuple[Path, str], folder: Path, first: int, step: int) -> None:
    home, key = made
    with opened(home) as archive:
        wanted = contents(archive)
    for broken in histories(home, folder, lambda archive: rotate(archive.tools()), first, step):
        everything_opens(broken, wanted)
        opens_from_one_site(broken, key)
        with opened(broken) as archive:
            rotate(archive.tools())
            assert archive.keychain.pending() == []
            assert sorted(path.name for path in (broken / "keys").iterdir()) == [
                "key-encryption-key",
                "recovery",
                "signing-key",
            ]
            assert recovered(broken, key).key_encryption_keys == (archive.keychain.kek,)
            assert 1 <= len(rotations(archive)) <= 2
            assert audit(archive.tools(), Scope(), repair=False).whole
        everything_opens(broken, wanted)
        opens_from_one_site(broken, key)


def signing_change(made: tuple[Path, str], folder: Path, first: int, step: int) -> None:
    home, key = made
    act = lambda archive: rotate_signing(archive.tools(), "routine")  # noqa: E731 - one line, thrice
    for broken in histories(home, folder, act, first, step):
        with opened(broken) as archive:
            publish(archive.tools())
            seeds = recovered(broken, key).signing_seeds
            assert archive.keychain.signing_seed in seeds
            act(archive)
            assert archive.keychain.pending() == []
            assert recovered(broken, key).signing_seeds == (archive.keychain.signing_seed,)
            publish(archive.tools())
            with archive.database.read() as conn:
                changed = list(archive.ledger.of_type(conn, SigningKeyChanged.type))
                for site in archive.vault.sites:
                    note = archive.vault.site(site).read("ledger/checkpoint").decode()
                    assert own_head(archive.tools(), conn, note).size == archive.ledger.size(conn)
            assert 1 <= len(changed) <= 2
            assert audit(archive.tools(), Scope(), repair=False).whole


def recovery_change(made: tuple[Path, str], folder: Path, first: int, step: int) -> None:
    home, old = made
    shown: Path = folder / "shown"
    act = lambda archive: rotate_recovery(archive.tools(), shown.write_text)  # noqa: E731 - one line, twice
    for broken in histories(home, folder, act, first, step):
        keys = [old, *([shown.read_text()] if shown.exists() else [])]
        for site in ("site-a", "site-b"):
            assert any(_opens(broken, key, site) for key in keys)
        with opened(broken) as archive:
            act(archive)
            assert archive.keychain.pending() == []
        opens_from_one_site(broken, shown.read_text())
        shown.unlink()


def _opens(home: Path, key: str, site: str) -> bool:
    try:
        opens_from_one_site(home, key, site)
    except Exception as refused:  # noqa: BLE001 - whatever it is, it does not open
        return "does not open" not in str(refused)
    return True


def sealing(made: tuple[Path, str], folder: Path, first: int, step: int) -> None:
    home, _key = made
    with opened(home) as archive:
        wanted = contents(archive)
    for broken in histories(home, folder, lambda archive: reseal(archive, "passphrase", {}), first, step):
        everything_opens(broken, wanted)
        with opened(broken) as archive:
            assert set(reseal(archive, "passphrase", {}).values()) == {"passphrase"}
            assert len(list((broken / "keys").iterdir())) == 3
        everything_opens(broken, wanted)


CHANGES = [rotation, signing_change, recovery_change, sealing]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_killed_now_and_then(
    change: Callable[..., None], made: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANTAI_PASSPHRASE", "a passphrase of the tests")
    change(made, tmp_path, 2, 9)


@pytest.mark.long
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_killed_at_every_step(
    change: Callable[..., None], made: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANTAI_PASSPHRASE", "a passphrase of the tests")
    change(made, tmp_path, 1, 1)
