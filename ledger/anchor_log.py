"""The anchor log: all ``Anchored`` events in chain order, as one RFC 9162 log (``docs/formats/anchor-log.md``).

    entry       onceledger-anchor-v1\\n | chain | contract | block | time | … | root | size | key hash | index
    checkpoint  onceledger/1337/0x…\\n42\\n<base64 root>\\n                      (C2SP tlog-checkpoint, the body)

Seals say which blocks the validators of the day accepted; when those have retired, their keys may be sold. The log
keeps what the seals once said: a *history path* shows that an event's entry is in the log that a checkpoint closed, and
checkpoints are signed by the root authority. The leaf of entry e is SHA-256(0x00 ‖ e), its position is ``index``.
"""

from __future__ import annotations

import binascii
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ledger.digest import DIGEST_SIZE, Digest
from ledger.errors import Corrupt, MalformedInput
from ledger.merkle import leaf_hash, verify_inclusion
from ledger.merkle_log import MerkleLog

_MAGIC: Final = b"onceledger-anchor-v1\n"
_LAYOUT: Final = struct.Struct(f">{len(_MAGIC)}sQ20sQQIQQ32sQ32sQ")
ENTRY_SIZE: Final = _LAYOUT.size
"""Bytes of an entry; all entries are equally long."""

