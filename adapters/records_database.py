"""The database under the records: transactions, bulk statements, and errors that fit the port."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, Insert, Select, Table, Update, and_, bindparam, insert, update
from sqlalchemy.exc import SQLAlchemyError

from adapters import records_sqlite as dialect
from ledger.errors import MalformedInput

CHUNK: Final = 5_000
"""Rows per call of the driver: far beyond what a call costs, and memory stays flat."""


@dataclass(frozen=True, slots=True, eq=False)
class Bulk:
    """A statement to run over many rows, each a tuple of the parameters ``names`` in this order."""

    statement: Insert | Update
    names: tuple[str, ...]


class Database:
    """Connections to one database. May be shared by threads; a process opens its own after a fork."""

    def __init__(self, engine: Engine, lock_seconds: float) -> None:
        self._engine = engine
        self._lock_seconds = lock_seconds
        self.folder = dialect.folder_of(engine.url)
        """Where files beside the database go; none for records in memory."""
        self._writer = engine.execution_options(**{dialect.WRITING: True})
        self._compiled: dict[Bulk, str] = {}
        self._own = threading.local()
        # Records in memory have one connection, which threads take in turns.
        self._turn = threading.RLock() if dialect.in_memory(engine.url) else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state throughout; within ``writing`` of this thread, that transaction's."""
        current: Connection | None = getattr(self._own, "connection", None)
        if current is not None:
            yield current
            return
        with self._translated(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: kept and durable at the end of the block, or undone if an exception leaves it."""
        assert getattr(self._own, "connection", None) is None, "what is drained by a writing method must not write"
        with self._translated(), self._writer.begin() as connection:
            self._own.connection = connection
            try:
                yield connection
            finally:
                self._own.connection = None

    def many(self, connection: Connection, bulk: Bulk, rows: Sequence[tuple[Any, ...]]) -> int:
        """Run ``bulk`` once per row; returns how many rows it changed in all.

        SQLAlchemy compiles the statement, the driver binds the rows: SQLAlchemy's own binding costs six times the
        insertion. Bytes are passed as ``bytearray``, which the driver of SQLite takes twice as fast.
        """
        sql = self._compiled.get(bulk)
        if sql is None:
            compiled = bulk.statement.compile(dialect=connection.dialect)
            assert tuple(getattr(compiled, "positiontup", None) or ()) == bulk.names
            sql = self._compiled[bulk] = str(compiled)
        changed = 0
        for start in range(0, len(rows), CHUNK):
            changed += connection.exec_driver_sql(sql, list(rows[start : start + CHUNK])).rowcount
        return changed

    def fetch(
        self, connection: Connection, statement: Select[*tuple[Any, ...]], parameters: dict[str, Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """All rows of a large selection as the driver gives them: SQLAlchemy's own row objects double its cost."""
        cursor = connection.execute(statement, parameters or {}).cursor
        assert cursor is not None
        return list(cursor.fetchall())

    def put(self, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
        """Insert the row of ``key``, or replace its values."""
        with self.writing() as connection:
            replace_row(connection, table, key, values)

    def erase_traces(self) -> None:
        """See ``ledger.records_port.DraftRecords``. Outside transactions of this thread."""
        if self.folder is None:  # in memory, or opened by a URI for reading
            return
        with self._translated():
            borrowed = self._engine.raw_connection()
            try:
                assert borrowed.driver_connection is not None
                dialect.fold_log(borrowed.driver_connection, self._lock_seconds)
            finally:
                borrowed.close()

    def close(self) -> None:
        """Give up all connections."""
        self._engine.dispose()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        if self._turn is not None:
            self._turn.acquire()
        try:
            yield
        except (SQLAlchemyError, dialect.DriverError) as error:
            raise dialect.fault(error, self._engine.url) from None
        except (OverflowError, UnicodeEncodeError):
            raise MalformedInput(
                "records.value",
                "A number is larger than 63 bits, or a text is not Unicode: no database keeps it.",
                "Correct the value.",
            ) from None
        finally:
            if self._turn is not None:
                self._turn.release()


class Part:
    """A group of the port's methods over one database."""

    def __init__(self, database: Database) -> None:
        self._database = database


def replace_row(connection: Connection, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
    """Insert the row of ``key``, or replace its values, in the transaction that is open."""
    chosen = and_(*(table.c[name] == value for name, value in key.items()))
    if not connection.execute(update(table).where(chosen).values(values)).rowcount:
        connection.execute(insert(table).values(key | values))


def insertion(table: Table, *names: str) -> Bulk:
    """An insertion whose rows hold ``names``, which come in the table's order."""
    return Bulk(insert(table).values({name: bindparam(name) for name in names}), names)
