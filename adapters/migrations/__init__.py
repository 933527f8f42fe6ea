"""Alembic's environment. ``upgrade`` brings a database to the revision that this release reads and writes.

A change of ``adapters.schema`` comes with a new module under ``versions`` and with ``schema_conventions.REVISION``; a
published revision is never edited. Everything runs in the caller's transaction, so a crash leaves the old revision.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, column, inspect, select, table

from adapters.schema import agencies
from adapters.schema_conventions import REVISION, VERSION_TABLE
from ledger.errors import Misconfigured

FOLDER: Final = Path(__file__).parent


def revision_of(connection: Connection) -> str | None:
    """The revision that a database has; None for one without."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    revision: str | None = connection.execute(select(column("version_num")).select_from(table(VERSION_TABLE))).scalar()
    return revision


def upgrade(connection: Connection) -> None:
    """Make or alter the tables, within the transaction that is open.

    Raises Misconfigured ``records.newer-version`` for a revision that this release does not know, and
    ``records.foreign-database`` when tables of the records' names are there and no revision is.
    """
    # Imported here: Alembic takes 0.2 s to load, and a database that is up to date does not need it.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    present = revision_of(connection)
    if present is None:
        taken = set(inspect(connection).get_table_names()) & set(agencies.metadata.tables)
        if taken:
            raise Misconfigured(
                "records.foreign-database",
                f"The database holds a table {min(taken)} that is not from this software.",
                "Name a database of its own in the settings.",
            )
    elif present not in {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}:
        raise Misconfigured(
            "records.newer-version",
            f"The database has revision {present:.40}; this release knows up to {REVISION}.",
            "Install the release that wrote it, or a newer one; a backup from before the update fits this one.",
            revision=present,
        )
    command.upgrade(config, "head")
