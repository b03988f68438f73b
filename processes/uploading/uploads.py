"""Handing in over the network: an upload is begun, files come, its batch is asked for, and it goes.

    open ── POST …/batch ──> handed-in ── registered or returned ──> taken: no key, no file, the batch's name
     ^                          │
     └── a trial run, a batch given up or broken off,  ┘             waiting for sites: stays handed-in
         what was returned of one that keeps it

The files lie sealed under a key of the upload; once that is dropped they are noise, wherever a copy of the
disk may be. An upload that nobody touches goes by itself.

Not done here: taking bytes in (`upload_arrival`), the batch (`ingest.pipeline`), HTTP.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from archive import catalogue, jobs, uploads, working
from archive.uploads import HANDED_IN, OPEN, TAKEN, Upload
from ingest.identifiers import new_id
from ingest.intents import detail_of
from ingest.keyhold import keys_held
from ingest.report import Report
from ingest.staged import FOLDER, folder_of, name_of, staged_source, staging_of
from ingest.tools import Tools
from policies.uploads import UploadLimits
from processes.errors import NotFound
from processes.uploading.kept import keep_returned
from processes.uploading.upload_asked import need_path, need_upload
from processes.uploading.upload_errors import UploadClosed, UploadIncomplete, UploadTooLarge, UploadTwice
from storage.errors import KeyringDamaged
from storage.sealing import KEY_BYTES, Key
from storage.staging import StagingKey

_LEFT_MINUTES = 30


def begin(tools: Tools, limits: UploadLimits, name: str) -> dict[str, Any]:
    """A new upload of the account, as `shown`. `name` is for people. Raises `UploadTooLarge`."""
    upload_id, secret, cipher = new_id("u"), secrets.token_bytes(KEY_BYTES), tools.vault.suite.cipher
    key = StagingKey(tools.vault.archive_id, upload_id, Key(cipher, secret))
    now = tools.now()
    with keys_held(tools), tools.database.write() as tx:
        if uploads.held(tx, tools.subject.account).uploads >= limits.uploads:
            raise UploadTooLarge(f"{limits.uploads} uploads")
        custody = tools.keychain.custody
        detail = {
            "kek": custody.id,
            "cipher": cipher,
            "name": key.seal_text(name, 0, "upload"),
            "most": [limits.files, limits.bytes, limits.zip_ratio],
        }
        wrapped = custody.wrap(secret)
        uploads.add(
            tx, Upload(upload_id, tools.subject.account, now, now, OPEN, wrapped, 0, 0, detail)
        )  # fmt: skip
    return shown(tools, upload_id)


def listed(tools: Tools) -> list[dict[str, Any]]:
    """The account's uploads, oldest first, without their files."""
    with tools.database.read() as conn:
        found = uploads.of_account(conn, tools.subject.account)
    return [_outline(tools, upload) for upload in found]


def shown(tools: Tools, upload_id: str, after: int = -1, most: int = 100) -> dict[str, Any]:
    """An upload of the account with at most so many of its files, and where to go on (`next`).

    Raises `NotFound`.
    """
    with tools.database.read() as conn:
        upload = need_upload(conn, tools, upload_id)
        rows = uploads.files(conn, upload_id, after, most + 1)
        unended = uploads.unwhole(conn, upload_id)
        job = upload.detail.get("job")
        known = job and jobs.job(conn, job, upload.account)  # what works told is forgotten after some days
    key = staging_of(tools, upload).key if rows else None
    told = [
        {
            "path": name_of(key, row),
            "bytes": row.bytes,
            "complete": row.whole,
            "unpack": bool(row.detail.get("unpack")),
        }
        for row in rows[:most]
        if key
    ]
    onwards = str(rows[most - 1].number) if len(rows) > most else ""
    more = {"job": job if known else None, "incomplete": unended, "listed": told, "next": onwards}
    return _outline(tools, upload) | more


def _outline(tools: Tools, upload: Upload) -> dict[str, Any]:
    name = staging_of(tools, upload).key.open_text(upload.detail["name"], 0, "upload") if upload.key else ""
    return {
        "upload": upload.id,
        "name": name,
        "state": upload.state,
        "made": upload.made,
        "seen": upload.seen,
        "files": upload.files,
        "bytes": upload.bytes,
        "batch": upload.detail.get("batch"),
        "job": upload.detail.get("job"),
    }


def give_up(tools: Tools, upload_id: str) -> None:
    """Remove an upload of the account with all that came. Raises `NotFound`, `UploadClosed`."""
    with tools.database.write() as tx:
        if need_upload(tx, tools, upload_id).state == HANDED_IN:
            raise UploadClosed
        uploads.drop(tx, upload_id)
    _remove(tools, upload_id)


def remove_file(tools: Tools, upload_id: str, path: str) -> None:
    """Remove one file. Raises `NotFound`, `UploadClosed`, `UnsafePath`."""
    need_path(path)
    with tools.database.write() as tx:
        upload = need_upload(tx, tools, upload_id)
        if upload.state != OPEN:
            raise UploadClosed
        staging = staging_of(tools, upload)
        number = uploads.drop_file(tx, upload_id, staging.key.mark(path), tools.now())
    if number is None:
        raise NotFound("file")
    staging.drop(number)


def hand_in(tools: Tools, upload_id: str) -> None:
    """Close an upload so that its batch can be taken: from here on it stays as it is.

    Raises `NotFound`, `UploadClosed`, `UploadIncomplete`, `UploadTwice`, `UploadTooLarge`, `ArchiveRefused`.
    """
    with tools.database.write() as tx:
        upload = need_upload(tx, tools, upload_id)
        unended = uploads.unwhole(tx, upload_id)
        if upload.state == OPEN and (unended or not upload.files):
            raise UploadIncomplete(upload.files, unended)
        if not uploads.move(tx, upload_id, OPEN, HANDED_IN, tools.now()):
            raise UploadClosed
    try:
        _need_sound(tools, upload_id)
    except BaseException:  # whatever is wrong with it, it can be mended
        reopen(tools, upload_id)
        raise


