"""Put what is pending on the chain: batches are formed, sent and settled, each exactly once.

    pending ──form──> prepared ──send──> anchored        the root and its members are kept before anything is sent
                          ├────────────> refused         the chain says that the agency is not entitled (any more)
                          └────────────> refused         somebody else anchored this root, with another size, type or
                                                         key: its members are pending again, for a batch of a new root

(agency, root) is the idempotency key: the sender keeps one signed transaction per purpose, the contract refuses a
second anchor, and what the chain finally says is compared with the batch in every field. After a crash at any point
the same call goes on where it stopped.
"""

from __future__ import annotations

import hmac
from array import array
from collections.abc import Callable
from dataclasses import dataclass, replace
from struct import iter_unpack
from typing import Final

from ledger import merkle, tree_file
from ledger.blob_port import BlobStore
from ledger.chain_port import Chain, LogEntry
from ledger.errors import Conflict, Corrupt, OnceledgerError
from ledger.event_proofs import prove_event, to_json
from ledger.records import BatchRow
from ledger.records_port import BatchRecords
from ledger.registry_calls import anchor as anchor_call
from ledger.registry_calls import anchor_of, result
from ledger.registry_events import Anchored, Contracts, decode_event
from ledger.sender_port import Sender

MIN_LEAVES: Final = 64
"""A batch tells nobody whose neighbour a person is: the smallest one has this many leaves, padding included."""

MAX_LEAVES: Final = 1_000_000
"""Of one batch: 64 MB of tree, 20 hashes of path."""

_DRAWN_AT_ONCE: Final = 8_192

_ALREADY: Final = "AlreadyAnchored"

FOREIGN: Final = "AnchoredDifferently"
"""Refusal of a batch whose root is on the chain under another size, type or key: a sender's account is in other hands.
The other refusals are names of the contracts' errors."""

_TRIES: Final = 3
"""Batches formed in one call while somebody else is faster each time."""


@dataclass(frozen=True, slots=True)
class Anchoring:
    """What anchoring works with. ``random`` gives so many unpredictable bytes."""

    records: BatchRecords
    blobs: BlobStore
    chain: Chain
    sender: Sender
    contracts: Contracts
    now: Callable[[], int]
    random: Callable[[int], bytes]


def anchor(
    work: Anchoring,
    *,
    agency_id: int,
    type_id: int,
    key_id: int,
    key_hash: bytes,
    on_settled: Callable[[BatchRow], object] | None = None,
) -> list[BatchRow]:
    """Settle the unfinished batches of (agency, type, key), then form and settle new ones until nothing is pending.

    Returns every batch that came to its end, anchored or refused; ``on_settled`` hears of each one at once, so also of
    those before and after one that fails. Raises Unavailable when chain or store do not answer;
    what was prepared stays prepared and is taken up by the next call. A batch that cannot be settled does not keep the
    others: its error is raised when they are done. What somebody else anchored differently three times waits for the
    next call.
    """
    settled: list[BatchRow] = []
    failed: OnceledgerError | None = None

    def settle(batch: BatchRow) -> None:
        settled.append(_settle(work, batch, key_hash))
        if on_settled is not None:
            on_settled(settled[-1])

    unfinished = [*work.records.batches(agency_id, "prepared"), *work.records.batches(agency_id, "submitted")]
    for batch in unfinished:
        if (batch.type_id, batch.key_id) == (type_id, key_id):
            try:
                settle(batch)
            except (Conflict, Corrupt) as error:
                failed = failed or error
    tries = _TRIES
    while tries and (batch_id := _form(work, agency_id, type_id, key_id)) is not None:
        settle(work.records.batch(batch_id))
        tries -= settled[-1].refusal == FOREIGN
    if failed is not None:
        raise failed
    return settled


def padding_leaf(seed: bytes, number: int) -> bytes:
    """Leaf hash of padding ``number`` of a batch: to an outsider as random as any other, to an auditor with the seed
    recognisable (``docs/formats/merkle-tree.md``)."""
    return merkle.leaf_hash(hmac.digest(seed, number.to_bytes(8, "big"), "sha256"))


