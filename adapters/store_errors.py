"""Errors of files and of SQLite, turned into those of the blob store."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ledger.errors import Corrupt, Misconfigured, OnceledgerError, Unavailable

_FULL: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_FORBIDDEN: Final = frozenset(
    (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOENT, errno.ELOOP)
)
_INDEX_DAMAGE: Final = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))
_INDEX_FORBIDDEN: Final = frozenset((sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM))


@contextmanager
def store_errors(folder: Path) -> Iterator[None]:
    """Nothing foreign leaves: Unavailable ``blobs.disk-full``, ``blobs.busy``, ``blobs.unavailable``, Misconfigured
    ``blobs.not-writable``, Corrupt ``blobs.index-damaged``. The project's own errors pass through."""
    try:
        yield
    except OSError as error:
        raise _of_file(error, folder) from None
    except sqlite3.Error as error:
        raise _of_index(error, folder) from None


def _of_file(error: OSError, folder: Path) -> OnceledgerError:
    if error.errno in _FULL:
        return _disk_full(folder)
    return _not_writable(folder) if error.errno in _FORBIDDEN else _unavailable(folder)


def _of_index(error: sqlite3.Error, folder: Path) -> OnceledgerError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return _disk_full(folder)
    if code in _INDEX_FORBIDDEN:
        return _not_writable(folder)
    if code in _INDEX_DAMAGE:
        return Corrupt(
            "blobs.index-damaged",
            f"The index of the content store in {folder} is damaged.",
            "Move the files index.sqlite* away; the index is built again from the packs when the store is opened.",
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return busy(folder)
    return _unavailable(folder)


def busy(folder: Path) -> Unavailable:
    """Another process kept the writer's turn for too long."""
    return Unavailable(
        "blobs.busy", f"Another process is writing to the content store in {folder}.", "Try again when it is done."
    )


def _disk_full(folder: Path) -> Unavailable:
    return Unavailable(
        "blobs.disk-full",
        f"The disk under {folder} is full, or a limit of file sizes is reached; nothing was written.",
        "Free some space or raise the limit, then try again.",
    )


def _not_writable(folder: Path) -> Misconfigured:
    return Misconfigured(
        "blobs.not-writable",
        f"The content store in {folder}, or a file in it, cannot be opened or written.",
        "Name a folder that this user may write to.",
    )


def _unavailable(folder: Path) -> Unavailable:
    return Unavailable(
        "blobs.unavailable",
        f"The content store in {folder} could not be read or written, or is closed.",
        "Check the disk and open the store again.",
    )
