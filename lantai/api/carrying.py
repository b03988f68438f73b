"""Routes about carriers. They are written into and read from the one folder that the operator named
(`lantai.exchange`); what is in it people bring and take away.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from lantai import carrying
from lantai.api.door import Door
from lantai.api.jobs import Work
from lantai.api.keeping import Since, started
from lantai.api.parsing import Asked
from lantai.carrying import Wish
from lantai.exchange import LONGEST, exchanged, has_exchange
from processes.packages.carriers import need_operator
from processes.packages.carriers_kept import lost as enter_lost

router = APIRouter(prefix="/carriers", tags=["carriers"])

ServerPath = Annotated[str, Field(min_length=1, max_length=LONGEST, description="Below the exchange folder.")]
KeptAt = Annotated[str, Field(max_length=200)]


class CarriersAsked(Asked):
    """A run of carriers for one of the three sets, as the command takes it."""

    set: Literal["preservation", "off-site", "use"]
    to: ServerPath
    size: Annotated[str, Field(max_length=40)] = "25GB"
    plain: bool = False
    image: bool = False
    since: Since = ""
    fonds: Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=1000)] = ()
    medium: Annotated[str, Field(max_length=40)] = ""
    kept_at: KeptAt = ""
    restricted_too: bool = False
    with_keys: bool = False


class CheckAsked(Asked):
    """A carrier that is to be read again."""

    path: ServerPath
    number: Annotated[str, Field(max_length=40)] = ""
    sample: Annotated[float, Field(ge=0, le=100)] = 0.0
    kept_at: KeptAt = ""


class LossAsked(Asked):
    """Why a carrier is gone; kept in the ledger for ever."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


@router.get("")
def list_carriers(door: Door) -> dict[str, Any]:
    """List the carrier register."""
    return carrying.register(door.archive.tools(), door.archive.rules.sites)


@router.get("/due")
def list_due(door: Door, within: Annotated[int, Query(ge=0, le=36_500)] = 0) -> dict[str, Any]:
    """List the carriers that should be read again, or will be within so many days."""
    return carrying.due(door.archive.tools(), door.archive.rules.sites, within)


@router.get("/options")
def options(door: Door) -> dict[str, Any]:
    """Tell what may be asked for where carriers are written: kinds of medium, whether there is a folder."""
    need_operator(door.archive.tools())
    media = door.archive.rules.sites.carriers
    kinds = [{"kind": kind, "zh": rule.zh, "en": rule.en} for kind, rule in media.items()]
    return {"exchange": has_exchange(door.archive), "media": kinds}


@router.post("", status_code=202)
def write(door: Door, request: Request, asked: CarriersAsked) -> Response:
    """Write numbered carriers for one of the three sets; a long work."""
    need_operator(door.archive.tools())
    wish = asked.model_dump(exclude={"to"}, mode="json")
    Wish(**wish).order(door.archive.rules)
    exchanged(door.archive, asked.to)
    return started(request, door, "carriers", to=asked.to, wish=wish)


@router.post("/checks", status_code=202)
def check(door: Door, request: Request, asked: CheckAsked) -> Response:
    """Read a carrier again and enter what was found; a long work."""
    need_operator(door.archive.tools())
    exchanged(door.archive, asked.path)
    return started(request, door, "carrier-check", **asked.model_dump(mode="json"))


@router.post("/{number}/loss")
def lost(door: Door, number: str, asked: LossAsked) -> dict[str, Any]:
    """Enter that a carrier is gone or no longer to be relied on."""
    archive = door.working()
    return dict(enter_lost(archive.tools(), archive.rules.sites, number, asked.reason))


WORKS: dict[str, Work] = {"carriers": carrying.write, "carrier-check": carrying.check}
