"""One owner for a chain folder, and the errors of its disk."""

from __future__ import annotations

import errno
import fcntl
import os
import weakref
from pathlib import Path

from ledger.errors import Misconfigured, OnceledgerError, Unavailable

LOCK_FILE = "chain.lock"


class FolderOwnership:
    """The lock on a chain folder. The kernel gives it up when the process dies, however it dies.

    ``flock`` and not ``lockf``: it also keeps one process from opening the chain twice. A forked child would keep the
    lock alive after its parent's death, so the child closes its copy at once; the parent's stays locked.
    """

    def __init__(self, folder: Path) -> None:
        """Takes ``folder``, which exists. Raises Unavailable ``chain.owned`` or ``chain.disk-full``, Misconfigured
        ``chain.not-writable``."""
        try:
            self._file: int | None = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise os_error(error, folder) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, str(os.getpid()).encode(), 0)
        except OSError as error:
            owner = os.pread(self._file, 20, 0).decode("ascii", "replace") or "unknown"
            self.release()
            if not isinstance(error, BlockingIOError):
                raise os_error(error, folder) from None
            raise Unavailable(
                "chain.owned",
                f"The embedded chain in {folder} is in use by process {owner}.",
                "Stop that process, or work through it, or use another data folder.",
                pid=owner,
            ) from None
        mine = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _release_in_child(mine))

    def release(self) -> None:
        """Gives the folder up. Calling it again does nothing."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _release_in_child(ownership: weakref.ref[FolderOwnership]) -> None:
    inherited = ownership()
    if inherited is not None:
        inherited.release()


def os_error(error: OSError, folder: Path) -> OnceledgerError:
    """The project's error for one of the operating system's: Unavailable ``chain.disk-full`` or Misconfigured
    ``chain.not-writable``."""
    return disk_full(folder) if error.errno in (errno.ENOSPC, errno.EDQUOT) else not_writable(folder)


def disk_full(folder: Path) -> Unavailable:
    """The disk under ``folder`` is full."""
    return Unavailable(
        "chain.disk-full",
        f"The disk under {folder} is full; nothing of the block was written.",
        "Free some space, then try again.",
    )


def not_writable(folder: Path) -> Misconfigured:
    """``folder`` or a file in it cannot be written."""
    return Misconfigured(
        "chain.not-writable",
        f"The folder {folder} or a file in it cannot be written.",
        "Give the process write permission, or set another data folder.",
    )
