"""A correction is a new version of the same certificate, linked both ways."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from ledger import canonical_json
from ledger.credential_states import Action, State, after
from ledger.credential_type import CredentialType
from ledger.digest import sha256
from ledger.errors import Conflict, MalformedInput, NotFound
from ledger.records import CredentialRow, ImportRow, NewDraft
from ledger.records_port import CredentialRecords, DraftRecords


class SupersedeRecords(DraftRecords, CredentialRecords, Protocol):
    """The part of the records that a correction touches."""


def supersede(
    *,
    records: SupersedeRecords,
    agency_id: int,
    type_id: int,
    kind: CredentialType,
    business_number: str,
    subject: dict[str, Any],
    valid_from: date | None,
    clerk: str,
    now: int,
) -> int:
    """Draft the corrected version; returns the import id under which a reviewer approves it.

    The old version stays in force until the new one is anchored, and then names it as its successor.

    Raises NotFound ``credential.unknown``, Conflict ``credential.state`` or ``supersede.under-way``, MalformedInput
    ``supersede.claims-break-schema`` (with ``path`` and ``rule``).
    """
    versions = records.by_number(agency_id, type_id, business_number)
    if not versions:
        raise NotFound(
            "credential.unknown", "No credential has this business number.", "Check number, agency and type."
        )
    newest = newest_of(versions)
    if newest.state in (State.DRAFT, State.APPROVED, State.PENDING_ANCHOR):
        raise Conflict(
            "supersede.under-way", "A newer version is on its way already.", "Finish or reject that one first."
        )
    after(newest.state, Action.SUPERSEDE)
    if errors := kind.check(subject):
        raise MalformedInput(
            "supersede.claims-break-schema",
            f"The corrected claims break the rule {errors[0].rule} at {errors[0].path or 'the subject'}.",
            "Mend the field and try again.",
            path=errors[0].path,
            rule=errors[0].rule,
        )
    starts, ends = kind.validity_stamps(valid_from, subject)
    claims = canonical_json.canonicalize(subject)
    draft = NewDraft(
        row=1,
        business_number=business_number,
        claims=claims,
        valid_from=starts or newest.valid_from,
        valid_until=ends,
        supersedes=newest.credential_pk,
        version=versions[-1].version + 1,
    )
    header = ImportRow(0, agency_id, type_id, "correction", sha256(claims), clerk, now, 1, 0, b"{}")
    return records.add_import(header, iter([[draft]]))


def newest_of(versions: Sequence[CredentialRow]) -> CredentialRow:
    """The version to correct: one that was rejected never was, and the one before it still stands."""
    return next((row for row in reversed(versions) if row.state is not State.REJECTED), versions[-1])
