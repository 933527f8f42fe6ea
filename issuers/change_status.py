"""Revoke, hold, resume and void, one or many, by business number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from issuers.officers import officer_name
from ledger.credential_states import FINAL, Action, State, after
from ledger.errors import Conflict, NotFound, OnceledgerError
from ledger.records import CredentialRow, StatusChange
from ledger.records_port import CredentialRecords, StatusRecords

_REASONS: Final = {
    Action.REVOKE: "revoked",
    Action.VOID: "void",
    Action.HOLD: "held",
    Action.RESUME: "held",
}

_END: Final = {
    State.DRAFT: Action.REJECT,
    State.APPROVED: Action.REJECT,
    State.PENDING_ANCHOR: Action.VOID,
    State.ANCHOR_REFUSED: Action.VOID,
}
"""What ends a correction with what it corrects; one that is anchored ends the same way."""

MAX_REPORTED: Final = 10_000
"""Refused rows that an error lists one by one; the rest is counted."""


class ChangeRecords(CredentialRecords, StatusRecords, Protocol):
    """The part of the records that a change of status touches."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One credential whose status changed: where its number stood, number, version, old and new state."""

    row: int
    business_number: str
    version: int
    before: State
    state: State


@dataclass(frozen=True, slots=True)
class RefusedChange:
    """A number that nothing was done to: where it stood, a code (``docs/problems.md``), the state if there is one."""

    row: int
    code: str
    state: State | None

    def to_json(self) -> dict[str, str | int | None]:
        """Never the number itself."""
        return {"row": self.row, "code": self.code, "state": None if self.state is None else self.state.value}


@dataclass(frozen=True, slots=True)
class ChangeReport:
    """What came of each number, in their order. ``ended`` are the corrections that ended with what they correct."""

    changed: tuple[Changed, ...]
    refused: tuple[RefusedChange, ...]
    ended: tuple[Changed, ...] = ()


def change_status(
    *,
    records: ChangeRecords,
    agency_id: int,
    type_id: int,
    business_numbers: Sequence[str],
    action: Action,
    actor: str,
    now: int,
    rows: Sequence[int] | None = None,
    skip_refused: bool = False,
) -> ChangeReport:
    """Do ``action`` to the version in force of each number, in one transaction: to all of them, or to none when one
    cannot be done; with ``skip_refused`` to all that can. A number that comes twice counts once.

    What is revoked or void takes its open correction with it, wherever that stands between draft and anchor: it would
    bring the certificate back. A hold leaves it alone, and goes over to it when it takes the other's place
    (``issuers.supersede``).

    ``rows`` says where each number stands in what the door was given (1, 2, …  when left out). What was never on the
    chain needs no list entry: a void before anchoring just never goes out. The change shows to verifiers with the next
    publication of the agency's lists.

    Raises, and nothing is changed: NotFound ``credential.unknown`` or Conflict ``credential.state`` (``position``: the
    row) when one number cannot be done, Conflict ``status.rows-refused`` when several cannot, all of them in
    ``refusals``; MalformedInput ``officer.name``.
    """
    actor = officer_name(actor)
    changes: list[tuple[int, State, StatusChange | None]] = []
    changed: list[Changed] = []
    ended: list[Changed] = []
    refused: list[RefusedChange] = []
    errors: list[OnceledgerError] = []
    found = records.by_numbers(agency_id, type_id, business_numbers)
    places = dict(zip(reversed(business_numbers), reversed(rows or range(1, len(business_numbers) + 1)), strict=True))
    for number in dict.fromkeys(business_numbers):
        place = places[number]
        versions = found.get(number, [])
        row = _in_force(versions, action)
        try:
            if row is None:
                raise _unknown(place)
            state = after(row.state, action)
        except OnceledgerError as error:
            refused.append(RefusedChange(place, error.code, None if row is None else row.state))
            errors.append(error)
            continue
        changes.append((row.credential_pk, state, _entry(row, action, actor, now)))
        changed.append(Changed(place, number, row.version, row.state, state))
        for other in versions if action in (Action.REVOKE, Action.VOID) else ():
            if other is not row and other.state not in FINAL:
                end = _END.get(other.state, action)
                state = after(other.state, end)
                changes.append((other.credential_pk, state, _entry(other, end, actor, now)))
                ended.append(Changed(place, number, other.version, other.state, state))
    if errors and not skip_refused:
        raise _refusal(errors, refused, len(places))
    if changes:
        records.change_status(agency_id, changes)
    return ChangeReport(tuple(changed), tuple(refused), tuple(ended))


def _in_force(versions: list[CredentialRow], action: Action) -> CredentialRow | None:
    """The version that ``action`` is about: a rejection is of what is not issued yet; all else of what is anchored,
    though a correction be on its way, or else of what is issued."""
    drafts = [row for row in versions if row.state in (State.DRAFT, State.APPROVED)]
    issued = [row for row in versions if row.state not in FINAL and row not in drafts]
    anchored = [row for row in issued if row.state in (State.ANCHORED, State.HELD)]
    wanted = (drafts or issued) if action is Action.REJECT else (anchored or issued or drafts)
    return next(reversed(wanted or versions), None)


def _unknown(place: int) -> NotFound:
    return NotFound(
        "credential.unknown",
        "No credential has this business number.",
        "Check number, agency and type.",
        position=place,
    )


def _refusal(errors: list[OnceledgerError], refused: list[RefusedChange], count: int) -> OnceledgerError:
    refusals = [one.to_json() for one in refused[:MAX_REPORTED]]
    if len(errors) == 1:
        errors[0].detail.update(position=refused[0].row, refusals=refusals)
        return errors[0]
    return Conflict(
        "status.rows-refused",
        f"Of {count} certificates {len(refused)} cannot be changed this way; nothing was changed.",
        "Take out the rows named, or have them skipped and the others changed.",
        refused=len(refused),
        count=count,
        refusals=refusals,
    )


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
