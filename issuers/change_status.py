"""Revoke, hold, resume and void, one or many, by business number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from ledger.credential_states import FINAL, Action, State, after
from ledger.errors import NotFound
from ledger.records import CredentialRow, StatusChange
from ledger.records_port import CredentialRecords, StatusRecords

_REASONS: Final = {
    Action.REVOKE: "revoked",
    Action.VOID: "void",
    Action.HOLD: "held",
    Action.RESUME: "held",
}


class ChangeRecords(CredentialRecords, StatusRecords, Protocol):
    """The part of the records that a change of status touches."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One credential whose status changed: number, version, old and new state."""

    business_number: str
    version: int
    before: State
    state: State


def change_status(
    *,
    records: ChangeRecords,
    agency_id: int,
    type_id: int,
    business_numbers: Sequence[str],
    action: Action,
    actor: str,
    now: int,
) -> list[Changed]:
    """Do ``action`` to the version in force of each number: all of them, or none when one cannot be done.

    What was never on the chain needs no list entry: a void before anchoring just never goes out. The change shows to
    verifiers with the next publication of the agency's lists.

    Raises NotFound ``credential.unknown`` (with ``position``), Conflict ``credential.state``.
    """
    changes: list[tuple[int, State, StatusChange | None]] = []
    changed = []
    found = records.by_numbers(agency_id, type_id, business_numbers)
    for position, number in enumerate(business_numbers):
        row = _in_force(found.get(number, []), position)
        state = after(row.state, action)
        changes.append((row.credential_pk, state, _entry(row, action, actor, now)))
        changed.append(Changed(number, row.version, row.state, state))
    records.change_status(agency_id, changes)
    return changed


def _in_force(versions: list[CredentialRow], position: int) -> CredentialRow:
    living = [row for row in versions if row.state not in FINAL]
    if not versions:
        raise NotFound(
            "credential.unknown",
            f"No credential has the business number in line {position + 1}.",
            "Check number, agency and type.",
            position=position,
        )
    issued = [row for row in living if row.state not in (State.DRAFT, State.APPROVED)]
    return (issued or living or versions)[-1]


def _entry(row: CredentialRow, action: Action, actor: str, now: int) -> StatusChange | None:
    if row.revocation_list is None or row.status_index is None:
        return None
    is_hold = action in (Action.HOLD, Action.RESUME)
    return StatusChange(
        list_id=row.revocation_list + is_hold,
        index=row.status_index,
        reason=_REASONS[action],
        since=now,
        until=now if action is Action.RESUME else None,
        successor=None,
        credential_pk=row.credential_pk,
        actor=actor,
    )
