"""The blob store in memory, for tests of what uses one. Unkind on purpose.

It can be slow, refuse, lose the answer to a call that it carried out, die in the middle of one, and let what it keeps
rot. ``faults`` says which, call by call; the calls after the last fault go well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from functools import partial

from ledger.blob_port import BlobAudit
from ledger.cid import Cid
from ledger.errors import Corrupt, NotFound, Unavailable
from ledger.unixfs import chunks_of, cid_of


class Fault(Enum):
    """What befalls one call that writes: DELAY makes it wait; REFUSE fails with nothing kept, LOSE_ANSWER with
    everything; CRASH_BEFORE, CRASH_HALFWAY and CRASH_AFTER kill the process with none, half or all of it kept."""

    NONE = "none"
    DELAY = "delay"
    REFUSE = "refuse"
    LOSE_ANSWER = "lose answer"
    CRASH_BEFORE = "crash before"
    CRASH_HALFWAY = "crash halfway"
    CRASH_AFTER = "crash after"


class ProcessDied(BaseException):
    """Stands for ``kill -9``: no ``except Exception`` of the tested code may go on after it."""


class MemoryStore:
    """See ``ledger.blob_port.BlobStore``."""

    def __init__(self, faults: Iterable[Fault] = (), *, delay: Callable[[], None] = lambda: None) -> None:
        """``faults`` befall the writing calls one after another; ``delay`` is what a DELAY does."""
        self._faults = iter(faults)
        self._delay = delay
        self._blobs: dict[Cid, bytes] = {}
        self._deleted: list[bytes] = []

    def put_many(self, blobs: Sequence[bytes]) -> list[Cid]:
        """See the port."""
        return self._put([bytes(blob) for blob in blobs])

    def put_stream(self, pieces: Iterable[bytes]) -> Cid:
        """See the port."""
        return self._put([b"".join(pieces)])[0]

    def get(self, cid: Cid) -> bytes:
        """See the port."""
        return b"".join(self.stream(cid))

    def stream(self, cid: Cid) -> Iterator[bytes]:
        """See the port."""
        if cid not in self._blobs:
            raise NotFound("blobs.not-found", f"No content is stored under {cid}.", "Check the identifier.")
        return self._checked(cid, self._blobs[cid])

    def has(self, cid: Cid) -> bool:
        """See the port."""
        return cid in self._blobs

    def delete(self, cid: Cid) -> bool:
        """See the port."""
        blob = self._blobs.get(cid)
        self._suffer([lambda: self._deleted.append(self._blobs.pop(cid))] if blob is not None else [])
        return blob is not None

    def compact(self) -> int:
        """See the port."""
        freed = sum(map(len, self._deleted))
        self._deleted.clear()
        return freed

    def cids(self) -> Iterator[Cid]:
        """See the port."""
        yield from list(self._blobs)

    def audit(self, cids: Iterable[Cid] | None = None) -> BlobAudit:
        """See the port."""
        asked = list(self._blobs if cids is None else cids)
        missing = tuple(cid for cid in asked if cid not in self._blobs)
        altered = tuple(cid for cid in asked if cid in self._blobs and cid_of(self._blobs[cid]) != cid)
        size = sum(len(self._blobs[cid]) for cid in asked if cid not in (*missing, *altered))
        return BlobAudit(len(asked), size, missing, altered)

    def close(self) -> None:
        """Nothing to give up."""

    def rot(self, cid: Cid, place: int) -> None:
        """Flip a bit of the byte at ``place``, as a disk might."""
        blob = bytearray(self._blobs[cid])
        blob[place] ^= 1
        self._blobs[cid] = bytes(blob)

    def _put(self, blobs: list[bytes]) -> list[Cid]:
        cids = [cid_of(blob) for blob in blobs]
        pairs = zip(cids, blobs, strict=True)
        self._suffer([partial(self._blobs.setdefault, cid, blob) for cid, blob in pairs])
        return cids

    def _suffer(self, steps: Sequence[Callable[[], object]]) -> None:
        """Carry out as many ``steps`` as the next fault lets through."""
        fault = next(self._faults, Fault.NONE)
        if fault is Fault.DELAY:
            self._delay()
        kept = {Fault.REFUSE: 0, Fault.CRASH_BEFORE: 0, Fault.CRASH_HALFWAY: len(steps) // 2}
        for step in steps[: kept.get(fault, len(steps))]:
            step()
        if fault in (Fault.REFUSE, Fault.LOSE_ANSWER):
            raise Unavailable("blobs.unavailable", "The content store did not answer.", "Try again.")
        if fault in (Fault.CRASH_BEFORE, Fault.CRASH_HALFWAY, Fault.CRASH_AFTER):
            raise ProcessDied

    @staticmethod
    def _checked(cid: Cid, blob: bytes) -> Iterator[bytes]:
        if cid_of(blob) != cid:
            raise Corrupt(
                "blobs.altered",
                f"What is stored under {cid} is not the content that has this identifier.",
                "Take the content from another copy and delete this one.",
            )
        yield from chunks_of(blob)
