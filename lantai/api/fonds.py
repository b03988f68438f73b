"""Routes of the fonds register (全宗名册) and of fonds files (全宗卷)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import Field

from lantai.api.door import Door
from lantai.api.parsing import Asked
from processes.desk import fonds_register, fonds_shown
from processes.desk.fonds_register import NewFonds, Paper

router = APIRouter(tags=["fonds register"])

Line = Annotated[str, Field(max_length=200)]
Why = Annotated[str, Field(max_length=2_000)]
Long = Annotated[str, Field(max_length=100_000)]
Code = Annotated[str, Path(max_length=64, description="The code of a fonds.")]
FieldName = Literal["since", "until", "guide", "notes"]


class Entering(Asked):
    """A fonds, its first known name, and its dates of existence as far as they are known."""

    code: Line
    name: Line
    reason: Why
    since: Line = ""
    until: Line = ""


class Naming(Asked):
    """Another name, and since when."""

    name: Line
    since: Line
    reason: Why


class Describing(Asked):
    """New values; "" clears one."""

    changes: Annotated[dict[FieldName, Long], Field(min_length=1)]
    reason: Why


class Linking(Asked):
    """The fonds in which this one goes on; `undo` where that was a mistake."""

    successor: Line
    reason: Why
    since: Line = ""
    undo: bool = False


class Filing(Asked):
    """A paper: its text, or the codes of records that hold it."""

    section: Line
    title: Line
    date: Line = ""
    text: Long = ""
    items: Annotated[Sequence[Line], Field(max_length=100)] = ()


@router.get("/fonds")
def list_fonds(door: Door) -> dict[str, Any]:
    """The whole register, by code."""
    return fonds_shown.listed(door.archive.tools())


@router.get("/fonds/{code}")
def show_fonds(
    door: Door,
    code: Code,
    paper: Annotated[str, Query(max_length=64, description="This paper of its file, with its text.")] = "",
) -> dict[str, Any]:
    """One fonds: names, dates, links, guide; its file to who handles it."""
    return fonds_shown.shown(door.archive.tools(), code, paper)


@router.post("/fonds", status_code=201)
def enter_fonds(door: Door, asked: Entering) -> dict[str, Any]:
    """Enter a fonds in the register."""
    wanted = NewFonds(asked.code, asked.name, asked.since, asked.until)
    return fonds_register.enter_fonds(door.working().tools(), wanted, asked.reason)


@router.post("/fonds/{code}/names")
def rename_fonds(door: Door, code: Code, asked: Naming) -> dict[str, Any]:
    """Say that a fonds has another name since a day."""
    return fonds_register.rename(door.working().tools(), code, asked.name, asked.since, asked.reason)


@router.post("/fonds/{code}/description")
def describe_fonds(door: Door, code: Code, asked: Describing) -> dict[str, Any]:
    """Set a fonds's dates, guide or notes."""
    changes = {str(name): value for name, value in asked.changes.items()}
    return fonds_register.describe(door.working().tools(), code, changes, asked.reason)


@router.post("/fonds/{code}/links")
def link_fonds(door: Door, code: Code, asked: Linking) -> dict[str, Any]:
    """Link a fonds to its successor."""
    tools = door.working().tools()
    return fonds_register.link(tools, code, asked.successor, asked.since, asked.reason, undo=asked.undo)


@router.post("/fonds/{code}/file", status_code=201)
def file_paper(door: Door, code: Code, asked: Filing) -> dict[str, Any]:
    """Put a paper into the fonds file."""
    paper = Paper(asked.section, asked.title, asked.date, asked.text, asked.items)
    return fonds_register.file_paper(door.working().tools(), code, paper)