def _need_sound(tools: Tools, upload_id: str) -> None:
    """No file stands there twice, and all of them unpacked are no more than an upload may hold."""
    source = staged_source(tools, upload_id)
    if source is None:
        raise NotFound("upload")
    if twice := source.twice():
        raise UploadTwice(twice)
    files, size, _ = source.upload.detail["most"]
    found = source.files()
    if len(found) > files:
        raise UploadTooLarge(f"{files} files")
    if sum(one.bytes for one in found.values()) > size:
        raise UploadTooLarge(f"{size} B unpacked")


def reopen(tools: Tools, upload_id: str) -> None:
    """Let an upload be changed again whose batch was not taken in; one that is gone is fine."""
    with tools.database.write() as tx:
        uploads.move(tx, upload_id, HANDED_IN, OPEN, tools.now())


def settle(tools: Tools, upload_id: str, report: Report, *, keep: bool = False) -> None:
    """Do with an upload what follows from the report on its batch: registered or returned, its content goes;
    tried only, it is open again; waiting, it stays for when the sites are back. With `keep`, what was
    returned stays, and the upload is open again for it to be put right.
    """
    if report.state == "inspected":
        reopen(tools, upload_id)
    elif report.batch is not None and _entered(tools, report.batch):
        if keep and keep_returned(tools, upload_id, report):
            return
        with tools.database.write() as tx:
            known = uploads.upload(tx, upload_id)
            told = {"job": known.detail["job"]} if known and "job" in known.detail else {}
            uploads.empty(tx, upload_id, TAKEN, {**told, "batch": report.batch}, tools.now())
        _remove(tools, upload_id)


def asked_for(tools: Tools, upload_id: str, job: str) -> None:
    """Note which work takes the batch of an upload, for whoever comes back to it."""
    with tools.database.write() as tx:
        known = uploads.upload(tx, upload_id)
        if known is not None:
            uploads.tell(tx, upload_id, {**known.detail, "job": job})


def _entered(tools: Tools, batch: str) -> bool:
    with tools.database.read() as conn:
        return catalogue.batch(conn, batch) is not None


def taken_as(tools: Tools, upload_id: str) -> str:
    """The batch that an upload of the account became, "" where it has not. Raises `NotFound`."""
    with tools.database.read() as conn:
        upload = need_upload(conn, tools, upload_id)
    return str(upload.detail.get("batch", "")) if upload.state != HANDED_IN else ""


def of_intent(intent: working.Intent) -> str:
    """The upload that a batch in hand comes from, "" where it comes from a folder."""
    return detail_of(intent).get("upload", "")


def sweep(tools: Tools, limits: UploadLimits) -> int:
    """Remove uploads that nobody touched for long, and what a crash left in their folders; how many."""
    before = (tools.clock() - timedelta(days=limits.idle_days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with tools.database.read() as conn:
        known = uploads.everybodys(conn)
        busy = _in_hand(conn) if known else set()
    gone = [one.id for one in known if one.seen < before and one.id not in busy]
    if gone:
        with tools.database.write() as tx:
            for upload in gone:
                uploads.drop(tx, upload)
    _reopen_left(tools, [one for one in known if one.id not in {*busy, *gone}])
    _sweep_folders(tools)
    return len(gone)


def _in_hand(conn: Connection) -> set[str]:
    """The uploads whose batch waits for its turn, is being taken in, or waits for sites."""
    waiting = {of_intent(intent) for intent in working.intents(conn)}
    asked = [*jobs.in_state(conn, jobs.WAITING), *jobs.in_state(conn, jobs.RUNNING)]
    return waiting | {str(one.asked.get("upload", "")) for one in asked}


def _reopen_left(tools: Tools, left: list[Upload]) -> None:
    """Open uploads again that nobody takes in any more, as where the account had lost the right to it when
    its turn came. Not at once: whoever closes one asks for its batch a moment later.
    """
    before = (tools.clock() - timedelta(minutes=_LEFT_MINUTES)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for one in left:
        if one.state == HANDED_IN and one.seen < before:
            reopen(tools, one.id)


def _sweep_folders(tools: Tools) -> None:
    """Remove folders of uploads that there are not: their rows are made first and go first."""
    with suppress(FileNotFoundError):
        there = {path.name for path in (tools.work / FOLDER).iterdir()}
        with tools.database.read() as conn:
            known = {one.id for one in uploads.everybodys(conn) if one.key}
        for left in there - known:
            _remove(tools, left)


def wrap_anew(tools: Tools) -> int:
    """Wrap the keys of all uploads under the key-encryption key that is current now; how many were not.

    For whoever rotates, before the old one goes. One whose key opens with nothing any more is lost anyway.
    """
    custody, moved = tools.keychain.custody, 0
    with tools.database.write() as tx:
        for one in uploads.everybodys(tx):
            if one.key and one.detail["kek"] != custody.id:
                with suppress(KeyringDamaged):
                    secret = custody.of(one.detail["kek"]).unwrap(one.key)
                    detail: Mapping[str, Any] = {**one.detail, "kek": custody.id}
                    uploads.wrap_anew(tx, one.id, custody.wrap(secret), detail)
                    moved += 1
    return moved


def _remove(tools: Tools, upload_id: str) -> None:
    shutil.rmtree(folder_of(tools, upload_id), ignore_errors=True)
