"""Issue what was approved: secure, seal, store, and note as pending anchor. Works without a chain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from ledger.blob_port import BlobStore
from ledger.credential import Frame, uuids
from ledger.credential_type import CredentialType
from ledger.errors import NotFound
from ledger.issuance import Claims
from ledger.pressing import Chunk, Press
from ledger.records import AgencyRow, ApprovedDraft, Issued, KeyRow, StatusListRow, TypeRow
from ledger.records_port import CredentialRecords, DraftRecords, StatusRecords
from ledger.status_list import permutation

CHUNK: Final = 2_500
"""Credentials per transaction and per pack-file sync: long enough to spread the cost of both, 5 MB of memory."""


class IssueRecords(DraftRecords, CredentialRecords, StatusRecords, Protocol):
    """The part of the records that issuing touches."""


def issue(
    *,
    records: IssueRecords,
    blobs: BlobStore,
    press: Press,
    agency: AgencyRow,
    kind: CredentialType,
    type_row: TypeRow,
    key: KeyRow,
    now: Callable[[], int],
    random: Callable[[int], bytes],
    list_size: int,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Issue all approved drafts of (agency, type); returns how many.

    A credential counts as issued when its sealed content is on disk and its row says *pending anchor*, in that order:
    a crash leaves content nobody points to, never a row without content, and what was not noted is issued anew with
    another id.

    Raises NotFound ``issue.no-key`` when the agency has no key; MalformedInput ``issue.claims-break-schema``.
    """
    if key.valid_until <= now():
        raise NotFound(
            "issue.no-key", "The agency's issuing key has run out.", "Register a new one: onceledger key new."
        )
    issued = 0
    orders: dict[int, Sequence[int]] = {}
    while drafts := records.approved(agency.agency_id, type_row.type_id, CHUNK * 8):
        pair = _room(records, agency.agency_id, type_row.type_id, list_size, random)
        order = orders.get(pair.list_id) or orders.setdefault(pair.list_id, permutation(pair.seed, pair.size))
        parts: list[tuple[list[ApprovedDraft], Chunk]] = []
        at = 0
        while at < len(drafts):
            first, count = records.take_indexes(pair.list_id, min(CHUNK, len(drafts) - at))
            if not count:
                break
            chosen = drafts[at : at + count]
            indexes = order[first : first + count]
            parts.append((chosen, _chunk(chosen, indexes, agency, kind, type_row, key, pair, now(), random)))
            at += count
        for (chosen, chunk), pressed in zip(parts, press(chunk for _, chunk in parts), strict=True):
            cids = blobs.put_many([one.sealed for one in pressed])
            rows = [
                Issued(
                    credential_pk=draft.credential_pk,
                    uuid=claim.uuid,
                    leaf=one.leaf,
                    status_index=claim.status_index,
                    cid=cid.to_bytes(),
                    wrapped_key=one.wrapped_key,
                    subject_commitment=one.commitment,
                )
                for draft, claim, one, cid in zip(chosen, chunk.claims, pressed, cids, strict=True)
            ]
            records.record_issued(agency.agency_id, key.key_id, pair.list_id, now(), rows)
            issued += len(rows)
            progress(len(rows))
    return issued


def _chunk(
    drafts: list[ApprovedDraft],
    indexes: Iterable[int],
    agency: AgencyRow,
    kind: CredentialType,
    type_row: TypeRow,
    key: KeyRow,
    pair: StatusListRow,
    now: int,
    random: Callable[[int], bytes],
) -> Chunk:
    ids = uuids(random(16 * len(drafts)))
    return Chunk(
        definition=kind.definition,
        frame=Frame(
            issuer=agency.did,
            type_name=kind.name,
            context_url=type_row.context_url,
            status_base=f"https://{agency.host}/status/",
            revocation_list=pair.list_id,
            suspension_list=pair.list_id + 1,
        ),
        key_name=key.key_name,
        verification_method=f"{agency.did}#{key.multikey}",
        created=datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        wrapping_key=agency.wrapping_key,
        commitment_key=agency.wrapping_key,
        claims=tuple(
            Claims(draft.claims, draft.valid_from, draft.valid_until, uuid, int(index))
            for draft, index, uuid in zip(drafts, indexes, ids, strict=True)
        ),
    )


def _room(
    records: IssueRecords, agency_id: int, type_id: int, list_size: int, random: Callable[[int], bytes]
) -> StatusListRow:
    """The pair of lists with room, or a new one: ids count up by two within the agency's range."""
    pair = records.status_list_for(agency_id, type_id)
    if pair is None:
        taken = [row.list_id for row in records.status_lists(agency_id)]
        list_id = max(taken, default=(agency_id << 32) - 1) + 2
        pair = StatusListRow(list_id, agency_id, type_id, list_size, random(32), 0)
        records.add_status_list(pair)
    return pair
