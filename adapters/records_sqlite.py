"""What is SQLite's own about the records: how a file is opened, how its errors read, how row numbers are taken.

All other SQL of the records is SQLAlchemy's and portable. Another database gets a module like this one.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Column, Connection, Engine, StaticPool, create_engine, event, func, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from adapters.private_place import make_private_file, refuse_open_database
from ledger.errors import Conflict, Corrupt, Misconfigured, OnceledgerError, Unavailable

PRAGMAS: Final = (
    # Rows are written in key order, thousands at a time: large pages make the tree flat and the log short.
    "page_size = 16384",
    # Readers go on while one writes, and a crash leaves what was committed.
    "journal_mode = WAL",
    # A commit has reached the disk when it returns; WAL's own default would lose the last ones with the power.
    "synchronous = FULL",
    "foreign_keys = ON",
    # Claims that were issued or rejected leave no trace in free pages.
    "secure_delete = ON",
    "cache_size = -32768",
    # 64 MiB of log before it is folded in: pages that several steps change are copied once.
    "wal_autocheckpoint = 4000",
    # A log that one big import stretched shrinks again.
    "journal_size_limit = 67108864",
)

WRITING: Final = "onceledger_writing"
"""Execution option of connections that write: they queue for the write lock at once, not half way."""

DriverError: Final = sqlite3.Error
"""What the driver raises where SQLAlchemy does not stand between."""

FOLDING_MS: Final = 1_000
"""How long to wait for readers before the log is left for the next time."""

_FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_UNIQUE: Final = frozenset((sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY))


def engine(url: URL, lock_seconds: float) -> Engine:
    """An engine over a file, or over memory when ``url`` names none; nothing is opened yet."""
    options: dict[str, Any] = {"poolclass": StaticPool} if in_memory(url) else {"pool_use_lifo": True}
    made = create_engine(
        url,
        # Values are personal data and have no place in a message.
        hide_parameters=True,
        connect_args={"timeout": lock_seconds, "check_same_thread": False},
        **options,
    )
    event.listen(made, "connect", lambda connection, _: _prepare(connection, lock_seconds))
    event.listen(made, "begin", _begin)
    return made


def in_memory(url: URL) -> bool:
    """Whether the records live and die with the process."""
    return url.database in (None, "", ":memory:")


def folder_of(url: URL) -> Path | None:
    """The folder of the database's file."""
    if in_memory(url) or url.database is None or url.database.startswith("file:"):
        return None
    return Path(url.database).parent


def fold_log(connection: sqlite3.Connection, lock_seconds: float) -> bool:
    """Write the log into the file and cut it to nothing: what was deleted in the file, and overwritten there, still
    stands in the log. False when somebody reads, and it was left as it is."""
    connection.execute(f"PRAGMA busy_timeout = {FOLDING_MS}").close()
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(lock_seconds * 1000)}").close()


def first_free(connection: Connection, column: Column[Any]) -> int:
    """The number from which a writer may count up rows of its own: it is alone, and stays so until it commits."""
    newest: int | None = connection.execute(select(func.max(column))).scalar()
    return (newest or 0) + 1


def breaks_uniqueness(error: DBAPIError) -> bool:
    """Whether a constraint failed because the row exists already."""
    return getattr(error.orig, "sqlite_errorcode", None) in _UNIQUE


def fault(error: SQLAlchemyError | sqlite3.Error, url: URL) -> OnceledgerError:
    """What an error of driver or pool means to the caller. Neither values nor statements are passed on."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    extended = getattr(cause, "sqlite_errorcode", 0)
    name = getattr(cause, "sqlite_errorname", type(cause).__name__)
    match extended & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Unavailable(
                "records.locked",
                "Another process keeps the database locked.",
                "Wait until what it writes there is done, and try again.",
            )
        case sqlite3.SQLITE_FULL:
            return disk_full()
        case sqlite3.SQLITE_READONLY:
            return read_only(url)
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return cannot_open(url)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return Corrupt(
                "records.corrupt",
                f"The database {url.database} is damaged, or is not a database.",
                "Keep the file as it is and restore the last backup beside it.",
                engine=name,
            )
        case sqlite3.SQLITE_CONSTRAINT:
            return Conflict(
                "records.constraint",
                "The rows contradict others that are kept already.",
                "Look again: another process may have changed them just now.",
                engine=name,
            )
        case _:
            return Unavailable(
                "records.unavailable",
                f"The database cannot do its work now ({name}).",
                "Try again; if it stays so, check disk and file system.",
                engine=name,
            )


def prepare_place(url: URL) -> None:
    """Say what is wrong with a file's place before SQLite can only say that it cannot open it, and make a new file its
    owner's alone: the logs beside it get the same mode.

    Raises Misconfigured ``records.no-folder``, ``records.cannot-open``, ``records.read-only``,
    ``records.open-to-others``; Unavailable ``records.disk-full``.
    """
    if in_memory(url) or url.database is None or url.database.startswith("file:"):
        return
    path = Path(url.database)
    if not path.parent.is_dir():
        raise Misconfigured(
            "records.no-folder",
            f"The folder {path.parent} of the database does not exist.",
            "Create it, or correct the database's address in the settings.",
        )
    if path.is_dir():
        raise cannot_open(url)
    # The folder too: the write-ahead log lies beside the file.
    if not _writable(path.parent) or (path.exists() and not _writable(path)):
        raise read_only(url)
    refuse_open_database(path)
    try:
        make_private_file(path)
    except OSError as error:
        raise (disk_full() if error.errno in _FULL else cannot_open(url)) from None


def disk_full() -> Unavailable:
    """The error of a place without room."""
    return Unavailable(
        "records.disk-full",
        "The disk has no room for the records; nothing of this step was kept.",
        "Make room on the disk that holds the database, and try again.",
    )


def read_only(url: URL) -> Misconfigured:
    """The error of a place that cannot be written."""
    return Misconfigured(
        "records.read-only",
        f"The database {url.database} or its folder is read-only.",
        "Give this user the right to write to the file and to its folder, or choose another place.",
    )


def cannot_open(url: URL) -> Misconfigured:
    """The error of a place where no database can be opened."""
    return Misconfigured(
        "records.cannot-open",
        f"The database {url.database} cannot be opened.",
        "Check that it is a file, not a folder, and that this user may read and write it and its folder.",
    )


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _prepare(connection: sqlite3.Connection, lock_seconds: float) -> None:
    # No transaction but those that _begin opens: Python's own would begin too late and without the write lock.
    connection.isolation_level = None
    deadline = time.monotonic() + lock_seconds
    for pragma in PRAGMAS:
        while True:
            try:
                connection.execute(f"PRAGMA {pragma}").close()
                break
            except sqlite3.OperationalError as error:
                # SQLite does not wait by itself while others open the same new file, which must change its journal.
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
