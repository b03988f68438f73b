"""Routes of the fonds register (全宗名册) and of fonds files (全宗卷)."""

from __future__ import annotations

from fastapi import APIRouter

router = APIRouter(tags=["fonds register"])
