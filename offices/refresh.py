"""A newer bundle for an older one: anchored since, a newer status, a history path.

Who holds the old bundle may have the new one: it is the same credential, and its status is public. So nothing is asked
but the bundle, and nothing is done before the signature in it turns out to be one of ours.
"""

from __future__ import annotations

from datetime import datetime

from adapters.bootstrap import Installation
from ledger import bundle as bundles
from ledger import data_integrity, merkle
from ledger.bundle import Bundle
from ledger.errors import MalformedInput, NotFound
from ledger.multikey import decode
from ledger.records import CredentialRow, KeyRow
from offices.evidence import bundle_of


def refresh_bundle(inst: Installation, data: bytes) -> bytes:
    """The bundle of the same credential as of now.

    Raises MalformedInput ``bundle.*``, ``credential.*``, ``json.*`` for what is no bundle and ``data-integrity.*`` for
    a wrong signature, NotFound ``refresh.not-ours`` or ``refresh.unknown``.
    """
    presented = bundles.read(data)
    key = _signing_key(inst, presented)
    data_integrity.verify_proof(presented.credential.document, decode(key.multikey), parsed=True)
    leaf = merkle.leaf_hash(presented.canonical)
    row = _find(inst, presented, key, leaf)
    if row is not None and row.leaf == leaf:
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


def _find(inst: Installation, presented: Bundle, key: KeyRow, leaf: bytes) -> CredentialRow | None:
    """By its place in its batch where the bundle has one; by its status entry where it was handed out before."""
    records, part = inst.records, presented.inclusion
    if part is not None:
        try:
            root = merkle.root_from_path(leaf, part.index, part.size, part.path)
        except MalformedInput:
            return None
        batch = records.batch_of_root(key.agency_id, root)
        return None if batch is None else records.member(batch.batch_id, part.index)
    credential = presented.credential
    if not credential.status or credential.created is None:
        return None
    entry = credential.status[0]
    signed_at = int(datetime.fromisoformat(credential.created).timestamp())
    return records.by_status_entry(key.agency_id, entry.list_id, entry.index, signed_at)
