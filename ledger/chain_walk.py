"""Every block from one that is known to one that is sealed, hand over hand: what a node cannot leave out.

Seals say that a block is true, not that no other block has events. So whoever describes the chain walks all headers,
each of which holds the hash of the one before; the last is sealed. The logsBloom of a header says whether its block can
have events of a contract; the receipts of each such block have to be shown, and have to fit its receiptsRoot. A node
that hides an event then has to break Keccak-256 or buy a quorum of the validators.

    walked  onceledger-walk-v1\\n | block (8) | hash | genesis | { block (8) | hash } …   kept from one walk to the next
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ledger import qbft, receipt_proof
from ledger.block_header import parse_header
from ledger.chain_port import BlockRef, Chain
from ledger.digest import Digest
from ledger.errors import Corrupt, MalformedInput

_MAGIC: Final = b"onceledger-walk-v1\n"
_HEAD: Final = struct.Struct(f">{len(_MAGIC)}sQ32s32s")
_PLACE: Final = struct.Struct(">Q32s")


@dataclass(frozen=True, slots=True)
class EventLog:
    """One event and where it stands; ``log_index_in_block`` counts from 0, ``block_time`` is in Unix seconds."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_time: int
    log_index_in_block: int


@dataclass(frozen=True, slots=True)
class Walked:
    """All that was walked: from the genesis block to ``block`` of that ``hash``, and (number, hash) of each block whose
    bloom says that it may have events of the contracts."""

    block: int
    hash: Digest
    genesis: Digest
    places: tuple[tuple[int, Digest], ...]

    def to_bytes(self) -> bytes:
        """To be kept where nobody else writes: the next walk begins here."""
        head = _HEAD.pack(_MAGIC, self.block, self.hash, self.genesis)
        return head + b"".join(_PLACE.pack(number, block) for number, block in self.places)

    @classmethod
    def from_bytes(cls, data: bytes) -> Walked:
        """What ``to_bytes`` wrote. Raises MalformedInput ``chain-walk.malformed``."""
        if not data.startswith(_MAGIC) or len(data) < _HEAD.size or (len(data) - _HEAD.size) % _PLACE.size:
            raise MalformedInput(
                "chain-walk.malformed", "The note of the blocks walked is damaged.", "Restore the records."
            )
        _, block, head, genesis = _HEAD.unpack_from(data)
        places = tuple((number, Digest(one)) for number, one in _PLACE.iter_unpack(data[_HEAD.size :]))
        return cls(block, Digest(head), Digest(genesis), places)


def walk(
    chain: Chain,
    addresses: Sequence[bytes],
    head: BlockRef,
    *,
    known: Walked | None = None,
    also: Collection[int] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Walked:
    """Walk from where ``known`` ended (or from the genesis block) to ``head``, which the caller has found sealed.

    ``also`` are numbers of blocks to keep among the places in any case. ``progress`` is told blocks done and blocks in
    all. Raises Corrupt ``chain.broken-link`` when a block does not follow from the one before or ``head`` is not where
    the walk ends; whatever the port raises.
    """
    blooms = [receipt_proof.bloom_of(address) for address in addresses]
    places = [] if known is None else list(known.places)
    number, before = (-1, None) if known is None else (known.block, known.hash)
    genesis = None if known is None else known.genesis
    total = head.number - number
    while number < head.number:
        number += 1
        header = chain.unverified_header(number)
        if before is not None and header.parent_hash != before:
            raise _broken(number)
        before = qbft.block_hash(header)
        genesis = genesis or before
        found = int.from_bytes(header.logs_bloom, "big")
        if number in also or any(found & bloom == bloom for bloom in blooms):
            places.append((number, before))
        if progress is not None:
            progress(number - head.number + total, total)
    if number != head.number or before != head.hash or genesis is None:
        raise _broken(head.number)
    return Walked(head.number, head.hash, genesis, tuple(places))


def events(chain: Chain, walked: Walked, addresses: Collection[bytes], upto: int) -> Iterator[EventLog]:
    """All events of ``addresses`` in the blocks walked up to ``upto``, in chain order.

    Raises Corrupt ``chain.broken-link`` when the node now shows another block than the one walked, or what
    ``unverified_evidence`` raises.
    """
    for number, known in walked.places:
        if number > upto:
            return
        evidence = chain.unverified_evidence(number)
        header = parse_header(evidence.header)
        if qbft.block_hash(header) != known:
            raise _broken(number)
        at = 0
        for encoded in evidence.receipts:
            for log in receipt_proof.decode_receipt(encoded).logs:
                if log.address in addresses:
                    yield EventLog(log.address, log.topics, log.data, number, header.time, at)
                at += 1


def _broken(number: int) -> Corrupt:
    return Corrupt(
        "chain.broken-link",
        f"Block {number} does not follow from the blocks before it, as they are known here.",
        "Ask another node, and have this one looked after.",
        number=number,
    )
