"""Issue what was approved: secure, seal, store, and note as pending anchor. Works without a chain."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

from ledger.blob_port import BlobStore
from ledger.credential import Frame, uuids
from ledger.credential_type import CredentialType
from ledger.errors import MalformedInput, NotFound
from ledger.issuance import Claims
from ledger.pressing import Chunk, Press, Pressed
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

    Raises NotFound ``issue.no-key`` when the agency has no key; MalformedInput ``issue.claims-break-schema`` with the
    ``import_id`` and ``row`` of a draft that was approved under an older version of the type and breaks this one.
    """
    if key.valid_until <= now():
        raise NotFound(
            "issue.no-key", "The agency's issuing key has run out.", "Register a new one: onceledger key new."
        )
    under_way: deque[tuple[list[ApprovedDraft], Chunk, int]] = deque()

    def chunks() -> Iterator[Chunk]:
        """Drafts are read, and indexes reserved, as the workers ask for more."""
        orders: dict[int, Sequence[int]] = {}
        after = 0
        while drafts := records.approved(agency.agency_id, type_row.type_id, CHUNK, after):
            pair = _room(records, agency.agency_id, type_row.type_id, list_size, random)
            order = orders.get(pair.list_id) or orders.setdefault(pair.list_id, permutation(pair.seed, pair.size))
            first, count = records.take_indexes(pair.list_id, len(drafts))
            if not count:
                continue  # another process took the last ones since the list was looked at
            chosen, indexes = drafts[:count], order[first : first + count]
            chunk = _chunk(chosen, indexes, agency, kind, type_row, key, pair, now(), random)
            after = chosen[-1].credential_pk
            under_way.append((chosen, chunk, pair.list_id))
            yield chunk

    issued = 0
    try:
        for pressed in _naming_rows(press(chunks()), under_way, records, agency.agency_id):
            drafts, chunk, list_id = under_way.popleft()
            cids = blobs.put_many(pressed.sealed)
            columns = zip(
                [draft.credential_pk for draft in drafts],
                chunk.claims.uuids,
                pressed.leaves,
                chunk.claims.status_indexes,
                [cid.to_bytes() for cid in cids],
                pressed.wrapped_keys,
                pressed.commitments,
                strict=True,
            )
            rows = list(map(Issued._make, columns))
            records.record_issued(agency.agency_id, key.key_id, list_id, now(), rows)
            issued += len(rows)
            progress(len(rows))
    finally:
        records.erase_traces()
    return issued


def _naming_rows(
    pressed: Iterator[Pressed],
    under_way: deque[tuple[list[ApprovedDraft], Chunk, int]],
    records: CredentialRecords,
    agency_id: int,
) -> Iterator[Pressed]:
    """Say which row of which import breaks the schema: the press knows its place in the oldest chunk under way."""
    try:
        yield from pressed
    except MalformedInput as error:
        if error.code != "issue.chunk-breaks-schema":
            raise
        draft = under_way[0][0][error.detail["place"] - 1]
        row = records.credential(agency_id, draft.credential_pk)
        raise MalformedInput(
            "issue.claims-break-schema",
            f"Row {row.source_row} of import {row.import_id}, approved before its type had this version, breaks the "
            f"rule {error.detail['rule']}.",
            f"Reject what is left of it (onceledger reject --import {row.import_id}), correct the rows and import them "
            "anew: their numbers are free then.",
            row=row.source_row,
            rule=error.detail["rule"],
            import_id=row.import_id,
        ) from None


def _chunk(
    drafts: list[ApprovedDraft],
    indexes: Sequence[int],
    agency: AgencyRow,
    kind: CredentialType,
    type_row: TypeRow,
    key: KeyRow,
    pair: StatusListRow,
    now: int,
    random: Callable[[int], bytes],
) -> Chunk:
    _, subjects, valid_from, valid_until = zip(*drafts, strict=True)
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
        claims=Claims(subjects, valid_from, valid_until, uuids(random(16 * len(drafts))), indexes),
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
