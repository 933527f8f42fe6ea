"""Put the agency's changed status lists on the chain: version by version, each exactly once.

The contract takes version last + 1 and nothing else, from a sender of the list's agency; verifiers believe it if the
agency's issuing key signed it (``ledger.status_statement``). A publication is signed and kept before it is sent and
settled afterwards, so a crash in between repeats and never forks.

Somebody else may have used a version: a thief with a sender's account, or this office before its records were restored
from a backup. The number is lost then, and what the records say goes out under the next free one.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ledger import status_list, status_reasons
from ledger.chain_port import Chain, LogEntry
from ledger.digest import Digest
from ledger.errors import Conflict, Corrupt, OnceledgerError
from ledger.event_proofs import prove_event, to_json
from ledger.key_port import Signer
from ledger.multikey import key_hash
from ledger.records import PublicationRow, StatusChange, StatusListRow, revision
from ledger.records_port import StatusRecords
from ledger.registry_calls import latest_version, result
from ledger.registry_calls import publish as publish_call
from ledger.registry_events import Contracts, Published, decode_event
from ledger.sender_port import Sender
from ledger.status_statement import statement

_TRIES: Final = 5
"""Versions tried one after another while somebody else is faster each time."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """What publishing works with. ``signer`` is the issuing key in force of the agency, or of its successor."""

    records: StatusRecords
    chain: Chain
    sender: Sender
    signer: Signer
    contracts: Contracts
    now: Callable[[], int]


def publish_status(
    work: Publishing,
    *,
    agency_id: int,
    every_list: bool = False,
    on_published: Callable[[PublicationRow], object] | None = None,
) -> list[PublicationRow]:
    """Publish each list of the agency that changed or never was published (``every_list``: all, for a fresh date), that
    another key than ``signer`` signed last, or of which the chain has a version that the records have not.
    ``on_published`` hears of each one at once, so also of those published before or after one that fails.

    Raises Conflict ``chain.reverted`` when the agency may not publish now, ``publish.overtaken`` when somebody else
    publishes faster; Corrupt ``publish.chain-behind`` when the chain lacks versions: once every other list is
    published. Unavailable, when the chain does not answer, at once.
    """
    done: list[PublicationRow] = []
    failed: OnceledgerError | None = None
    changed = set(work.records.lists_to_publish(agency_id))
    for pair in work.records.status_lists(agency_id):
        for list_id in (pair.list_id, pair.list_id + 1):
            try:
                for row in _bring_up(work, pair, list_id, is_due=every_list or list_id in changed):
                    done.append(row)
                    if on_published is not None:
                        on_published(row)
            except (Conflict, Corrupt) as error:
                failed = failed or error
    if failed is not None:
        raise failed
    return done


def _bring_up(work: Publishing, pair: StatusListRow, list_id: int, *, is_due: bool) -> Iterator[PublicationRow]:
    """Settle what a crash left of the list, and publish it if it is due."""
    unfinished = work.records.publication(list_id)
    if unfinished is not None and unfinished.state != "published":
        settled = _settle(work, unfinished)
        if settled is not None:
            yield settled
    if is_due or is_outdated(work.records, work.chain, work.contracts, list_id, key_hash(work.signer.multikey())):
        yield _publish(work, pair, list_id)


def list_bits(size: int, changes: Sequence[StatusChange]) -> bytearray:
    """The bitstring that a list's changes make: a bit for each that has not ended."""
    bits = status_list.new_list(size)
    for change in changes:
        if change.until is None:
            status_list.put(bits, change.index, True)
    return bits


def is_outdated(records: StatusRecords, chain: Chain, contracts: Contracts, list_id: int, signer: Digest) -> bool:
    """Whether a list is published again though nothing in it changed; ``signer`` is the hash of the key in force.

    Raises Unavailable when the chain does not answer.
    """
    newest = records.publication(list_id)
    if newest is None or newest.state != "published":
        return True
    # A compromised key takes its signatures from that date on with it, so the next key signs everything again.
    return newest.key_hash != signer or newest.version != _latest_of(chain, contracts, bytes(20), list_id)


