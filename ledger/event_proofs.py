"""Making event proofs: from a block's header and receipts to the part of a bundle that shows one event."""

from __future__ import annotations

from ledger import base64url, canonical_json, receipt_proof
from ledger.bundle import EventProof, event_proof_json, read_event_proof
from ledger.chain_port import BlockEvidence


def prove_event(block: BlockEvidence, receipt_index: int, log_index: int) -> EventProof:
    """Proof of log ``log_index`` (within its receipt) of transaction ``receipt_index`` of a block.

    Raises MalformedInput ``receipt-proof.index`` when the block has no such receipt.
    """
    nodes = receipt_proof.build_proof(block.receipts, receipt_index)
    return EventProof(
        header=base64url.encode(block.header),
        receipt_index=receipt_index,
        receipt=tuple(base64url.encode(node) for node in nodes),
        log_index=log_index,
    )


def to_json(proof: EventProof) -> bytes:
    """As it is kept in the records and stands in bundles: canonical JSON."""
    return canonical_json.canonicalize(event_proof_json(proof))


def from_json(data: bytes) -> EventProof:
    """What ``to_json`` wrote; raises MalformedInput ``bundle.member`` or ``json.*``."""
    return read_event_proof(canonical_json.parse(data))
