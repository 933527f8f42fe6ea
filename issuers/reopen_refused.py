"""Take back what the chain refused and never will take as it is, because its key ended: to be issued anew.

    anchor refused ──reopen──> approved ──issue──> pending anchor      same number, version, claims and dates;
                                                                       new id, status entry, key, proof and leaf

The first step is one transaction per chunk, the second is ordinary issuing. After a crash in between, what was taken
back is approved and the rest is refused, so the same call ends with each issued anew once.
"""

from __future__ import annotations

from typing import Final

from issuers.make_bundle import Unseal
from ledger import canonical_json
from ledger.blob_port import BlobStore
from ledger.cid import Cid
from ledger.records import CredentialRow
from ledger.records_port import BatchRecords

CHUNK: Final = 1_000
"""Credentials per transaction: their claims are in memory at once."""


def reopen_refused(
    *, records: BatchRecords, blobs: BlobStore, unseal: Unseal, agency_id: int, type_id: int, key_id: int
) -> int:
    """Take all refused credentials of (agency, type, key) back to approved; returns how many.

    Their claims come out of the sealed content, which is forgotten afterwards. A crash between the two leaves content
    that nobody can open: the key to it was erased with the transaction. Raises NotFound, Corrupt from the store.
    """
    count = 0
    while rows := records.refused(agency_id, type_id, key_id, CHUNK):
        records.reopen_refused(agency_id, [(row.credential_pk, _claims(row, blobs, unseal)) for row in rows])
        for row in rows:
            blobs.delete(_cid(row))
        count += len(rows)
    return count


def _claims(row: CredentialRow, blobs: BlobStore, unseal: Unseal) -> bytes:
    secured = canonical_json.parse(unseal(row, blobs.get(_cid(row))))
    return canonical_json.canonicalize(secured["credentialSubject"])


def _cid(row: CredentialRow) -> Cid:
    return Cid.from_bytes(row.cid or b"")
