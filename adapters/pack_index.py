"""What lies where in the packs of one store: an SQLite file that could be built again from them.

blobs(id, tag, cid, pack, at, size)   tag: the first 8 bytes of the digest, indexed. A small index of short keys keeps
                                      the pages that a batch of random keys dirties few.
packs(id, size)                       bytes of the pack that are committed
retired(id)                           packs that ``compact`` has emptied; their numbers are not given again
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

from adapters.private_place import make_private_file
from ledger.errors import Misconfigured

INDEX_VERSION: Final = 1

_SCHEMA: Final = (
    "CREATE TABLE blobs (id INTEGER PRIMARY KEY, tag INTEGER NOT NULL, cid BLOB NOT NULL, pack INTEGER NOT NULL,"
    " at INTEGER NOT NULL, size INTEGER NOT NULL)",
    "CREATE INDEX blobs_by_tag ON blobs (tag)",
    "CREATE TABLE packs (id INTEGER PRIMARY KEY, size INTEGER NOT NULL)",
    "CREATE TABLE retired (id INTEGER PRIMARY KEY)",
)
_ASKED_AT_ONCE: Final = 500
_KNOWN: Final = f"SELECT cid FROM blobs WHERE tag IN ({', '.join('?' * _ASKED_AT_ONCE)})"  # noqa: S608 - marks only
_TAG: Final = struct.Struct(">4xq24x").unpack
_PAGE: Final = 1000
_CHECKPOINT_PAGES: Final = 10_000
"""Pages of the write-ahead log (40 MB) until it is written back: batches of random keys dirty the same pages again and
again, so the longer one waits the fewer are written."""


class Place(NamedTuple):
    """Where a content starts, in which pack, and its size in bytes."""

    pack: int
    at: int
    size: int


class PackIndex:
    """One connection of one process. Raises sqlite3.Error; the store translates."""

    def __init__(self, path: Path, patience: float) -> None:
        """Opens ``path``, made when it is missing. Raises Misconfigured ``blobs.newer-version``."""
        self._lock = Lock()
        make_private_file(path)
        self._database = sqlite3.connect(path, timeout=patience, isolation_level=None, check_same_thread=False)
        run = self._database.execute
        try:
            run("PRAGMA journal_mode = WAL")
            run("PRAGMA synchronous = FULL")
            run(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            version = run("PRAGMA user_version").fetchone()[0]
            if version > INDEX_VERSION:
                raise Misconfigured(
                    "blobs.newer-version",
                    f"The content store in {path.parent} was written by a newer version.",
                    "Use the newer version.",
                )
            if version == 0:
                with self.transaction():
                    for statement in _SCHEMA:
                        run(statement)
                    run(f"PRAGMA user_version = {INDEX_VERSION}")
        except BaseException:
            self._database.close()
            raise

    def close(self) -> None:
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, durable when it ends."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise

    def find(self, cid: bytes) -> Place | None:
        with self._lock:
            rows = self._database.execute(
                "SELECT cid, pack, at, size FROM blobs WHERE tag = ?", (_tag(cid),)
            ).fetchall()
        return next((Place(*place) for found, *place in rows if found == cid), None)

    def known(self, cids: Iterable[bytes]) -> set[bytes]:
        """Those of ``cids`` that are entered, and rarely others that begin like them."""
        tags = [tag for cid in cids for tag in _TAG(cid)]
        tags += tags[-1:] * (-len(tags) % _ASKED_AT_ONCE)
        found = set()
        for start in range(0, len(tags), _ASKED_AT_ONCE):
            found |= {cid for (cid,) in self._database.execute(_KNOWN, tags[start : start + _ASKED_AT_ONCE])}
        return found

    def enter(self, pack: int, places: Iterable[tuple[bytes, int, int]]) -> None:
        """Enter (cid, at, size) of contents that are not entered yet."""
        self._database.executemany(
            "INSERT INTO blobs (tag, cid, pack, at, size) VALUES (?, ?, ?, ?, ?)",
            [(*_TAG(cid), cid, pack, at, size) for cid, at, size in places],
        )

    def move(self, cid: bytes, pack: int, at: int) -> None:
        """The content is elsewhere now."""
        self._database.execute(
            "UPDATE blobs SET pack = ?, at = ? WHERE tag = ? AND cid = ?", (pack, at, _tag(cid), cid)
        )

    def forget(self, cid: bytes) -> bool:
        """Whether it was entered."""
        return self._database.execute("DELETE FROM blobs WHERE tag = ? AND cid = ?", (_tag(cid), cid)).rowcount > 0

    def cids(self) -> Iterator[bytes]:
        """All that are entered, oldest first, page by page."""
        last = 0
        while True:
            with self._lock:
                page = self._database.execute(
                    "SELECT id, cid FROM blobs WHERE id > ? ORDER BY id LIMIT ?", (last, _PAGE)
                ).fetchall()
            if not page:
                return
            last = page[-1][0]
            yield from (cid for _, cid in page)

    def packs(self) -> dict[int, int]:
        """Committed size by pack."""
        with self._lock:
            return dict(self._database.execute("SELECT id, size FROM packs ORDER BY id").fetchall())

    def newest_pack(self) -> tuple[int, int] | None:
        """(id, committed size)."""
        row: tuple[int, int] | None = self._database.execute(
            "SELECT id, size FROM packs ORDER BY id DESC LIMIT 1"
        ).fetchone()
        return row

    def highest_pack(self) -> int:
        """The highest number that a pack ever had; 0 when there was none."""
        query = "SELECT max(id) FROM (SELECT id FROM packs UNION ALL SELECT id FROM retired)"
        return int(self._database.execute(query).fetchone()[0] or 0)

    def save_pack(self, pack: int, size: int) -> None:
        """``size`` bytes of ``pack`` are committed."""
        self._database.execute("INSERT OR REPLACE INTO packs VALUES (?, ?)", (pack, size))

    def sizes_by_pack(self) -> Iterator[tuple[int, int]]:
        """(pack, size) of every content."""
        with self._lock:
            yield from self._database.execute("SELECT pack, size FROM blobs")

    def in_pack(self, pack: int) -> Sequence[tuple[bytes, int, int]]:
        """(cid, at, size) of the contents of ``pack``, in their order."""
        return self._database.execute("SELECT cid, at, size FROM blobs WHERE pack = ? ORDER BY at", (pack,)).fetchall()

    def retire(self, pack: int) -> None:
        """``pack`` holds nothing any more; its file may go once this is committed."""
        self._database.execute("DELETE FROM packs WHERE id = ?", (pack,))
        self._database.execute("INSERT INTO retired VALUES (?)", (pack,))

    def retired(self) -> list[int]:
        return [pack for (pack,) in self._database.execute("SELECT id FROM retired").fetchall()]


def _tag(cid: bytes) -> int:
    (tag,) = _TAG(cid)
    return int(tag)
