"""Destructions as both doors begin them: the works behind, and the certificate.

Not done here: proposals and their witnesses, destroying (`processes.destruction`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ingest.tools import Progress
from lantai.doctor_recovery import set_aside_names
from lantai.wiring import Archive
from policies.roles import ALONE
from processes.destruction import destroy as work
from processes.destruction import supervision
from processes.destruction.destroy import Outcome
from processes.destruction.destroy_certificate import certificate
from processes.destruction.destroy_told import told, told_to


def destroys_alone(archive: Archive) -> bool:
    """Whether nobody was appointed yet, so that nobody could witness a proposal."""
    return ALONE in archive.subject.roles


def destroy(archive: Archive, asked: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Destroy `codes` for `reason`, before nobody. Raises as `processes.destruction`;
    `SupervisorRefused` once there are accounts that must witness it.
    """
    outcome = work.destroy(archive.tools(progress), archive.index, asked["codes"], asked["reason"])
    return {"destructions": [told(outcome)], "certificate": None}


def go_on(archive: Archive, _asked: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Do what is left of every destruction."""
    tools = archive.tools(progress)
    outcomes = work.go_on(tools, archive.index)
    return {"destructions": [told_to(tools, one) for one in outcomes], "certificate": None}


def witness(archive: Archive, asked: Mapping[str, Any], progress: Progress) -> Mapping[str, Any]:
    """Supervise the proposal `proposal`; the second witness carries it out. Raises as `witness` there."""
    done = supervision.witness(archive.tools(progress), archive.index, asked["proposal"])
    return {"proposal": dict(done.proposal), "destruction": told(done.outcome) if done.outcome else None}


def paper_of(archive: Archive, outcome: Outcome) -> dict[str, Any]:
    """The certificate of a destruction as it stands now."""
    return certificate(archive.tools(), archive.rules.sites, outcome, set_aside_names(archive))
