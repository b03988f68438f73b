"""What the events of the reading room change in the projections.

Not here: the order of events, what other ones change (`archive.catalogue_apply`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from archive import certificates, visits
from archive.event import Event, Fact
from archive.visit_events import (
    CertificateIssued,
    CertificateVoided,
    VisitAsked,
    VisitClosed,
    VisitEntered,
    VisitNoted,
)

PROJECTED: dict[type[Event], Callable[[Connection, Fact, Any], None]] = {
    VisitEntered: lambda tx, fact, event: visits.enter_visit(tx, fact.index, fact.time, event),
    VisitNoted: lambda tx, fact, event: visits.note_item(tx, fact.index, fact.time, event),
    VisitAsked: lambda tx, _fact, event: visits.note_request(tx, event),
    VisitClosed: lambda tx, _fact, event: visits.close_visit(tx, event),
    CertificateIssued: lambda tx, fact, event: certificates.issue(tx, fact.index, fact.time, event),
    CertificateVoided: lambda tx, fact, event: certificates.void(tx, fact.time, event),
}
"""Forgetting who visitors were leaves the catalogue as it is: it never knew."""
