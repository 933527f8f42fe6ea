"""A correction is a new version of the same certificate, linked both ways.

drafted, approved, issued    the old version stays in force
anchored                     it takes the old one's place, held if the old one was
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Protocol

from issuers.officers import officer_name
from ledger import canonical_json
from ledger.credential_states import Action, State, after
from ledger.credential_type import CredentialType
from ledger.digest import sha256
from ledger.errors import Conflict, MalformedInput, NotFound
from ledger.records import CredentialRow, ImportRow, NewDraft, StatusChange
from ledger.records_port import CredentialRecords, DraftRecords, StatusRecords


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

    The old version stays in force until the new one is anchored, and then names it as its successor. Without
    ``valid_from`` the new one holds from when the newest does, and as long as the type's rule says from then on.

    Raises NotFound ``credential.unknown``, Conflict ``credential.state`` or ``supersede.under-way``, MalformedInput
    ``supersede.claims-break-schema`` (with ``path`` and ``rule``), ``supersede.other-number`` or ``officer.name``.
    """
    name = officer_name(clerk)
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
    field = kind.business_number_field
    if field is not None and str(subject[field]) != business_number:
        # Records would find the certificate under a number that it does not bear.
        raise MalformedInput(
            "supersede.other-number",
            f"The correction changes {field}, the business number of this type, and a version keeps its number.",
            "Leave that field as it is; void the certificate and issue another if its number is wrong.",
            field=field,
        )
    first = valid_from
    if first is None and kind.validity.rule == "years":  # they count from the day from which the newest version holds
        first = datetime.fromisoformat(newest.valid_from).astimezone(kind.zone).date()
    starts, ends = kind.validity_stamps(first, subject)
    claims = canonical_json.canonicalize(subject)
    draft = NewDraft(
        row=1,
        business_number=business_number,
        claims=claims,
        valid_from=newest.valid_from if valid_from is None or starts is None else starts,
        valid_until=ends,
        supersedes=newest.credential_pk,
        version=versions[-1].version + 1,
    )
    header = ImportRow(0, agency_id, type_id, "correction", sha256(claims), name, now, 1, 0, b"{}")
    return records.add_import(header, iter([[draft]]))


class SucceedRecords(CredentialRecords, StatusRecords, Protocol):
    """The part of the records that an anchored correction touches."""


def supersede_anchored(records: SucceedRecords, agency_id: int, now: int) -> None:
    """What a now anchored credential replaces is superseded: not earlier, or its holder would stand there with none.

    A hold on the old version goes over to the new one in the same transaction; ending it takes a reviewer. Repeatable.
    """
    changes: list[tuple[int, State, StatusChange | None]] = []
    for new in records.superseding(agency_id):
        old = records.credential(agency_id, new.supersedes or 0)
        actor = new.reviewer or new.clerk
        if (old.state, new.state) == (State.HELD, State.ANCHORED):
            changes.append((new.credential_pk, State.HELD, _entry(new, "held", now, actor)))
        change = _entry(old, "superseded", now, actor, new.leaf)
        changes.append((old.credential_pk, after(old.state, Action.SUPERSEDE), change))
        records.link_superseded(agency_id, old.credential_pk, new.credential_pk)
    if changes:
        records.change_status(agency_id, changes)


def _entry(row: CredentialRow, reason: str, since: int, actor: str, successor: bytes | None = None) -> StatusChange:
    return StatusChange(
        list_id=(row.revocation_list or 0) + (reason == "held"),
        index=row.status_index or 0,
        reason=reason,
        since=since,
        until=None,
        successor=successor,
        credential_pk=row.credential_pk,
        actor=actor,
    )


def newest_of(versions: Sequence[CredentialRow]) -> CredentialRow:
    """The version to correct: one that was rejected or is void never was, and the one before it still stands."""
    lived = (row for row in reversed(versions) if row.state not in (State.REJECTED, State.VOID))
    return next(lived, versions[-1])
