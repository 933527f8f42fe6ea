"""Turns at writing, between processes by flock and between threads by a lock."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

from adapters.store_errors import busy

_PAUSE: Final = 0.001
"""Seconds between two attempts: short beside the sync that the holder waits for."""


class WriterLock:
    """One holder at a time. The kernel ends a turn when its process dies, however it dies."""

    def __init__(self, path: Path, patience: float) -> None:
        """Opens ``path``, made when it is missing; ``patience`` in seconds. OSError when it cannot be opened."""
        self._path = path
        self._patience = patience
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._thread = Lock()

    def close(self) -> None:
        """Give the file up. Calling it again does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the turn and keep it. Raises Unavailable ``blobs.busy`` when patience ends, OSError when closed."""
        end = time.monotonic() + self._patience
        if not self._thread.acquire(timeout=self._patience):
            raise busy(self._path.parent)
        try:
            while not self._taken():
                if time.monotonic() > end:
                    raise busy(self._path.parent)
                time.sleep(_PAUSE)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self._thread.release()

    def _taken(self) -> bool:
        if self._file < 0:
            raise OSError(errno.EBADF, "closed")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
