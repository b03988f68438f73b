from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from batches import document, lantai, new_home, row, write_batch

from archive import working
from lantai import doctor
from lantai.doctor import Check, examine
from lantai.doctor_checks import shown_address
from lantai.home import make_home
from lantai.wiring import opened

JINAN, BEIJING, GUIYANG = (36.65, 117.0), (39.9, 116.4), (26.65, 106.63)


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one item."""
    folder = tmp_path_factory.mktemp("taken")
    home = new_home(folder)
    batch = write_batch(folder / "batch", {"a.pdf": document(2)}, [row("a.pdf", category="WS")])
    lantai(home, "ingest", batch, status=0)
    return home


@pytest.fixture
def home(taken: Path, tmp_path: Path) -> Path:
    home = Path(shutil.copytree(taken, tmp_path / "home"))
    (home / "lantai.toml").chmod(0o600)
    return home


@pytest.fixture(autouse=True)
def no_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What confines the probes is asked in tests of their own; here it would only take time."""
    monkeypatch.setattr(doctor, "ALONE", doctor.ALONE[:1])


def checks(home: Path) -> dict[str, Check]:
    return {check.name: check for check in examine(home)}


def failing(home: Path) -> set[str]:
    return {check.name for check in examine(home) if not check.ok and check.severity == "fail"}


def change(home: Path, old: str, new: str) -> None:
    file = home / "lantai.toml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def place(home: Path, one: tuple[float, float], other: tuple[float, float]) -> None:
    for name, (north, east) in zip(("site-a", "site-b"), (one, other), strict=True):
        change(home, f'name = "{name}"', f'name = "{name}"\nlatitude = {north}\nlongitude = {east}')


def test_a_sound_home_fails_nothing(home: Path) -> None:
    assert failing(home) == set()
    assert {"packages", "settings", "file modes", "identity", "keys", "signing key"} <= set(checks(home))


@pytest.mark.parametrize("other", [JINAN, (36.7, 117.1), (38.0, 117.0)])
def test_sites_of_one_place_or_too_near_are_not_off_site(home: Path, other: tuple[float, float]) -> None:
    place(home, JINAN, other)
    found = checks(home)["off-site copy"]
    assert not found.ok
    assert "no copy is off-site" in found.text


def test_far_positions_of_one_disk_are_not_believed(home: Path) -> None:
    place(home, JINAN, GUIYANG)
    found = checks(home)["off-site copy"]
    assert not found.ok
    assert "stand on one disk" in found.text


def test_sites_far_apart_are_off_site(home: Path) -> None:
    elsewhere = Path("/dev/shm")
    if not elsewhere.is_dir() or elsewhere.stat().st_dev == home.stat().st_dev:
        pytest.skip("there is no second file system here")
    place(home, JINAN, GUIYANG)
    folder = elsewhere / f"lantai-{home.stat().st_ino}"
    shutil.move(home / "sites/site-b", folder)
    try:
        change(home, 'path = "sites/site-b"', f'path = "{folder}"')
        found = checks(home)["off-site copy"]
        assert found.ok
        assert "1,4" in found.text
    finally:
        shutil.rmtree(folder)


def test_a_changed_archive_identifier_is_seen(home: Path) -> None:
    with opened(home) as archive:
        name = archive.settings.archive
    change(home, f'archive = "{name}"', 'archive = "a-of-others"')
    assert "identity" in failing(home)


def test_another_key_encryption_key_is_seen(home: Path, tmp_path: Path) -> None:
    make_home(tmp_path / "other", "shandong-2016")
    shutil.copy(tmp_path / "other/keys/key-encryption-key", home / "keys/key-encryption-key")
    assert "keys" in failing(home)


def test_another_signing_key_is_seen(home: Path, tmp_path: Path) -> None:
    make_home(tmp_path / "other", "shandong-2016")
    shutil.copy(tmp_path / "other/keys/signing-key", home / "keys/signing-key")
    assert "signing key" in failing(home)


@pytest.mark.parametrize(
    "name", ["database.sqlite", "database.sqlite-wal", "database.sqlite-shm", "index", "keys", ".", "work"]
)
def test_what_others_can_read_is_named(home: Path, name: str) -> None:
    path = home / name
    if not path.exists():
        path.touch()
    path.chmod(path.stat().st_mode | 0o040)
    found = checks(home)["file modes"]
    assert (found.ok, found.severity) == (False, "fail")
    assert found.text.startswith(f"{name} can be read by others")


def test_settings_that_others_can_read_fail_where_they_hold_a_password(home: Path) -> None:
    (home / "lantai.toml").chmod(0o644)
    found = checks(home)["file modes"]
    assert (found.ok, found.severity) == (False, "warn")
    change(home, "sqlite:///database.sqlite", "postgresql+psycopg://u:geheim@localhost:1/none")
    found = checks(home)["file modes"]
    assert (found.ok, found.severity) == (False, "fail")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://reader:geheim@localhost:1/none",
        "postgresql+psycopg://reader:ge/heim@localhost:1/none",
        "postgresql+psycopg://reader:x@geheim@localhost:1/none",
        "postgresql+psycopg://localhost:1/none?password=geheim",
        "postgresql+psycopg://reader:geheim@localhost:port/none",
        "geheim",
        "mysql://reader:geheim@localhost/none",
    ],
)
def test_a_database_password_is_never_shown(home: Path, address: str) -> None:
    change(home, "sqlite:///database.sqlite", address)
    told = examine(home)
    assert not [check for check in told if "geheim" in check.text or "heim" in check.text]
    assert {check.name for check in told if not check.ok} & {"home", "settings"}


