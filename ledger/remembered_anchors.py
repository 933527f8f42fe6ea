"""The anchor log as far as checkpoints closed it, kept between questions.

A bundle's history path needs the whole log, and the log only grows: it is read once and then extended. Of an anchor its
entry and its hashes are kept, 253 bytes, a quarter of a gigabyte for a million batches; who may anchor makes it longer,
and no question does.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from threading import Lock

from ledger.anchor_log import ENTRY_SIZE, AnchorEntry, AnchorLog
from ledger.bundle import History
from ledger.chain_port import Chain
from ledger.chain_reading import anchor_entries
from ledger.errors import Corrupt
from ledger.registry_events import Contracts
from ledger.trust_description import LogCheckpoint


@dataclass(slots=True)
class _Kept:
    """The log of one AnchorRegistry up to and including ``block``."""

    contract: bytes
    log: AnchorLog = field(default_factory=AnchorLog)
    entries: bytearray = field(default_factory=bytearray)
    block: int = -1

    def entry(self, index: int) -> AnchorEntry:
        """Entry ``index``."""
        return AnchorEntry.from_bytes(bytes(self.entries[index * ENTRY_SIZE : (index + 1) * ENTRY_SIZE]))

    def extend(self, chain: Chain, contracts: Contracts, block: int) -> None:
        """Read on up to ``block``; what was read before an error is kept as if it had not been asked for."""
        for entry in anchor_entries(chain, contracts, self.block + 1, block):
            # Of a block that was cut off by an error the first entries are here already.
            if entry.index >= self.log.size:
                self.log.append(entry)
                self.entries += entry.to_bytes()
        self.block = block


@dataclass(frozen=True, slots=True)
class ClosedLog:
    """The log that a checkpoint closed: its first ``size`` entries."""

    _kept: _Kept
    size: int

    def history(self, agency_id: int, root: bytes, block: int) -> History | None:
        """The entry and path of the batch ``root`` of an agency, anchored in ``block``; None when the log was closed
        before that."""
        at = bisect_left(range(self.size), block, key=lambda index: self._kept.entry(index).block)
        while at < self.size and (entry := self._kept.entry(at)).block == block:
            if (entry.agency_id, entry.root) == (agency_id, root):
                return History(entry.to_bytes(), self.size, self._kept.log.history_path(at, self.size))
            at += 1
        return None


class RememberedAnchors:
    """Safe to ask from several threads: one reads the chain, the others wait for it. What was given out stays right,
    because entries are only ever added."""

    __slots__ = ("_kept", "_lock")

    def __init__(self) -> None:
        self._kept: _Kept | None = None
        self._lock = Lock()

    def closed_by(self, chain: Chain, contracts: Contracts, checkpoint: LogCheckpoint) -> ClosedLog:
        """The log that ``checkpoint``, which the root authority signed, closed. The chain is asked for the blocks after
        the last ones that were read.

        Raises Corrupt ``anchor-log.other-log`` when the node's events do not add up to it, ``anchor-log.gap`` when it
        leaves one out; what ``Chain.logs`` raises.
        """
        with self._lock:
            kept = self._kept
            if kept is None or kept.contract != contracts.anchor:
                kept = self._kept = _Kept(contracts.anchor)
            if kept.block < checkpoint.block:
                kept.extend(chain, contracts, checkpoint.block)
            if kept.log.size < checkpoint.size or kept.log.root(checkpoint.size) != checkpoint.root:
                self._kept = None  # another chain's, perhaps, from before
                raise Corrupt(
                    "anchor-log.other-log",
                    "The anchors that the node tells of are not those that the trust pack's checkpoint closed.",
                    "See which network the node is of, and ask again; another node may tell the truth.",
                )
            return ClosedLog(kept, checkpoint.size)
