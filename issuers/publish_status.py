"""Put the agency's changed status lists on the chain: version by version, each exactly once.

The contract takes version last + 1 and nothing else, from a sender of the list's agency; a publication is kept before
it is sent and settled afterwards, so a crash in between repeats and never forks.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ledger import status_list, status_reasons
from ledger.chain_port import Chain, LogEntry
from ledger.digest import Digest
from ledger.errors import Corrupt
from ledger.event_proofs import prove_event, to_json
from ledger.records import PublicationRow, StatusChange, StatusListRow, revision
from ledger.records_port import StatusRecords
from ledger.registry_calls import publish as publish_call
from ledger.registry_events import Contracts, Published, decode_event
from ledger.sender_port import Sender


@dataclass(frozen=True, slots=True)
class Publishing:
    """What publishing works with."""

    records: StatusRecords
    chain: Chain
    sender: Sender
    contracts: Contracts
    now: Callable[[], int]


def publish_status(work: Publishing, *, agency_id: int, every_list: bool = False) -> list[PublicationRow]:
    """Publish each list of the agency that changed or never was published (``every_list``: all, for a fresh date).

    Raises Conflict ``chain.reverted`` when the agency may not publish now, Unavailable when the chain does not answer.
    """
    done = []
    chosen = set(work.records.lists_to_publish(agency_id))
    for pair in work.records.status_lists(agency_id):
        for list_id in (pair.list_id, pair.list_id + 1):
            latest = work.records.publication(list_id)
            if latest is not None and latest.state != "published":
                done.append(_settle(work, latest))
                latest = work.records.publication(list_id)
                chosen.update(set(work.records.lists_to_publish(agency_id)) & {list_id})
            if every_list or list_id in chosen:
                version = 1 if latest is None else latest.version + 1
                done.append(_settle(work, _prepare(work, pair, list_id, version)))
    return done


def list_bits(size: int, changes: Sequence[StatusChange]) -> bytearray:
    """The bitstring that a list's changes make: a bit for each that has not ended."""
    bits = status_list.new_list(size)
    for change in changes:
        if change.until is None:
            status_list.put(bits, change.index, True)
    return bits


def _prepare(work: Publishing, pair: StatusListRow, list_id: int, version: int) -> PublicationRow:
    changes = work.records.status_changes(list_id)
    bits = list_bits(pair.size, changes)
    reasons = status_reasons.encode([_reason(change) for change in changes])
    row = PublicationRow(
        list_id=list_id,
        version=version,
        agency_id=pair.agency_id,
        state="prepared",
        root=status_list.root(bits),
        chunks=status_list.chunk_count(bits),
        bits=zlib.compress(bytes(bits), 9),
        reasons=reasons,
        created_at=work.now(),
        revision=revision(changes),
    )
    work.records.save_publication(row)
    return row


def _settle(work: Publishing, row: PublicationRow) -> PublicationRow:
    digest = status_reasons.digest(row.reasons)
    data = publish_call(row.list_id, row.version, row.root, row.chunks, digest)
    purpose = f"publish:{row.list_id}:{row.version}:{row.root.hex()}:{digest.hex()}"
    outcome = work.sender.send(purpose, work.contracts.status, data)
    entry, event = _find(work, row, outcome.block.number)
    if (event.version, event.root, event.chunks, event.reasons_digest) != (row.version, row.root, row.chunks, digest):
        raise Corrupt(
            "publish.other-event",
            "The chain's publication of this version differs from the records.",
            "Stop publishing and compare node and records: somebody else publishes for this agency.",
            list=row.list_id,
        )
    proof = prove_event(work.chain.block_evidence(entry.block_number), entry.tx_index, entry.log_index_in_receipt)
    published = replace(
        row, state="published", tx_hash=entry.tx_hash, block_time=entry.block_time, evidence=to_json(proof)
    )
    work.records.save_publication(published)
    return published


def _find(work: Publishing, row: PublicationRow, block: int) -> tuple[LogEntry, Published]:
    for entry in work.chain.logs([work.contracts.status], block, block):
        event = decode_event(entry.address, entry.topics, entry.data, work.contracts)
        if isinstance(event, Published) and (event.list_id, event.version) == (row.list_id, row.version):
            return entry, event
    raise Corrupt("publish.event-missing", "The publication's transaction has no such event.", "Ask another node.")


def _reason(change: StatusChange) -> status_reasons.Entry:
    return status_reasons.Entry(change.index, change.reason, change.since, _end(change), _leaf(change.successor))


def _leaf(successor: bytes | None) -> Digest | None:
    return None if successor is None else Digest(successor)


def _end(change: StatusChange) -> int | None:
    """A hold never ends before it began, whatever the clocks of two days said."""
    return None if change.until is None else max(change.until, change.since)
