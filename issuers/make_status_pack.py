"""The current status lists of agencies in one file, for verifiers to fetch apart from any showing."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from ledger import status_pack
from ledger.digest import Digest
from ledger.event_proofs import from_json
from ledger.records_port import StatusRecords
from ledger.status_pack import PackedList
from ledger.status_reasons import Purpose
from ledger.status_statement import SignedBy


def make_status_pack(*, records: StatusRecords, agency_ids: Iterable[int], now: int) -> bytes:
    """The newest published version of every list of the agencies; lists never published are left out."""
    lists: list[PackedList] = []
    for agency_id in agency_ids:
        for pair in records.status_lists(agency_id):
            lists += _packed(records, pair.list_id, "revocation")
            lists += _packed(records, pair.list_id + 1, "suspension")
    return status_pack.write(now, lists)


def _packed(records: StatusRecords, list_id: int, purpose: Purpose) -> list[PackedList]:
    row = records.published(list_id)
    if row is None or row.evidence is None:
        return []
    bits = zlib.decompress(row.bits)
    proof, signed = from_json(row.evidence), SignedBy(Digest(row.key_hash), row.signature)
    return [status_pack.pack_list(list_id, purpose, row.version, bits, row.reasons, proof, signed)]
