"""Every kind of long work that a route starts: what does it, which right it needs, how it is begun again."""

from __future__ import annotations

from lantai.api.jobs import Kind

KINDS: dict[str, Kind] = {}
"""Kinds by name. Each module of routes holds its `WORKS`; here stands what is known of each kind."""
