"""People around one archive of two closed items: who asks, who decides, and on which day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from archive import catalogue, sessions
from ingest.tools import Tools
from lantai.wiring import Archive
from policies.access import EVERYTHING, Subject
from policies.roles import role_book
from processes.desk import retrieval_decisions, retrieval_lists, retrievals
from processes.desk.retrieval_decisions import Terms
from processes.desk.retrievals import Wanted

TODAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
UNTIL = "2026-06-30"
LI = Subject("li", roles=frozenset({"researcher"}))
HE = Subject("he", roles=frozenset({"researcher"}))


def officer(*fonds: str, name: str = "zhang") -> Subject:
    """An accession officer of these fonds."""
    return role_book().subject_of(name, ["accession-officer"], frozenset(fonds), "internal")


@dataclass
class Desk:
    """The archive, its items' codes, and what may be done as somebody on a day."""

    archive: Archive
    codes: tuple[str, ...]

    def tools(self, subject: Subject, now: datetime = TODAY) -> Tools:
        return replace(self.archive.seen_as(subject).tools(), clock=lambda: now)

    def ask(self, code: str = "", *, who: Subject = LI, copy: bool = False, now: datetime = TODAY) -> Any:
        return retrievals.ask(self.tools(who, now), Wanted(code or self.codes[0], "编史", copy))

    def grant(self, request: str, *, who: Subject | None = None, until: str = UNTIL, mode: str = "") -> Any:
        tools = self.tools(who or officer("A014"))
        return retrieval_decisions.grant(tools, request, Terms(until, "领导批示", mode))

    def granted(self, *, copy: bool = False, **terms: str) -> tuple[str, str]:
        """A request that was granted, and its passcode."""
        request = self.ask(copy=copy)["request"]
        return request, self.grant(request, **terms)["passcode"]

    def decide(self, act: Callable[..., Any], request: str, *more: str, who: Subject | None = None) -> Any:
        return act(self.tools(who or officer("A014")), request, *more)

    def opening(self, request: str, passcode: str, *, who: Subject = LI, now: datetime = TODAY) -> Subject:
        return retrievals.subject_opening(self.archive.database, who, request, passcode, now)

    def listed(self, who: Subject, *, every: bool = True, now: datetime = TODAY, **page: Any) -> Any:
        found = retrieval_lists.listed(self.tools(who, now), retrieval_lists.Page(every, **page))
        return found["requests"] if not page else found

    def item(self, code: str = "") -> str:
        with self.archive.database.read() as conn:
            record = catalogue.item_by_code(conn, code or self.codes[0], EVERYTHING)
        assert record is not None
        return record.item.id

    def session(self, account: str) -> str:
        """A session that somebody has; what its cookie holds."""
        with self.archive.database.write() as tx:
            return sessions.begin(tx, account, "2026-06-01T09:00:00Z", "2999-01-01T00:00:00Z", {})
