"""One writer per agency: a chain account's transactions have an order, and so have an agency's batches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from ledger.errors import Unavailable

PATIENCE: Final = 15.0
"""Seconds that a request waits for its turn. Longer, and a few large batches would hold all of the server's threads."""


class AgencyLocks:
    """A lock for each agency, shared by routes and worker. Reading takes none."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._locks: dict[int, Lock] = {}
        self._turn = Lock()

    @contextmanager
    def held(self, agency_id: int) -> Iterator[None]:
        """Be the agency's only writer. Raises Unavailable ``agency.busy``."""
        with self._turn:
            lock = self._locks.setdefault(agency_id, Lock())
        if not lock.acquire(timeout=self._patience):
            raise Unavailable(
                "agency.busy",
                "Another batch or change of this agency is under way.",
                "Try again in a moment; nothing was changed.",
            )
        try:
            yield
        finally:
            lock.release()
