"""Alembic's folder: the source and working tables as they were, version by version."""
