"""The demonstration: a home, a sample batch of real media files, and the whole way in words.

Everything goes through the same functions as the commands; what a person could type next is said
at each step. Makes a new folder each time, or empties one that an earlier demonstration made.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from archive.signing import written
from ingest.batch import Submission
from ingest.source import FolderSource
from lantai.cli import words, words_auditing, words_finding, words_sites
from lantai.cli.progress import progress
from lantai.demo_bucket import NAME as BUCKET_SITE
from lantai.demo_bucket import third_site
from lantai.demo_people import employ, named
from lantai.errors import UsageMistake
from lantai.home import make_home
from lantai.messages import say
from lantai.replicating import terms
from lantai.retiring import retire_site
from lantai.samples import make_sample_batch
from lantai.taking import take_batch
from lantai.wiring import Archive, opened
from processes.auditing.audit import Audit, Scope, audit
from processes.finding.find import Asked, search
from processes.proving.prove import prove
from processes.proving.verify import verify
from processes.replicating.replicate import replicate

MARK = ".lantai-demo"
QUERY = "水库"


def run_demo(folder: Path, *, quiet: bool) -> dict[str, Any]:
    """Run it in `folder`; returns what `demo --json` prints. Raises `UsageMistake` for a folder not ours."""
    started = time.monotonic()
    _make_room(folder)
    told: dict[str, Any] = {}
    for line in _steps(folder, told):
        if not quiet:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
    told["seconds"] = round(time.monotonic() - started, 1)
    return told


def _make_room(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).is_file():
            raise UsageMistake(f"{folder} holds something that no demonstration made")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()


def _steps(folder: Path, told: dict[str, Any]) -> Iterator[str]:
    home, batch = folder / "home", folder / "batch"
    yield from _step("demo-home", folder=folder)
    made = make_home(home, "shandong-2016")
    yield from _indented(words.of_new_home(made))
    yield from _step("demo-sample")
    make_sample_batch(batch)
    files = [path for path in batch.rglob("*") if path.is_file()]
    yield say("demo-sample-made", files=len(files) - 1, mib=sum(p.stat().st_size for p in files) >> 20)
    with third_site(folder / "s3-server", home) as missing:
        told["bucket"] = not missing
        yield from _with_a_bucket(home, missing)
        with opened(home) as archive:
            yield from _taken(archive, batch, told)
            yield from _found(archive, folder, told)
            yield from _proved(archive, folder, told)
            yield from _audited(archive, folder, told)
            if not missing:
                yield from _step("demo-retire", home=home, site=BUCKET_SITE)
                yield from _indented(words_sites.of_retired(retire_site(archive, BUCKET_SITE, progress())))
            yield from _employed(archive, told)
    yield from _step("demo-next", home=home, batch=batch)


def _with_a_bucket(home: Path, missing: str) -> Iterator[str]:
    """The third site is filled, or said not to be there."""
    if missing:
        yield from _step("demo-no-bucket", why=missing)
        return
    yield from _step("demo-bucket", home=home)
    with opened(home) as archive:
        yield from _indented(words_sites.of_replication(replicate(archive.tools(), terms(archive))))


def _taken(archive: Archive, batch: Path, told: dict[str, Any]) -> Iterator[str]:
    yield from _step("demo-ingest", home=batch.parent / "home", batch=batch)
    report = take_batch(
        archive, Submission(FolderSource(batch.resolve()), accept="passing"), progress(), secured=True
    )
    yield from _indented(words.of_report(report))
    told["ingest"] = {
        "batch": report.batch,
        "state": report.state,
        "registered": report.registered,
        "returned": len(report.items) - report.registered,
    }
    told["code"] = next(item.code for item in report.items if item.code)


def _found(archive: Archive, folder: Path, told: dict[str, Any]) -> Iterator[str]:
    yield from _step("demo-search", home=folder / "home", query=QUERY)
    work = archive.tools().work
    found = search(archive.database, archive.index, work, Asked(QUERY, limit=5, facets=True), archive.subject)
    yield from _indented(words_finding.of_hits(found))
    told["search"] = {"query": QUERY, "total": found["total"]}


def _proved(archive: Archive, folder: Path, told: dict[str, Any]) -> Iterator[str]:
    proof_file, key_file = folder / "proof.json", folder / "archive.key"
    yield from _step("demo-prove", home=folder / "home", code=told["code"], proof=proof_file, key=key_file)
    proof_file.write_bytes(prove(archive.tools(), told["code"]).to_bytes())
    key_file.write_text(written(archive.verifiers), encoding="utf-8")
    result = verify([proof_file], key_file)
    yield from _indented(words.of_verification(result))
    told["proof"] = {"ok": result.ok}


def _audited(archive: Archive, folder: Path, told: dict[str, Any]) -> Iterator[str]:
    yield from _step("demo-audit", home=folder / "home")
    before = audit(archive.tools(), Scope(), repair=False)
    yield from _indented(words_auditing.of_audit(before))
    victim = max((archive.home / "sites/site-a/objects").rglob("o*"), key=lambda path: path.stat().st_size)
    yield from _step("demo-damage", file=victim.relative_to(archive.home))
    _damage(victim)
    found = audit(archive.tools(), Scope(), repair=False)
    yield from _indented(words_auditing.of_audit(found))
    yield from _step("demo-repair", home=folder / "home")
    yield from _indented(words_auditing.of_audit(audit(archive.tools(), Scope(), repair=True)))
    after = audit(archive.tools(), Scope(), repair=False)
    yield from _indented(words_auditing.of_audit(after))
    told["audit"] = {"before": before.whole, "damaged": _damaged(found), "after": after.whole}


def _employed(archive: Archive, told: dict[str, Any]) -> Iterator[str]:
    yield from _step("demo-people")
    told["people"] = employ(archive)
    yield from _indented([say("demo-password", password=told["people"][0]["password"])])
    for one in told["people"]:
        second = say("demo-second-factor", secret=one["secret"]) if one["secret"] else ""
        yield f"    {one['account']:<11} {named(one['role'])}{second}"


def _damage(victim: Path) -> None:
    """Turn over one bit in the middle of a copy, as a disk might."""
    victim.chmod(0o600)
    with victim.open("r+b") as copy:
        copy.seek(victim.stat().st_size // 2)
        byte = copy.read(1)
        copy.seek(-1, 1)
        copy.write(bytes([byte[0] ^ 1]))


def _damaged(result: Audit) -> int:
    return sum(len(site.damaged) for site in result.sites)


def _step(key: str, /, **values: object) -> Iterator[str]:
    yield ""
    yield from say(key, **values).splitlines()


def _indented(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"    {line}"
