"""A certificate found again by its business number: every version, and which one each replaces or is replaced by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from adapters.bootstrap import Installation
from ledger.credential_states import State
from ledger.records import CredentialRow

_UNISSUED: Final = (State.DRAFT, State.APPROVED, State.REJECTED)


@dataclass(frozen=True, slots=True)
class FoundVersion:
    """A version. ``supersedes`` and ``superseded_by`` are versions of the same number: the second is known from the
    anchor of the successor on, because until then the older one holds."""

    row: CredentialRow
    supersedes: int | None
    superseded_by: int | None


def find_versions(
    inst: Installation, agency_id: int, type_id: int, numbers: Sequence[str]
) -> list[tuple[FoundVersion, ...]]:
    """For each number all its versions, oldest first; none where no certificate bears it."""
    known = inst.records.by_numbers(agency_id, type_id, numbers)
    return [_linked(known.get(number, ())) for number in numbers]


def newest_issued(
    inst: Installation, agency_id: int, type_id: int, numbers: Sequence[str]
) -> tuple[dict[str, CredentialRow], list[str]]:
    """The newest issued version of each number, in their order, and the numbers that no issued certificate bears."""
    known, unknown = {}, []
    found = inst.records.by_numbers(agency_id, type_id, numbers)
    for number in dict.fromkeys(numbers):
        issued = [row for row in found.get(number, ()) if row.cid is not None and row.state not in _UNISSUED]
        if issued:
            known[number] = issued[-1]
        else:
            unknown.append(number)
    return known, unknown


def _linked(rows: Sequence[CredentialRow]) -> tuple[FoundVersion, ...]:
    versions = {row.credential_pk: row.version for row in rows}
    return tuple(
        FoundVersion(row, versions.get(row.supersedes or 0), versions.get(row.superseded_by or 0)) for row in rows
    )
