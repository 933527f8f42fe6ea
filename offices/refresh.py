"""A newer bundle for an older one: anchored since, a newer status, a history path.

Who holds the old bundle may have the new one: it is the same credential, and its status is public. So nothing is asked
but the bundle, and nothing is done before the signature in it turns out to be one of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from adapters.bootstrap import Installation
from ledger import bundle as bundles
from ledger import data_integrity, merkle
from ledger.bundle import Bundle
from ledger.errors import MalformedInput, NotFound
from ledger.multikey import decode
from ledger.records import BatchRow, CredentialRow, KeyRow
from offices.evidence import bundle_of

_SEARCHED: Final = 20
"""Newest batches of a key that are searched for a credential whose bundle names none: it was pending a while ago."""

_MOST_PENDING: Final = 1_000_000


def refresh_bundle(inst: Installation, data: bytes) -> bytes:
    """The bundle of the same credential as of now.

    Raises MalformedInput ``bundle.*``, ``credential.*``, ``json.*`` for what is no bundle and ``data-integrity.*`` for
    a wrong signature, NotFound ``refresh.not-ours`` or ``refresh.unknown``.
    """
    presented = bundles.read(data)
    key = _signing_key(inst, presented)
    data_integrity.verify_proof(presented.credential.document, decode(key.multikey), parsed=True)
    leaf = merkle.leaf_hash(presented.canonical)
    for row in _candidates(inst, presented, key, leaf):
        if row.leaf == leaf:
            return bundle_of(inst, row)
    raise NotFound(
        "refresh.unknown",
        "The credential is signed by a key of this office, and it is not among its batches.",
        "Ask the office by the business number.",
    )


def _signing_key(inst: Installation, presented: Bundle) -> KeyRow:
    controller, _, multikey = presented.credential.verification_method.partition("#")
    for agency in inst.records.agencies():
        if agency.did == presented.credential.issuer == controller:
            for key in inst.records.keys(agency.agency_id):
                if key.multikey == multikey:
                    return key
    raise NotFound("refresh.not-ours", "The bundle is not of an issuer served here.", "Ask the issuer that it names.")


def _candidates(inst: Installation, presented: Bundle, key: KeyRow, leaf: bytes) -> Iterator[CredentialRow]:
    records = inst.records
    for batch in _batches(inst, presented, key, leaf):
        yield from records.in_batch(batch.batch_id)
    if presented.inclusion is None:
        for kind in records.types():
            if kind.name == presented.credential.type_name:
                for pk, pending in records.pending(key.agency_id, kind.type_id, key.key_id, _MOST_PENDING):
                    if pending == leaf:
                        yield records.credential(key.agency_id, pk)


def _batches(inst: Installation, presented: Bundle, key: KeyRow, leaf: bytes) -> list[BatchRow]:
    """The batch that the bundle's path leads to, or the newest ones when it has no path yet."""
    ours = [batch for batch in inst.records.batches(key.agency_id) if batch.key_id == key.key_id]
    part = presented.inclusion
    if part is None:
        return ours[: -_SEARCHED - 1 : -1]
    try:
        root = merkle.root_from_path(leaf, part.index, part.size, part.path)
    except MalformedInput:
        return []
    return [batch for batch in ours if batch.root == root]