def _publish(work: Publishing, pair: StatusListRow, list_id: int) -> PublicationRow:
    for _ in range(_TRIES):
        newest, last = work.records.publication(list_id), _latest(work, list_id)
        if newest is not None and newest.state == "published" and newest.version > last:
            raise _chain_behind(list_id)
        published = _settle(work, _prepare(work, pair, list_id, last + 1))
        if published is not None:
            return published
    raise Conflict(
        "publish.overtaken",
        "Somebody else published this list's next version each time before this office could.",
        "Another account publishes for this agency: remove it (onceledger agency sender list) and publish again.",
        list=list_id,
    )


def _prepare(work: Publishing, pair: StatusListRow, list_id: int, version: int) -> PublicationRow:
    changes = work.records.status_changes(list_id)
    bits = list_bits(pair.size, changes)
    reasons = status_reasons.encode([_reason(change) for change in changes])
    root, chunks = status_list.root(bits), status_list.chunk_count(bits)
    digest = status_reasons.digest(reasons)
    event = Published(list_id >> 32, list_id, version, root, chunks, digest, work.chain.chain_id())
    row = PublicationRow(
        list_id=list_id,
        version=version,
        agency_id=pair.agency_id,
        state="prepared",
        root=root,
        chunks=chunks,
        bits=zlib.compress(bytes(bits), 9),
        reasons=reasons,
        created_at=work.now(),
        key_hash=key_hash(work.signer.multikey()),
        signature=work.signer.sign(statement(work.contracts.status, event)),
        revision=revision(changes),
    )
    work.records.save_publication(row)
    return row


def _settle(work: Publishing, row: PublicationRow) -> PublicationRow | None:
    """Send a prepared version and wait for its end; may be repeated. None: somebody else used its number."""
    digest = status_reasons.digest(row.reasons)
    data = publish_call(row.list_id, row.version, row.root, row.chunks, digest)
    purpose = f"publish:{row.list_id}:{row.version}:{row.root.hex()}:{digest.hex()}"
    try:
        outcome = work.sender.send(purpose, work.contracts.status, data)
    except Conflict as refused:
        if refused.code != "chain.reverted":
            raise
        last = _latest(work, row.list_id)
        if last < row.version - 1:
            raise _chain_behind(row.list_id) from None
        if last < row.version:
            raise
        return None
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


def _latest(work: Publishing, list_id: int) -> int:
    """The chain's last version of a list; 0 for none."""
    return _latest_of(work.chain, work.contracts, work.sender.address, list_id)


def _latest_of(chain: Chain, contracts: Contracts, asking: bytes, list_id: int) -> int:
    return int(result("uint64", chain.simulate(asking, contracts.status, latest_version(list_id)))[0])


def _find(work: Publishing, row: PublicationRow, block: int) -> tuple[LogEntry, Published]:
    for entry in work.chain.logs([work.contracts.status], block, block):
        event = decode_event(entry.address, entry.topics, entry.data, work.contracts)
        if isinstance(event, Published) and (event.list_id, event.version) == (row.list_id, row.version):
            return entry, event
    raise Corrupt("publish.event-missing", "The publication's transaction has no such event.", "Ask another node.")


def _chain_behind(list_id: int) -> Corrupt:
    return Corrupt(
        "publish.chain-behind",
        "The chain has fewer versions of this list than the records.",
        "Point the settings to an up-to-date node of the network that the records belong to.",
        list=list_id,
    )


def _reason(change: StatusChange) -> status_reasons.Entry:
    return status_reasons.Entry(change.index, change.reason, change.since, _end(change), _leaf(change.successor))


def _leaf(successor: bytes | None) -> Digest | None:
    return None if successor is None else Digest(successor)


def _end(change: StatusChange) -> int | None:
    """A hold never ends before it began, whatever the clocks of two days said."""
    return None if change.until is None else max(change.until, change.since)
