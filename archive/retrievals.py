"""Requests to see closed items, as the ledger's entries tell (a projection), and the passcodes of grants,
which are working state: one that is lost is made anew.

A request is asked, then granted or refused; a grant may be revoked. Where the item was destroyed its grant
is destroyed with it, and what is left is the request as it was asked. Not here: who asks, who decides,
whether a grant is in force (`processes.desk.retrievals`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from archive import tables
from archive.retrieval_events import RetrievalAsked, RetrievalGranted, RetrievalRefused, RetrievalRevoked

ASKED, GRANTED, REFUSED, REVOKED = "asked", "granted", "refused", "revoked"


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `item` and `until` are "" before it is granted; `asked` is the entry that asked, `time`
    its time. `detail` holds code, purpose and copy as asked, and mode, reason, by and decided once decided.
    """

    id: str
    account: str
    item: str
    state: str
    until: str
    asked: int
    time: str
    detail: Mapping[str, Any]

    @property
    def code(self) -> str:
        """What was asked for, as its canonical text; nobody says that anything has it."""
        return str(self.detail["code"])

    def told(self, name: str) -> str:
        """What the detail says of the decision, "" while there is none."""
        return str(self.detail.get(name, ""))


@dataclass(frozen=True, slots=True)
class Passcode:
    """What is known of a grant's passcode: its digest, and how often in a row it was given wrongly."""

    digest: str
    failures: int


def request(connection: Connection, id_: str) -> Request | None:
    """The request of this name, whatever is typed as one."""
    if not id_.isprintable():
        return None  # no database takes it
    row = connection.execute(select(tables.retrieval).where(tables.retrieval.c.request == id_)).one_or_none()
    return _request(row) if row else None


def requests(
    connection: Connection,
    limit: int,
    *,
    before: int | None = None,
    account: str = "",
    states: Collection[str] = (),
) -> list[Request]:
    """The newest requests, of one account where it is named, in one of `states` where some are; `before` goes
    on below an entry.
    """
    table = tables.retrieval.c
    query: Select[Any] = select(tables.retrieval).order_by(table.asked.desc()).limit(limit)
    if before is not None:
        query = query.where(table.asked < before)
    if account:
        query = query.where(table.account == account)
    if states:
        query = query.where(table.state.in_(sorted(states)))
    return [_request(row) for row in connection.execute(query)]


def waiting(connection: Connection, account: str, since: str) -> int:
    """How many requests of the account, asked at `since` or later, nobody has decided."""
    table = tables.retrieval.c
    query = select(func.count()).where(table.account == account, table.state == ASKED, table.time >= since)
    return int(connection.execute(query).scalar_one())


def grants(connection: Connection, account: str, today: str) -> list[Request]:
    """What was granted to the account and not revoked, and not past its last day."""
    table = tables.retrieval.c
    query = select(tables.retrieval).where(table.account == account, table.state == GRANTED)
    return [_request(row) for row in connection.execute(query.where(table.until >= today))]


def add_request(tx: Connection, index: int, time: str, event: RetrievalAsked) -> None:
    """Project a request."""
    detail = {"code": event.code, "purpose": event.purpose, "copy": event.copy}
    row = {"request": event.request, "account": event.account, "asked": index, "time": time}
    row |= {"item": "", "state": ASKED, "until": "", "detail": _text(detail)}
    tx.execute(insert(tables.retrieval).values(**row))


def grant_request(tx: Connection, time: str, event: RetrievalGranted) -> None:
    """Project a grant, where its request stands and is of whom it is granted to: else it opens nothing."""
    found = request(tx, event.request)
    if found is not None and found.account == event.grantee:
        decided = {"mode": event.mode, "reason": event.reason, "by": event.account, "decided": time}
        _decide(tx, found, GRANTED, decided, item=event.item, until=event.until)


def refuse_request(tx: Connection, time: str, event: RetrievalRefused) -> None:
    """Project a refusal."""
    found = request(tx, event.request)
    if found is not None:
        _decide(tx, found, REFUSED, {"reason": event.reason, "by": event.account, "decided": time})


def revoke_request(tx: Connection, time: str, event: RetrievalRevoked) -> None:
    """Project the end of a grant before its last day."""
    found = request(tx, event.request)
    if found is not None:
        decided = {"reason": event.reason, "by": event.account, "decided": time}
        _decide(tx, found, REVOKED, decided, item=found.item, until=found.until)


def revoke_every(tx: Connection, item: str) -> None:
    """Project that a grant of the item was revoked and nobody knows which: it may be any."""
    table = tables.retrieval.c
    chosen = update(tables.retrieval).where(table.item == item, table.state == GRANTED)
    tx.execute(chosen.values(state=REVOKED))


def forget_grants(tx: Connection, item: str) -> None:
    """Project that the item was destroyed, and with it what tells that it was granted: requests stand as they
    were asked, which is what the ledger still says.
    """
    for row in tx.execute(select(tables.retrieval).where(tables.retrieval.c.item == item)).all():
        found = _request(row)
        kept = {name: found.detail[name] for name in ("code", "purpose", "copy")}
        _put(tx, found.id, ASKED, kept, "", "")


def put_passcode(tx: Connection, id_: str, digest: str, now: str) -> None:
    """Give a grant a passcode, in place of an earlier one."""
    drop_passcode(tx, id_)
    tx.execute(insert(tables.passcode).values(request=id_, digest=digest, failures=0, made=now))


def drop_passcode(tx: Connection, id_: str) -> None:
    """Take a grant's passcode away; an absent one is fine."""
    tx.execute(delete(tables.passcode).where(tables.passcode.c.request == id_))


def passcodes(connection: Connection, ids: Collection[str]) -> dict[str, Passcode]:
    """The passcodes of these requests, where they have any."""
    table = tables.passcode.c
    query = select(table.request, table.digest, table.failures).where(table.request.in_(sorted(ids)))
    return {id_: Passcode(digest, int(failures)) for id_, digest, failures in connection.execute(query)}


def set_failures(tx: Connection, id_: str, digest: str, failures: int) -> None:
    """Note how often this passcode was given wrongly; one that was replaced meanwhile is left alone."""
    table = tables.passcode.c
    chosen = update(tables.passcode).where(table.request == id_, table.digest == digest)
    tx.execute(chosen.values(failures=failures))


def _decide(
    tx: Connection, found: Request, state: str, decided: Mapping[str, Any], item: str = "", until: str = ""
) -> None:
    _put(tx, found.id, state, {**found.detail, **decided}, item, until)


def _put(tx: Connection, id_: str, state: str, detail: Mapping[str, Any], item: str, until: str) -> None:
    chosen = update(tables.retrieval).where(tables.retrieval.c.request == id_)
    tx.execute(chosen.values(state=state, item=item, until=until, detail=_text(detail)))


def _text(detail: Mapping[str, Any]) -> str:
    return json.dumps(dict(detail), ensure_ascii=False, sort_keys=True)


def _request(row: Row[Any]) -> Request:
    return Request(
        row.request,
        row.account,
        row.item,
        row.state,
        row.until,
        int(row.asked),
        row.time,
        json.loads(row.detail),
    )