def test_an_address_is_shown_without_user_and_options() -> None:
    shown = shown_address("postgresql+psycopg://reader:x@db.example:5432/lantai?sslmode=require")
    assert shown == "postgresql+psycopg://db.example/lantai"
    assert shown_address("sqlite:///database.sqlite") == "sqlite:///database.sqlite"


@pytest.mark.parametrize("gone", ["keys/signing-key", "keys/key-encryption-key", "database.sqlite", "keys"])
def test_a_home_that_does_not_open_is_a_failed_check(home: Path, gone: str) -> None:
    path = home / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    found = checks(home)
    assert not found["home"].ok
    assert found["settings"].ok
    assert found["copies"].ok


@pytest.mark.parametrize("spoilt", ["keys/signing-key", "keys/key-encryption-key", "database.sqlite"])
def test_a_home_with_rubbish_in_it_is_a_failed_check(home: Path, spoilt: str) -> None:
    (home / spoilt).write_bytes(b"rubbish" * 1000)
    assert "home" in failing(home)


@pytest.mark.parametrize("text", ["", "min_copies = [", "archive = 1"])
def test_bad_settings_are_a_failed_check(home: Path, text: str) -> None:
    (home / "lantai.toml").write_text(text, "utf-8")
    assert failing(home) == {"settings"}


def test_no_home_at_all_is_a_failed_check(tmp_path: Path) -> None:
    assert failing(tmp_path / "nowhere") == {"settings"}


@pytest.mark.parametrize("gone", ["work", "index", "sites/site-b", "sites"])
def test_a_folder_that_is_gone_ends_no_other_check(home: Path, gone: str) -> None:
    shutil.rmtree(home / gone)
    found = checks(home)
    assert {"file modes", "ledger entries", "index holdings", "off-site copy", "batches"} <= set(found)
    if gone.startswith("sites"):
        assert not found["site site-b"].ok


def test_a_fault_of_one_check_is_a_failed_check(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half() -> Iterator[Check]:
        yield Check("first half", True, "fail", "")
        raise RuntimeError("dies of what it finds")

    monkeypatch.setattr(doctor, "ALONE", (("both halves", half),))
    found = checks(home)
    assert found["first half"].ok
    assert found["both halves"].text == "could not be checked: RuntimeError: dies of what it finds"


def test_a_batch_that_nobody_has_read_back_is_told(home: Path) -> None:
    found = checks(home)["read back"]
    assert (found.ok, found.severity, found.text) == (False, "warn", "1 registered and not yet secured")
    lantai(home, "worker", "--once", status=0)
    assert checks(home)["read back"].ok


def test_a_batch_in_hand_is_told(home: Path) -> None:
    intent = working.Intent("b-in-hand", "digest", "folder", "sealing", "2026-01-01T00:00:00Z", "")
    with opened(home) as archive, archive.database.write() as tx:
        working.put_intent(tx, intent)
    assert not checks(home)["batches"].ok


@pytest.mark.parametrize("lost", ["folder", "content"])
def test_a_lost_index_is_seen_and_not_made_again(home: Path, lost: str) -> None:
    shutil.rmtree(home / "index")
    if lost == "content":
        (home / "index").mkdir(mode=0o700)
    found = checks(home)["index holdings"]
    assert (found.ok, found.severity) == (False, "fail")
    assert found.text.startswith("0 of 1 records")
    assert not (home / "index").exists() or not any((home / "index").iterdir())
    lantai(home, "rebuild", "--views", status=0)
    assert checks(home)["index holdings"].ok


def test_records_that_wait_are_no_lost_index(home: Path) -> None:
    with opened(home) as archive:
        archive.index.clear()
        with archive.database.write() as tx:
            working.enqueue(tx, [row[0] for row in tx.exec_driver_sql("SELECT id FROM item")])
    found = checks(home)
    assert found["index holdings"].ok
    assert not found["index"].ok


def test_a_changed_entry_is_seen(home: Path) -> None:
    with sqlite3.connect(home / "database.sqlite") as database:
        database.execute("UPDATE entry SET payload = CAST('{}' AS BLOB) WHERE \"index\" = 0")
    assert {"ledger entries", "identity"} <= failing(home)


def test_the_probes_confinement_is_among_the_checks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()
    assert "probe confinement" in checks(tmp_path)


def test_an_older_database_that_was_put_back_is_seen(home: Path) -> None:
    shutil.copy(home / "database.sqlite", home / "backup")
    lantai(home, "audit", status=0)
    for file in home.glob("database.sqlite*"):
        file.unlink()
    (home / "backup").rename(home / "database.sqlite")
    found = checks(home)
    assert not found["set back"].ok
    assert "lantai rebuild --from" in found["way back"].text


@pytest.mark.parametrize("how", ["rubbish", "empty", "gone", "torn"])
def test_a_spoilt_database_is_told_with_the_way_back(home: Path, how: str) -> None:
    file = home / "database.sqlite"
    whole = file.read_bytes()
    half = len(whole) // 2
    spoilt = {"rubbish": b"rubbish" * 1000, "empty": b"", "torn": whole[:half] + bytes(len(whole) - half)}
    file.unlink() if how == "gone" else file.write_bytes(spoilt[how])
    found = checks(home)
    assert found["way back"].text.startswith("the database is damaged")
    assert "`lantai rebuild --from 存储点`" in found["way back"].zh


def test_a_server_that_is_away_is_no_lost_database(home: Path) -> None:
    change(home, "sqlite:///database.sqlite", "postgresql://localhost:1/none")
    found = checks(home)
    assert not found["home"].ok
    assert "way back" not in found


def test_a_sound_home_needs_no_way_back(home: Path) -> None:
    found = checks(home)
    assert "way back" not in found
    assert found["set back"].ok
