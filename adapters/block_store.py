"""The blob store on disk: pack files and an index of what lies where (``docs/decisions/block-store.md``).

    folder/packs/00000001.pack   contents, appended one after another             (adapters.pack_file, pack_folder)
    folder/index.sqlite          where each content lies, how much of a pack is committed          (adapters.pack_index)
    folder/writer.lock           flock of whoever is writing, for as long as one call takes

A call appends its records, syncs the pack, commits the index, and only then returns. So what a crash leaves behind the
committed size of a pack was never acknowledged: on opening, whole records there are taken in and the rest is cut off.
In the same way an index that was lost is built again from the packs alone.

Any number of processes may have the store open: they take turns at writing and do not wait to read. Threads may share
an object; a forked child must open its own.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import IO, Final

from adapters.durable_folder import make_folder
from adapters.pack_file import HEADER_SIZE, PACK_MAGIC, leaves_fit, leaves_size, record_header, record_size
from adapters.pack_folder import PackFolder
from adapters.pack_index import PackIndex, Place
from adapters.pack_recovery import recover
from adapters.store_errors import store_errors
from adapters.writer_lock import WriterLock
from ledger.blob_port import BlobAudit
from ledger.cid import RAW, Cid
from ledger.digest import DIGEST_SIZE, Digest
from ledger.errors import Corrupt, NotFound
from ledger.unixfs import CHUNK_SIZE, chunks_of, cid_of, root_of

PACK_LIMIT: Final = 256 << 20
"""Bytes from which on a pack is not appended to any more: small enough to copy, large enough to be few."""

TOLERATED_WASTE: Final = 0.1
"""Share of a pack that may be deleted content before ``compact`` writes the pack anew."""

_SPOOL: Final = 1 << 20


class BlockStore:
    """See ``ledger.blob_port.BlobStore``."""

    def __init__(self, folder: Path, *, pack_limit: int = PACK_LIMIT, patience: float = 30.0) -> None:
        """Opens ``folder``, made when it is missing. ``patience`` in seconds: how long a writer waits for its turn.

        Raises Misconfigured ``blobs.not-writable`` or ``blobs.newer-version``, Corrupt ``blobs.index-damaged``,
        Unavailable ``blobs.disk-full``, ``blobs.busy`` or ``blobs.unavailable``.
        """
        self._folder = folder
        self._packs = PackFolder(folder / "packs", pack_limit)
        with store_errors(folder):
            make_folder(folder)
            make_folder(folder / "packs")
            self._turn = WriterLock(folder / "writer.lock", patience)
            try:
                with self._turn.held():
                    # A connection each, so that a reader does not wait for a writer's sync.
                    self._index = PackIndex(folder / "index.sqlite", patience)
                    recover(self._packs, self._index)
                    self._reader = PackIndex(folder / "index.sqlite", patience)
            except BaseException:
                self._turn.close()
                raise

    def close(self) -> None:
        """Give all files up. Calling it again does nothing."""
        self._reader.close()
        self._index.close()
        self._turn.close()

    def put_many(self, blobs: Sequence[bytes]) -> list[Cid]:
        """See the port. One sync of a pack and one of the index, whatever the number of blobs."""
        cids = [cid_of(blob) for blob in blobs]
        fresh = dict(zip((cid.to_bytes() for cid in cids), blobs, strict=True))
        with self._writing():
            for known in self._index.known(fresh):
                fresh.pop(known, None)
            if fresh:
                self._append_blobs(fresh)
        return cids

    def put_stream(self, pieces: Iterable[bytes]) -> Cid:
        """See the port. Content over 1 MiB waits in a nameless file until it is whole."""
        digests: list[bytes] = []
        spool = tempfile.SpooledTemporaryFile(_SPOOL, dir=str(self._folder))  # noqa: SIM115 - closing may fail on a full disk
        try:
            # The pieces are the caller's: their errors must not be taken for the disk's.
            for leaf in chunks_of(pieces):
                digests.append(sha256(leaf).digest())
                with store_errors(self._folder):
                    spool.write(leaf)
            return self._keep_spooled(spool, digests)
        finally:
            with suppress(OSError):
                spool.close()

    def get(self, cid: Cid) -> bytes:
        """See the port."""
        return b"".join(self.stream(cid))

    def stream(self, cid: Cid) -> Iterator[bytes]:
        """See the port."""
        with store_errors(self._folder):
            file, place = self._open(cid)
        return self._checked(file, place, cid)

    def has(self, cid: Cid) -> bool:
        """See the port."""
        with store_errors(self._folder):
            return self._reader.find(cid.to_bytes()) is not None

    def delete(self, cid: Cid) -> bool:
        """See the port."""
        with self._writing():
            return self._index.forget(cid.to_bytes())

    def compact(self) -> int:
        """See the port. Packs of which over a tenth is deleted content are written anew, one in each turn."""
        with store_errors(self._folder):
            sizes = self._reader.packs()
            live = dict.fromkeys(sizes, len(PACK_MAGIC))
            for pack, size in self._reader.sizes_by_pack():
                live[pack] = live.get(pack, 0) + record_size(size)
        wasteful = [pack for pack, size in sizes.items() if size - live[pack] > TOLERATED_WASTE * size]
        return sum(self._rewrite(pack) for pack in wasteful)

    def cids(self) -> Iterator[Cid]:
        """See the port."""
        with store_errors(self._folder):
            yield from map(Cid.from_bytes, self._reader.cids())

    def audit(self, cids: Iterable[Cid] | None = None) -> BlobAudit:
        """See the port."""
        checked = size = 0
        missing, altered = [], []
        for cid in self.cids() if cids is None else cids:
            checked += 1
            try:
                size += sum(map(len, self.stream(cid)))
            except NotFound:
                missing.append(cid)
            except Corrupt:
                altered.append(cid)
        return BlobAudit(checked, size, tuple(missing), tuple(altered))

    # Reading

    def _open(self, cid: Cid) -> tuple[int, Place]:
        """The opened pack, and where in it the content lies. Asked twice: ``compact`` may move it in between."""
        for _ in range(2):
            place = self._reader.find(cid.to_bytes())
            if place is None:
                raise NotFound("blobs.not-found", f"No content is stored under {cid}.", "Check the identifier.")
            try:
                return os.open(self._packs.path(place.pack), os.O_RDONLY | os.O_CLOEXEC), place
            except FileNotFoundError:
                continue
        raise _altered(cid)

    def _checked(self, file: int, place: Place, cid: Cid) -> Iterator[bytes]:
        _, at, size = place
        try:
            leaves: bytes = cid.digest
            if size > CHUNK_SIZE:
                leaves = self._read(file, at + size, leaves_size(size))
                if not leaves_fit(cid, size, leaves):
                    raise _altered(cid)
            for number, offset in enumerate(range(0, max(size, 1), CHUNK_SIZE)):
                leaf = self._read(file, at + offset, min(CHUNK_SIZE, size - offset))
                if sha256(leaf).digest() != leaves[DIGEST_SIZE * number : DIGEST_SIZE * (number + 1)]:
                    raise _altered(cid)
                yield leaf
        finally:
            os.close(file)

    def _read(self, file: int, at: int, size: int) -> bytes:
        with store_errors(self._folder):
            return os.pread(file, size, at)

    # Writing, in the writer's turn

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """The writer's turn and one transaction of the index. When it fails, nothing stays behind a committed size."""
        with store_errors(self._folder), self._turn.held():
            try:
                with self._index.transaction():
                    yield
            except BaseException:
                with suppress(OSError, sqlite3.Error):
                    self._packs.discard(self._index.newest_pack())
                raise

    def _append(self, parts: Iterable[bytes], *, beside: int = 0) -> tuple[int, int]:
        """(pack, where the parts start); not in pack ``beside``."""
        newest = self._index.newest_pack()
        current = newest if newest and newest[0] != beside else None
        appended = self._packs.append(current, parts, self._index.highest_pack())
        self._index.save_pack(appended.pack, appended.end)
        return appended.pack, appended.start

    def _keep_spooled(self, spool: IO[bytes], digests: list[bytes]) -> Cid:
        single = len(digests) == 1
        with self._writing():
            size = spool.tell()
            cid = Cid(RAW, Digest(digests[0])) if single else root_of(digests, size)
            key = cid.to_bytes()
            if not self._index.find(key):
                spool.seek(0)
                content = iter(lambda: spool.read(_SPOOL), b"")
                pack, start = self._append(chain((record_header(key, size),), content, () if single else digests))
                self._index.enter(pack, [(key, start + HEADER_SIZE, size)])
        return cid

    def _append_blobs(self, blobs: dict[bytes, bytes]) -> None:
        parts: list[bytes] = []
        places = []
        at = HEADER_SIZE
        for key, blob in blobs.items():
            size = len(blob)
            parts += (record_header(key, size), blob)
            if size > CHUNK_SIZE:
                parts += (sha256(leaf).digest() for leaf in chunks_of(blob))
            places.append((key, at, size))
            at += record_size(size)
        pack, start = self._append((b"".join(parts),))
        self._index.enter(pack, ((key, start + offset, size) for key, offset, size in places))

    def _rewrite(self, pack: int) -> int:
        """Move what lives in ``pack`` elsewhere and delete it; returns the bytes that became free."""
        with self._writing():
            size = self._index.packs().get(pack, 0)
            # A pack that lost its end cannot be copied whole: the audit names what is missing, nothing is thrown away.
            if not size or self._packs.size(pack) < size:
                return 0
            places = self._index.in_pack(pack)
            if places:
                spans = ((at - HEADER_SIZE, record_size(length)) for _, at, length in places)
                target, at = self._append(self._packs.read(pack, spans), beside=pack)
                for key, _, length in places:
                    self._index.move(key, target, at + HEADER_SIZE)
                    at += record_size(length)
            self._index.retire(pack)
        with store_errors(self._folder):
            self._packs.remove(pack)
        return size - sum(record_size(length) for _, _, length in places)


def _altered(cid: Cid) -> Corrupt:
    return Corrupt(
        "blobs.altered",
        f"What is stored under {cid} is not the content that has this identifier.",
        "Take the content from another copy and delete this one.",
    )
