"""Folders and files that hold personal data: their owner's alone, made so and refused when they are not."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from adapters.durable_folder import sync_folder
from ledger.errors import Misconfigured

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def make_private_file(path: Path) -> None:
    """An empty file of mode 0600, unless there is one: programs that open databases by name would give it whatever mode
    the umask leaves, and their logs the same. Raises OSError."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        return
    sync_folder(path.parent)


def refuse_open_folder(folder: Path) -> None:
    """Raises Misconfigured ``installation.open-to-others`` when others than its owner can enter, read or change the
    data folder; OSError when there is none."""
    if _is_open(folder):
        raise Misconfigured(
            "installation.open-to-others",
            f"Others than its owner can enter or read the data folder {folder}.",
            f"Run: chmod -R go-rwx {folder}",
            name=str(folder),
        )


def refuse_open_database(path: Path) -> None:
    """Raises Misconfigured ``records.open-to-others`` when others than its owner can read or change the database or
    what SQLite keeps beside it; nothing when there is none."""
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        if each.exists() and _is_open(each):
            raise Misconfigured(
                "records.open-to-others",
                f"Others than its owner can read or change the database file {each}.",
                f"Run: chmod go-rwx {path}*",
                name=str(path),
            )


def _is_open(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & _OTHERS)