def _form(work: Anchoring, agency_id: int, type_id: int, key_id: int) -> int | None:
    """Choose members, order and padding; keep tree and batch. Nothing is sent yet."""
    members, leaves = array("q"), bytearray()
    for credential_pk, leaf in work.records.pending(agency_id, type_id, key_id, MAX_LEAVES):
        members.append(credential_pk)
        leaves += leaf
    if not members:
        return None
    seed = work.random(32)
    size = max(len(members), MIN_LEAVES)
    for number in range(size - len(members)):
        leaves += padding_leaf(seed, number)
    order = _random_order(size, work.random)
    shuffled = bytearray(len(leaves))
    for origin, place in enumerate(order):
        shuffled[32 * place : 32 * place + 32] = leaves[32 * origin : 32 * origin + 32]
    del leaves
    tree = merkle.Tree.from_leaves(shuffled)
    del shuffled
    batch = BatchRow(
        batch_id=0,
        agency_id=agency_id,
        type_id=type_id,
        key_id=key_id,
        state="prepared",
        root=tree.root,
        size=size,
        credentials=len(members),
        padding_seed=seed,
        tree=work.blobs.put_stream(tree_file.pieces(tree)).to_bytes(),
        created_at=work.now(),
    )
    return work.records.prepare_batch(batch, zip(members, order, strict=False))


def _random_order(size: int, random: Callable[[int], bytes]) -> array[int]:
    """0 … size − 1 in an order nobody can foresee (Fisher and Yates). A 64-bit number modulo at most a million favours
    no place by more than 2^-44."""
    order = array("q", range(size))
    for end in range(size, 1, -_DRAWN_AT_ONCE):
        places = range(end - 1, max(end - _DRAWN_AT_ONCE, 1) - 1, -1)
        for place, (number,) in zip(places, iter_unpack("Q", random(8 * len(places))), strict=True):
            other = number % (place + 1)
            order[place], order[other] = order[other], order[place]
    return order


def _settle(work: Anchoring, batch: BatchRow, key_hash: bytes) -> BatchRow:
    """Send a prepared batch and wait for its end; everything here may be repeated."""
    data = anchor_call(batch.root, batch.size, batch.type_id, batch.key_id)
    try:
        outcome = work.sender.send(_purpose(batch), work.contracts.anchor, data)
    except Conflict as refused:
        if refused.code != "chain.reverted":
            raise
        if refused.detail.get("name") != _ALREADY and not _is_anchored(work, batch):
            reason = str(refused.detail.get("name") or "reverted")
            work.records.batch_refused(batch.batch_id, reason)
            return work.records.batch(batch.batch_id)
        found = _find(work, batch, 0, work.chain.head().number)
        if not _says(found[1], batch, key_hash):
            # Its members go out under a root that nobody can foresee: a new order, new padding.
            work.records.batch_refused(batch.batch_id, FOREIGN, pending_again=True)
            return work.records.batch(batch.batch_id)
    else:
        work.records.batch_submitted(batch.batch_id, outcome.tx_hash)
        batch = replace(batch, tx_hash=outcome.tx_hash, gas_used=outcome.gas_used)
        found = _find(work, batch, outcome.block.number, outcome.block.number)
    entry, event = found
    if not _says(event, batch, key_hash) or event.chain_id != work.chain.chain_id():
        raise Corrupt(
            "anchor.other-event",
            "The chain's event for this root differs from the batch.",
            "Stop issuing and compare node, records and keys: one of them is not what it was.",
            batch=batch.batch_id,
        )
    proof = prove_event(work.chain.block_evidence(entry.block_number), entry.tx_index, entry.log_index_in_receipt)
    anchored = replace(
        batch,
        state="anchored",
        tx_hash=entry.tx_hash,
        block_number=entry.block_number,
        block_time=entry.block_time,
        log_position=entry.log_index_in_block,
        evidence=to_json(proof),
    )
    work.records.batch_anchored(anchored)
    return work.records.batch(batch.batch_id)


def _says(event: Anchored, batch: BatchRow, key_hash: bytes) -> bool:
    """Whether the event anchors what the batch is, whoever sent it."""
    said = (event.agency_id, event.type_id, bytes(event.root), event.size, bytes(event.key_hash))
    return said == (batch.agency_id, batch.type_id, batch.root, batch.size, key_hash)


def _find(work: Anchoring, batch: BatchRow, first: int, last: int) -> tuple[LogEntry, Anchored]:
    for entry in work.chain.logs([work.contracts.anchor], first, last):
        event = decode_event(entry.address, entry.topics, entry.data, work.contracts)
        if isinstance(event, Anchored) and (event.agency_id, event.root) == (batch.agency_id, batch.root):
            return entry, event
    raise Corrupt(
        "anchor.event-missing", "The root counts as anchored, and its event cannot be found.", "Ask another node."
    )


def _is_anchored(work: Anchoring, batch: BatchRow) -> bool:
    answer = work.chain.simulate(work.sender.address, work.contracts.anchor, anchor_of(batch.agency_id, batch.root))
    return bool(result("bool,uint64", answer)[0])


def _purpose(batch: BatchRow) -> str:
    return f"anchor:{batch.agency_id}:{batch.root.hex()}"
