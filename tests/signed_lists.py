"""Status statements for tests that publish lists past the product."""

from __future__ import annotations

from adapters.bootstrap import Installation
from ledger import status_list, status_reasons
from ledger.key_port import Signer
from ledger.multikey import key_hash
from ledger.registry_events import Published
from ledger.status_statement import SignedBy, statement


def sign(inst: Installation, key: Signer, list_id: int, version: int, bits: bytes, reasons: bytes) -> SignedBy:
    """What the agency would have signed of that version."""
    event = Published(
        list_id >> 32,
        list_id,
        version,
        status_list.root(bits),
        status_list.chunk_count(bits),
        status_reasons.digest(reasons),
        inst.chain.chain_id(),
    )
    return SignedBy(key_hash(key.multikey()), key.sign(statement(inst.contracts().status, event)))
