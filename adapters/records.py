"""The records in a relational database: SQLite in a file (WAL) or in memory.

    records = open_records("sqlite:///data/records.db")

One class per part of the port (``records_*.py``), all over one ``Database``; ``docs/decisions/records.md`` says why the
tables and transactions are as they are.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from adapters import records_sqlite
from adapters.migrations import revision_of, upgrade
from adapters.records_agencies import SqlAgencyRecords, SqlNotes, SqlSendingRecords
from adapters.records_batches import SqlBatchRecords
from adapters.records_credentials import SqlCredentialRecords
from adapters.records_database import Database
from adapters.records_drafts import SqlDraftRecords
from adapters.records_refused import SqlRefusedRecords
from adapters.records_statuses import SqlStatusRecords
from adapters.schema_conventions import REVISION
from ledger.errors import Misconfigured

LOCK_SECONDS: Final = 30.0
"""How long a writer waits for another before it gives up."""


class SqlRecords(
    SqlAgencyRecords,
    SqlDraftRecords,
    SqlCredentialRecords,
    SqlBatchRecords,
    SqlRefusedRecords,
    SqlStatusRecords,
    SqlSendingRecords,
    SqlNotes,
):
    """``ledger.records_port.Records``. May be shared by threads; a process opens its own after a fork."""

    def close(self) -> None:
        """See the port."""
        self._database.close()


def open_records(url: str, *, lock_seconds: float = LOCK_SECONDS) -> SqlRecords:
    """Open the records at ``url``: ``sqlite:///path`` (absolute paths with a fourth slash), ``sqlite://`` in memory.

    A new database is made, one of an older release is brought up to date, both in one transaction.

    Raises Misconfigured ``records.url``, ``records.no-folder``, ``records.read-only``, ``records.cannot-open``,
    ``records.open-to-others``, ``records.newer-version``, ``records.foreign-database``; Corrupt ``records.corrupt``;
    Unavailable as every method.
    """
    place = _parse(url)
    records_sqlite.prepare_place(place)
    database = Database(records_sqlite.engine(place, lock_seconds), lock_seconds)
    try:
        _bring_up_to_date(database)
        database.erase_traces()  # those of a process that was killed
    except BaseException:
        database.close()
        raise
    return SqlRecords(database)


def _bring_up_to_date(database: Database) -> None:
    with database.reading() as connection:
        if revision_of(connection) == REVISION:
            return
    # Seen again under the write lock: another process may open the same database for the first time.
    with database.writing() as connection:
        if revision_of(connection) != REVISION:
            upgrade(connection)


def _parse(url: str) -> URL:
    try:
        place = make_url(url)
    except ArgumentError:
        place = None
    if place is None or place.drivername != "sqlite":
        raise Misconfigured(
            "records.url",
            "The address of the database is none that this release can open.",
            "Use sqlite:///path/to/records.db.",
        )
    return place
