"""The port ``BlobStore``: content by its identifier, bytes that mean nothing to the store.

Errors common to all methods:

    NotFound       blobs.not-found        nothing is stored under this identifier
    Corrupt        blobs.altered          what is stored is not what the identifier names
    Unavailable    blobs.disk-full, blobs.busy, blobs.unavailable            try again later
    Misconfigured  blobs.not-writable                                        the operator must mend something

After an error, or a crash, of a method that writes, any of its contents may be kept, each of them whole; repeat the
call to be sure. What a call acknowledged by returning stays, whatever happens to a later call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.cid import Cid


@dataclass(frozen=True, slots=True)
class BlobAudit:
    """What an audit found: how many contents were looked at, their bytes, and which are not what they should be."""

    checked: int
    size: int
    missing: tuple[Cid, ...]
    altered: tuple[Cid, ...]

    @property
    def clean(self) -> bool:
        """Nothing is missing or altered."""
        return not self.missing and not self.altered


class BlobStore(Protocol):
    """Content-addressed storage. Identifiers are those of ``ledger.unixfs`` under its profile."""

    def put_many(self, blobs: Sequence[bytes]) -> list[Cid]:
        """Keep ``blobs``; returns their identifiers in order.

        Durable on return: a power cut takes nothing of it away. Safe to repeat: equal content is kept once. Cheap per
        blob only when called with many.
        """

    def put_stream(self, pieces: Iterable[bytes]) -> Cid:
        """Keep one content that comes in pieces of any size; memory stays flat. Durable and repeatable like
        ``put_many``. Errors of the iterable pass through, and nothing is kept then."""

    def get(self, cid: Cid) -> bytes:
        """The content, hashed again before it is returned. Raises NotFound, Corrupt."""

    def stream(self, cid: Cid) -> Iterator[bytes]:
        """The content in order, in pieces of at most 256 KiB, none yielded before it is checked. NotFound is raised at
        once, Corrupt possibly in the middle: what came before is right, and it is not the whole."""

    def has(self, cid: Cid) -> bool:
        """Whether content is kept under ``cid``; it is not read. ``audit`` tells whether it is whole."""

    def delete(self, cid: Cid) -> bool:
        """Forget the content, however often it was put; False when there is none. Durable on return, safe to repeat.

        Not erasure: disks and backups may still hold the bytes, and the space is reclaimed by ``compact``. Sealed
        content is erased by destroying its data key.
        """

    def compact(self) -> int:
        """Reclaim the space of deleted content; returns the bytes that were freed. Safe to repeat and to interrupt."""

    def cids(self) -> Iterator[Cid]:
        """All identifiers, in no order that counts. What is put or deleted meanwhile may be there or not."""

    def audit(self, cids: Iterable[Cid] | None = None) -> BlobAudit:
        """Read and hash the contents of ``cids`` (a sample), or of everything. Reports damage instead of raising it."""
