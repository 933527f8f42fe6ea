"""Hand out evidence: the bundle of one credential, or of a whole batch, as far as its life has come."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ledger import base64url, canonical_json, status_list, status_reasons
from ledger import bundle as bundles
from ledger.blob_port import BlobStore
from ledger.bundle import EventProof, History, Inclusion, StatusProof
from ledger.cid import Cid
from ledger.errors import Conflict, NotFound
from ledger.event_proofs import from_json
from ledger.merkle import Tree
from ledger.records import BatchRow, CredentialRow, PublicationRow
from ledger.records_port import BatchRecords, CredentialRecords, StatusRecords
from ledger.remembered_anchors import ClosedLog
from ledger.tree_file import from_bytes

Unseal = Callable[[CredentialRow, bytes], bytes]
"""(row, sealed content) -> the secured credential's bytes; knows the agency's wrapping key."""


class BundleRecords(CredentialRecords, BatchRecords, StatusRecords, Protocol):
    """The part of the records that bundles are made from."""


@dataclass(slots=True)
class Bundling:
    """What bundles are made with.

    ``contexts`` has the context of every version of every type, under the digest with which its address ends: a
    credential names the one it was issued under, however the type went on. ``closed`` is the anchor log that the trust
    pack's last checkpoint closed, if there is one. Trees, lists and proofs that many credentials share are kept while
    it lives.
    """

    records: BundleRecords
    blobs: BlobStore
    unseal: Unseal
    contexts: Mapping[str, str]
    closed: ClosedLog | None = None
    _trees: dict[int, tuple[BatchRow, Tree, EventProof]] = field(default_factory=dict)
    _lists: dict[int, tuple[PublicationRow, bytes, Tree, EventProof] | None] = field(default_factory=dict)


def make_bundle(work: Bundling, row: CredentialRow) -> bytes:
    """The bundle of an issued credential: with inclusion and anchor once it is anchored, with its history path once a
    checkpoint covers it, with a status proof once its lists are published.

    Raises Conflict ``bundle.not-issued`` before issuing, NotFound ``bundle.context-unknown``; NotFound, Corrupt from
    the store.
    """
    if row.cid is None:
        raise Conflict("bundle.not-issued", "The credential is not issued yet.", "Approve and issue it first.")
    secured = work.unseal(row, work.blobs.get(Cid.from_bytes(row.cid)))
    url = canonical_json.parse(secured)["@context"][1]
    context = work.contexts.get(url.rpartition("/")[2])
    if context is None:
        raise NotFound(
            "bundle.context-unknown",
            "The context that the credential names is of no version of a type kept here.",
            "Enter the version of the type that it was issued under: onceledger type add.",
        )
    inclusion = anchor = history = None
    if row.batch_id is not None and row.leaf_index is not None:
        batch, tree, proof = _tree(work, row.batch_id)
        if batch.state == "anchored":
            inclusion = Inclusion(row.leaf_index, tree.size, tree.path(row.leaf_index))
            anchor = proof
            history = _history(work, batch)
    return bundles.write(
        secured,
        [(url, context)],
        inclusion,
        anchor,
        history,
        [proof for proof in _status(work, row) if proof is not None],
    )


def make_bundles(work: Bundling, batch_id: int) -> Iterator[tuple[CredentialRow, bytes]]:
    """The bundles of a batch, by leaf index."""
    for row in work.records.in_batch(batch_id):
        yield row, make_bundle(work, row)


def _tree(work: Bundling, batch_id: int) -> tuple[BatchRow, Tree, EventProof]:
    if batch_id not in work._trees:
        batch = work.records.batch(batch_id)
        tree = from_bytes(b"".join(work.blobs.stream(Cid.from_bytes(batch.tree))))
        proof = from_json(batch.evidence) if batch.evidence else EventProof("", 0, (), 0)
        work._trees.clear()  # one batch at a time is read from front to back
        work._trees[batch_id] = batch, tree, proof
    return work._trees[batch_id]


def _history(work: Bundling, batch: BatchRow) -> History | None:
    if work.closed is None or batch.block_number is None:
        return None
    return work.closed.history(batch.agency_id, batch.root, batch.block_number)


def _status(work: Bundling, row: CredentialRow) -> Iterator[StatusProof | None]:
    if row.revocation_list is None or row.status_index is None:
        return
    for list_id in (row.revocation_list, row.revocation_list + 1):
        published = _list(work, list_id)
        if published is not None:
            publication, bits, tree, proof = published
            number, chunk, path = status_list.chunk_proof(bits, row.status_index, over=tree)
            is_set = status_list.get(bits, row.status_index)
            yield StatusProof(
                list_id=list_id,
                version=publication.version,
                chunk=number,
                content=bundles.deflate_chunk(chunk),
                path=path,
                reasons=base64url.encode(status_reasons.compress(publication.reasons)) if is_set else None,
                key_hash=base64url.encode(publication.key_hash),
                signature=base64url.encode(publication.signature),
                publication=proof,
            )


def _list(work: Bundling, list_id: int) -> tuple[PublicationRow, bytes, Tree, EventProof] | None:
    if list_id not in work._lists:
        row = work.records.published(list_id)
        if row is None or row.evidence is None:
            work._lists[list_id] = None
        else:
            bits = zlib.decompress(row.bits)
            work._lists[list_id] = row, bits, status_list.tree(bits), from_json(row.evidence)
    return work._lists[list_id]
