"""Rotating the key-encryption key: nothing is lost, nobody is disturbed, late sites are told and mended."""

from __future__ import annotations

import multiprocessing
import shutil
import signal
from collections.abc import Iterator
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest
from batches import lantai, row, write_batch
from media import pdf
from processes_keys import away, contents, everything_opens, opens_from_one_site, recovered, rotations

from ingest.keyhold import keys_alone, keys_held
from ingest.locks import only_one_or_none
from lantai.wiring import Archive, opened
from processes.auditing.audit import Scope, audit
from processes.custody.key_state import key_state
from processes.custody.rotate import rotate
from processes.custody.rotate_recovery import rotate_recovery
from processes.custody.rotate_sites import outdated, refresh
from storage.errors import KeysIncomplete, RecoveryOutdated, TooFewCopies
from storage.keyring import keyring_name


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A home with three sites and three objects, and its recovery key."""
    folder = tmp_path_factory.mktemp("three")
    home = folder / "home"
    key = lantai(home, "init", status=0).document["recovery_key"]
    settings = home / "lantai.toml"
    text = settings.read_text("utf-8").replace("background = true", "background = false")
    more = '\n[[sites]]\nname = "site-c"\npath = "sites/site-c"\nrole = "use"\n'
    settings.write_text(text + more, "utf-8")
    shutil.copytree(home / "sites" / "site-b", home / "sites" / "site-c")
    files = {f"{name}.pdf": pdf(pages) for pages, name in enumerate("abc", start=1)}
    rows = [row("a.pdf", category="WS"), row("b.pdf|c.pdf", role="main|attachment", category="WS")]
    lantai(home, "ingest", write_batch(folder / "batch", files, rows), status=0)
    return home, key


@pytest.fixture
def recovery_key(three: tuple[Path, str]) -> str:
    return three[1]


@pytest.fixture
def home(three: tuple[Path, str], tmp_path: Path) -> Path:
    return Path(shutil.copytree(three[0], tmp_path / "home"))


@pytest.fixture
def archive(home: Path) -> Iterator[Archive]:
    with opened(home) as archive:
        yield archive


def test_a_rotation_moves_every_key_and_touches_no_content(
    archive: Archive, home: Path, recovery_key: str
) -> None:
    before, old = contents(archive), archive.keychain.kek
    objects = {path: path.stat().st_mtime_ns for path in (home / "sites").glob("*/objects/*/*")}
    done = rotate(archive.tools())
    assert (done.old, done.new, done.keyrings, dict(done.pending)) == (old.id, archive.keychain.kek.id, 2, {})
    assert done.new != old.id
    everything_opens(home, before)
    opens_from_one_site(home, recovery_key)
    assert {path: path.stat().st_mtime_ns for path in (home / "sites").glob("*/objects/*/*")} == objects
    for path in [*(home / "sites").glob("*/keyrings/*"), *(home / "keys").iterdir()]:
        assert old.secret not in path.read_bytes()
        assert path.name == "recovery.json" or old.id.encode() not in path.read_bytes()
    assert recovered(home, recovery_key).key_encryption_keys == (archive.keychain.kek,)
    assert [event.new for event in rotations(archive)] == [done.new]
    assert audit(archive.tools(), Scope(), repair=False).whole


def test_a_second_rotation_follows_the_first(archive: Archive, home: Path, recovery_key: str) -> None:
    before = contents(archive)
    names = {rotate(archive.tools()).new for _ in range(3)}
    assert len(names) == 3
    everything_opens(home, before)
    opens_from_one_site(home, recovery_key)
    assert archive.vault.keyring("archive").revision == 4


def test_a_site_that_is_away_is_pending_and_brought_up_to_date_later(
    archive: Archive, home: Path, recovery_key: str
) -> None:
    before = contents(archive)
    with away(home, "site-c"):
        done = rotate(archive.tools())
    assert set(done.pending) == {"site-c"}
    assert set(rotations(archive)[0].pending) == {"site-c"}
    with opened(home) as again:
        assert set(outdated(again.tools())) == {"site-c"}
        assert set(key_state(again.tools()).outdated) == {"site-c"}
        everything_opens(home, before)
        with keys_held(again.tools()):
            assert refresh(again.tools(), "site-c") == 3
            assert refresh(again.tools(), "site-c") == 0
        assert outdated(again.tools()) == {}
    opens_from_one_site(home, recovery_key)


def test_an_audit_names_and_mends_what_a_late_site_has(
    archive: Archive, home: Path, recovery_key: str
) -> None:
    with away(home, "site-c"):
        rotate(archive.tools())
    with opened(home) as again:
        assert not audit(again.tools(), Scope(), repair=False).whole
        audit(again.tools(), Scope(), repair=True)
        assert audit(again.tools(), Scope(), repair=False).whole
        assert outdated(again.tools()) == {}
    opens_from_one_site(home, recovery_key)


def test_too_few_sites_change_nothing_for_readers_and_the_same_call_goes_on(
    archive: Archive, home: Path, recovery_key: str
) -> None:
    before, old = contents(archive), archive.keychain.kek.id
    with away(home, "site-b"), away(home, "site-c"), pytest.raises(TooFewCopies):
        rotate(archive.tools())
    everything_opens(home, before)
    assert archive.keychain.kek.id == old
    with opened(home) as again:
        assert key_state(again.tools()).unfinished == ("key-encryption-key.next",)
        done = rotate(again.tools())
    assert (done.resumed, dict(done.pending)) == (True, {})
    everything_opens(home, before)
    opens_from_one_site(home, recovery_key)


def test_a_rotation_that_would_lose_a_key_is_refused_before_the_switch(archive: Archive, home: Path) -> None:
    before = contents(archive)
    batch = next(path.name for path in (home / "sites/site-a/objects").iterdir())
    for site in ("site-a", "site-b"):
        (home / "sites" / site / keyring_name(batch)).unlink()
    with away(home, "site-c"), pytest.raises(KeysIncomplete, match=batch):
        rotate(archive.tools())
    everything_opens(home, before)


def set_back(home: Path, earlier: Path) -> None:
    """The machine of the home is as it was `earlier`; its sites are elsewhere and go on as they are."""
    for path in home.iterdir():
        if path.name != "sites":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(earlier, home, ignore=shutil.ignore_patterns("sites"), dirs_exist_ok=True)


@pytest.mark.parametrize("what", ["", "--recovery", "--signing"])
def test_a_home_that_was_set_back_does_not_write_over_the_keys_of_today(
    archive: Archive, home: Path, recovery_key: str, tmp_path: Path, what: str
) -> None:
    """The recovery files at the sites are then the only place that has them."""
    archive.close()
    earlier = shutil.copytree(home, tmp_path / "earlier")
    lantai(home, "keys", "rotate", status=0)
    newest = recovered(home, recovery_key)
    set_back(home, earlier)
    words = ["keys", "rotate", what, "--reason", "R"] if what == "--signing" else ["keys", "rotate", what]
    told = lantai(home, *filter(None, words), status=4)
    assert told.document["error"]["code"] == "ledger-set-back"
    assert recovered(home, recovery_key) == newest
    opens_from_one_site(home, recovery_key)


@pytest.mark.parametrize("words", [["keys", "rotate"], ["replicate"], ["audit", "--repair"]])
def test_a_home_that_was_set_back_into_a_rotation_that_was_interrupted_keeps_its_keys_at_the_sites(
    archive: Archive,
    home: Path,
    recovery_key: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
) -> None:
    """Nothing was entered yet: the ledger does not tell that the home is older than its sites."""
    from processes.custody import rotate as module

    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    earlier = shutil.copytree(home, tmp_path / "earlier")
    monkeypatch.setattr(module, "_enter", cut)
    with pytest.raises(KeyboardInterrupt):
        rotate(archive.tools())
    archive.close()
    newest = recovered(home, recovery_key)
    set_back(home, earlier)
    assert lantai(home, *words).status
    assert recovered(home, recovery_key) == newest
    opens_from_one_site(home, recovery_key)


def test_a_home_that_is_read_only_changes_no_keys(archive: Archive, home: Path, recovery_key: str) -> None:
    archive.close()
    settings = home / "lantai.toml"
    settings.write_text('read_only = "unproven"\n' + settings.read_text("utf-8"), "utf-8")
    newest = recovered(home, recovery_key)
    for words in (["rotate"], ["rotate", "--recovery"], ["rotate", "--signing", "--reason", "R"]):
        assert lantai(home, "keys", *words, status=3).document["error"]["code"] == "read-only"
    assert recovered(home, recovery_key) == newest


def test_a_home_of_the_first_form_is_told_to_make_a_recovery_key_first(archive: Archive, home: Path) -> None:
    (home / "keys/recovery").unlink()
    with pytest.raises(RecoveryOutdated, match="rotate --recovery"):
        rotate(archive.tools())
    assert key_state(archive.tools()).recovery_form == "1"
    shown: list[str] = []
    rotate_recovery(archive.tools(), shown.append)
    rotate(archive.tools())
    opens_from_one_site(home, shown[0])


def test_another_recovery_key_opens_everything_and_the_old_one_nothing(
    archive: Archive, home: Path, recovery_key: str
) -> None:
    shown: list[str] = []
    done = rotate_recovery(archive.tools(), shown.append)
    assert shown == [done.recovery_key]
    opens_from_one_site(home, done.recovery_key)
    with pytest.raises(Exception, match="does not open"):
        opens_from_one_site(home, recovery_key)
    assert archive.keychain.pending() == []


def test_a_recovery_key_that_was_never_shown_seals_nothing(
    archive: Archive, home: Path, recovery_key: str
) -> None:
    def interrupted(_key: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate_recovery(archive.tools(), interrupted)
    opens_from_one_site(home, recovery_key)
    rotate(archive.tools())
    opens_from_one_site(home, recovery_key)
    assert key_state(archive.tools()).unfinished == ("recovery.next",)


def _read_again_and_again(home: Path, begun: Event, enough: Event) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with opened(home) as archive:
        wanted = contents(archive)
        begun.set()
        rounds = 0
        while not enough.is_set() or rounds < 3:
            assert contents(archive) == wanted
            rounds += 1


def test_a_reader_in_another_process_is_not_disturbed(archive: Archive, home: Path) -> None:
    context = multiprocessing.get_context("fork")
    begun, enough = context.Event(), context.Event()
    reader = context.Process(target=_read_again_and_again, args=(home, begun, enough))
    reader.start()
    assert begun.wait(30)
    for _ in range(6):
        rotate(archive.tools())
    enough.set()
    reader.join(60)
    assert reader.exitcode == 0


def test_writers_of_keyrings_and_a_rotation_keep_out_of_each_others_way(archive: Archive) -> None:
    tools = archive.tools()
    lock = tools.work / "keys.lock"
    with keys_held(tools), keys_held(tools), only_one_or_none(lock) as alone:
        assert not alone
    with keys_alone(tools), only_one_or_none(lock) as alone:
        assert not alone


def test_a_process_that_opened_the_home_before_a_rotation_writes_under_the_new_key(
    archive: Archive, home: Path
) -> None:
    with opened(home) as other:
        rotate(other.tools())
    with keys_held(archive.tools()):
        assert archive.vault.new_keyring("b1").kek_id == archive.keychain.kek.id
