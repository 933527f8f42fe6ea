"""Run by Alembic: migrates over the connection, and in the transaction, that ``upgrade`` has put into the config."""

from __future__ import annotations

from alembic import context

from adapters.schema_conventions import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
with context.begin_transaction():
    context.run_migrations()
