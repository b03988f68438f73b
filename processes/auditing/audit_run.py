"""An audit under way, as the table `audit_run` keeps it: gone through so far, found, still to be mended.

Written when a part is done, and before anything of it is mended: whatever kills an audit, the one that goes
on tells what an undisturbed one would have told. A lock tells a run that goes on somewhere from one that was
interrupted. Not done here: checking (`audit`), the entry in the ledger.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection

from archive.audit_runs import audit_run_detail, audit_runs, put_audit_run
from ingest.locks import only_one_or_none
from ingest.tools import Tools
from processes.auditing.audited import Beside, Kind, Scope, SiteAudit
from processes.auditing.holdings import Draw, Plan

Broken = dict[str, dict[str, Kind]]
"""What is not whole: by its label, the sites and what is wrong there."""


@dataclass(slots=True)
class Mending:
    """A part that was gone through and whose `broken` copies are to be mended; see `holdings.Part`."""

    stage: str
    last: str
    batches: tuple[str, ...]
    broken: Broken


@dataclass(slots=True)
class Run:
    """One audit. `stage` and `after` say how far it came: "batches", "files", "end" and "extra" in this
    order, and inside each the last part that is done.
    """

    id: str
    started: str
    scope: Scope
    repair: bool
    seed: str
    plan: Plan
    sites: dict[str, SiteAudit]
    objects: Draw
    files: Draw
    stage: str = "batches"
    after: str = ""
    seconds: float = 0.0
    resumed: int = 0
    mending: Mending | None = field(default=None)

    @classmethod
    def begin(cls, tools: Tools, scope: Scope, repair: bool, plan: Plan, sites: list[str]) -> Run:
        """A new run, not yet written down."""
        seed = secrets.token_hex(16)
        objects = Draw(plan.objects, scope.percent, seed)
        return cls(
            id="a" + secrets.token_hex(10),
            started=tools.now(),
            scope=scope,
            repair=repair,
            seed=seed,
            plan=plan,
            sites={name: SiteAudit(name, expected=objects.wanted) for name in sites},
            objects=objects,
            files=Draw(plan.files, scope.percent, seed),
        )

    @property
    def chosen(self) -> int:
        """How many objects are checked at each site."""
        return Draw(self.plan.objects, self.scope.percent).wanted

    @property
    def chosen_files(self) -> int:
        """How many keyrings and files of the ledger, those at its end left out."""
        return Draw(self.plan.files, self.scope.percent).wanted

    def save(self, tx: Connection) -> None:
        """Write down how far it came."""
        put_audit_run(tx, self.id, self.started, json.dumps(self._detail()))

    def _detail(self) -> dict[str, Any]:
        mending = self.mending and {**asdict(self.mending), "batches": list(self.mending.batches)}
        return {
            "scope": asdict(self.scope),
            "repair": self.repair,
            "seed": self.seed,
            "plan": asdict(self.plan),
            "sites": [site.to_detail() for site in self.sites.values()],
            "draws": [[draw.left, draw.wanted] for draw in (self.objects, self.files)],
            "stage": self.stage,
            "after": self.after,
            "seconds": self.seconds,
            "resumed": self.resumed,
            "mending": mending,
        }

    @classmethod
    def load(cls, id_: str, started: str, text: str) -> Run:
        """What `save` wrote."""
        detail = json.loads(text)
        scope, plan, seed = Scope(**detail["scope"]), Plan(**detail["plan"]), detail["seed"]
        draws = [Draw(count, scope.percent, seed) for count in (plan.objects, plan.files)]
        for draw, stood in zip(draws, detail["draws"], strict=True):
            draw.left, draw.wanted = stood
        sites = [SiteAudit.from_detail(told) for told in detail["sites"]]
        kept = ("repair", "stage", "after", "seconds", "resumed")
        return cls(
            id=id_,
            started=started,
            scope=scope,
            seed=seed,
            plan=plan,
            sites={site.site: site for site in sites},
            objects=draws[0],
            files=draws[1],
            mending=_mending(detail["mending"]),
            **{name: detail[name] for name in kept},
        )


def _mending(told: Mapping[str, Any] | None) -> Mending | None:
    if told is None:
        return None
    broken = {label: {s: Kind(k) for s, k in at.items()} for label, at in told["broken"].items()}
    return Mending(told["stage"], told["last"], tuple(told["batches"]), broken)


@contextmanager
def taken(tools: Tools, run: str) -> Iterator[bool]:
    """Hold the run's lock; False where another process has it: it goes on there."""
    path = tools.work / f"audit-{run}.lock"
    with only_one_or_none(path) as mine:
        yield mine
        if mine:
            path.unlink(missing_ok=True)


def begun(tools: Tools) -> list[Beside]:
    """The audits that were begun and have not ended, newest first."""
    with tools.database.read() as conn:
        rows = audit_runs(conn)
    found = []
    for run, started in rows:
        with taken(tools, run) as free:
            found.append(Beside(run, started, running=not free))
    return found


def stored_run(tools: Tools, run: str, started: str) -> Run | None:
    """The run as it was written down last; None where it has ended."""
    with tools.database.read() as conn:
        text = audit_run_detail(conn, run)
    return Run.load(run, started, text) if text else None


def newest_interrupted(tools: Tools) -> Run | None:
    """The newest run that nobody goes on with."""
    waiting = (one for one in begun(tools) if not one.running)
    return next((run for one in waiting if (run := stored_run(tools, one.run, one.started))), None)
