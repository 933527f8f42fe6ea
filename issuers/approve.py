"""The reviewer's step: what a clerk brought is approved by somebody else."""

from __future__ import annotations

from issuers.officers import is_same_officer, officer_name
from ledger.errors import NotPermitted
from ledger.records_port import DraftRecords


def approve(*, records: DraftRecords, agency_id: int, import_id: int, reviewer: str) -> int:
    """Approve all drafts of an import; returns how many changed (0 when it was done before).

    Raises NotFound ``import.unknown``, NotPermitted ``approve.same-person``: four eyes, not two; MalformedInput
    ``officer.name``.
    """
    name = officer_name(reviewer)
    if is_same_officer(records.import_row(agency_id, import_id).clerk, name):
        raise NotPermitted(
            "approve.same-person",
            "The reviewer is the clerk who brought the import.",
            "Have another officer approve it.",
        )
    return records.approve(agency_id, import_id, name)
