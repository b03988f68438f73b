"""What all tables share: the two kinds there are, and a number that is large on every database.

Not here: the tables (`archive.tables`, `archive.tables_people`).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, MetaData

stored = MetaData()
"""Source and working tables: migrated, never dropped."""

projected = MetaData()
"""Projections: dropped and made again from the ledger."""

big = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER is SQLite's own row number
