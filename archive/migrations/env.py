"""How alembic runs here: on the connection that `archive.migrate` hands over, inside its transaction.

Run by alembic, never imported by us. Not here: addresses, engines, offline SQL.
"""

from __future__ import annotations

from alembic import context

from archive.tables import stored

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=stored,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