_MAX_U64: Final = (1 << 64) - 1
_MAX_U32: Final = (1 << 32) - 1
_CONTRACT_SIZE: Final = 20
_MAX_CHECKPOINT_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class AnchorEntry:
    """One ``Anchored`` event and where it stands on the chain.

    ``contract`` is the AnchorRegistry's 20 bytes; ``time`` is the block's, in Unix seconds; ``log_index`` counts logs
    within the block; ``index`` counts anchors over all agencies from 0 and is the entry's position in the log.
    """

    chain_id: int
    contract: bytes
    block: int
    time: int
    log_index: int
    agency_id: int
    type_id: int
    root: Digest
    size: int
    key_hash: Digest
    index: int

    def to_bytes(self) -> bytes:
        """The entry's bytes. Raises MalformedInput ``anchor-log.entry`` for a field that does not fit its place."""
        numbers = (self.chain_id, self.block, self.time, self.agency_id, self.type_id, self.size, self.index)
        if (
            not all(0 <= number <= _MAX_U64 for number in numbers)
            or not 0 <= self.log_index <= _MAX_U32
            or len(self.contract) != _CONTRACT_SIZE
            or len(self.root) != DIGEST_SIZE
            or len(self.key_hash) != DIGEST_SIZE
        ):
            raise _bad_entry()
        return _LAYOUT.pack(
            _MAGIC,
            self.chain_id,
            self.contract,
            self.block,
            self.time,
            self.log_index,
            self.agency_id,
            self.type_id,
            self.root,
            self.size,
            self.key_hash,
            self.index,
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> AnchorEntry:
        """The entry that ``to_bytes`` wrote. Raises MalformedInput ``anchor-log.entry``."""
        if len(data) != ENTRY_SIZE or not data.startswith(_MAGIC):
            raise _bad_entry()
        _, chain_id, contract, block, time, log_index, agency_id, type_id, root, size, key_hash, index = _LAYOUT.unpack(
            data
        )
        return cls(
            chain_id=chain_id,
            contract=contract,
            block=block,
            time=time,
            log_index=log_index,
            agency_id=agency_id,
            type_id=type_id,
            root=Digest(root),
            size=size,
            key_hash=Digest(key_hash),
            index=index,
        )


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log up to and including ``block``: ``size`` entries under ``root``; ``time`` is the block's, Unix seconds."""

    size: int
    root: Digest
    block: int
    time: int

    def body(self, origin: str) -> str:
        """C2SP tlog-checkpoint without signatures: the origin, the size and the root, a line each."""
        return f"{origin}\n{self.size}\n{binascii.b2a_base64(self.root, newline=False).decode()}\n"


def origin(chain_id: int, contract: bytes) -> str:
    """Name of the log of one AnchorRegistry (20 bytes) on one chain."""
    return f"onceledger/{chain_id}/0x{contract.hex()}"


def parse_body(body: str, expected_origin: str) -> tuple[int, Digest]:
    """Size and root of a checkpoint body of the log ``expected_origin``.

    Raises MalformedInput ``anchor-log.checkpoint`` unless it is byte for byte what ``Checkpoint.body`` writes.
    """
    lines = body[:_MAX_CHECKPOINT_BYTES].split("\n")
    if len(lines) == 4 and lines[0] == expected_origin and lines[1].isascii() and lines[1].isdigit():
        try:
            root = Digest(binascii.a2b_base64(lines[2], strict_mode=True))
            size = int(lines[1]) if len(lines[1]) <= len(str(_MAX_U64)) else _MAX_U64 + 1
        except ValueError:  # binascii.Error, and text that is not ASCII
            size, root = 0, Digest(b"")
        if size <= _MAX_U64 and len(root) == DIGEST_SIZE:
            checkpoint = Checkpoint(size, root, block=0, time=0)
            if checkpoint.body(expected_origin) == body:
                return size, root
    raise MalformedInput(
        "anchor-log.checkpoint", "The text is no checkpoint of this log.", "Use the checkpoint as it was published."
    )


class AnchorLog:
    """The whole log in memory: 64 bytes an entry. Built from the chain's events, or from stored entries."""

    __slots__ = ("_tree",)

    def __init__(self, entries: Iterable[AnchorEntry] = ()) -> None:
        """Raises Corrupt ``anchor-log.gap`` when the entries are not numbered 0, 1, 2, …"""
        self._tree = MerkleLog()
        for entry in entries:
            self.append(entry)

    @property
    def size(self) -> int:
        """Number of entries."""
        return self._tree.size

    def append(self, entry: AnchorEntry) -> None:
        """Add the next entry. Raises Corrupt ``anchor-log.gap`` when its index is not the log's size: an event was
        lost or came twice, and every root after it would be wrong."""
        if entry.index != self._tree.size:
            raise Corrupt(
                "anchor-log.gap",
                f"Anchor {entry.index} came where anchor {self._tree.size} was due.",
                "Read the events again from the chain, from the first block on.",
            )
        self._tree.append(leaf_hash(entry.to_bytes()))

    def root(self, size: int | None = None) -> Digest:
        """Root over the first ``size`` entries (all, when none is given). Raises MalformedInput ``merkle.size``."""
        return self._tree.root(size)

    def checkpoint(self, block: int, time: int, size: int | None = None) -> Checkpoint:
        """Checkpoint over the first ``size`` entries, which are those up to ``block`` of ``time`` (Unix seconds)."""
        return Checkpoint(self._tree.size if size is None else size, self.root(size), block, time)

    def history_path(self, index: int, size: int) -> bytes:
        """Path of entry ``index`` under the checkpoint of ``size`` entries. Raises MalformedInput ``merkle.size``,
        ``merkle.index``."""
        return self._tree.path(index, size)

    def consistency_path(self, old_size: int, size: int) -> bytes:
        """Path that shows that a later checkpoint keeps all entries of an earlier one. Raises MalformedInput
        ``merkle.size``."""
        return self._tree.consistency_path(old_size, size)


def verify_history(entry: AnchorEntry, path: bytes, size: int, root: bytes) -> None:
    """Return if ``path`` proves that ``entry`` is in the log of ``size`` entries under ``root``, at ``entry.index``.

    Size and root are those of a checkpoint that the caller trusts. Raises MalformedInput ``merkle.*`` and
    ``anchor-log.entry``.
    """
    verify_inclusion(leaf_hash(entry.to_bytes()), entry.index, size, path, root)


def _bad_entry() -> MalformedInput:
    return MalformedInput(
        "anchor-log.entry", "The bytes or fields are no anchor entry.", "Make the entry from the event on the chain."
    )
