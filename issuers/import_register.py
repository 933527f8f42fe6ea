"""Bring a register in: every good row becomes a draft, every bad one a line in the report, and nothing is half kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from issuers.check_rows import CheckedRows, Draft, RefusedRow, Summary, Threshold, check_rows, count_refused
from issuers.findings import finding
from issuers.mapping import ImportMapping, Row
from issuers.officers import officer_name
from ledger import canonical_json
from ledger.credential_type import CredentialType
from ledger.errors import Conflict, MalformedInput
from ledger.records import AgencyRow, ImportRow, NewDraft, TypeRow
from ledger.records_port import DraftRecords

CHUNK: Final = 2_000
"""Drafts handed to the records at a time."""

MAX_REPORTED: Final = 10_000
"""Refused rows that a report lists one by one; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Register:
    """A register as a door opened it: ``suffix`` of the file's name (".csv"), ``rows`` are (number, row or what is
    wrong). The rest of the name is not kept: people name files after people."""

    suffix: str
    digest: bytes
    header: Sequence[str] | None
    rows: Iterable[tuple[int, Row | MalformedInput]]


@dataclass(slots=True)
class ImportReport:
    """What came of it. ``import_id`` is None after a dry run, ``would_stop`` whether the threshold would have stopped
    what it tried."""

    import_id: int | None = None
    would_stop: bool = False
    summary: Summary = field(default_factory=Summary)
    refused: list[RefusedRow] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Row, column, field, rule and reason of each refused row; never a value."""
        return {
            "rows": self.summary.rows,
            "accepted": self.summary.accepted,
            "refused": self.summary.refused,
            "duplicates": self.summary.duplicates,
            "findings": [
                {
                    "row": row.row,
                    "column": found.column,
                    "field": found.field,
                    "rule": found.rule,
                    "zh": found.reason.zh,
                    "en": found.reason.en,
                }
                for row in self.refused
                for found in row.findings
            ],
        }


def import_register(
    *,
    records: DraftRecords,
    agency: AgencyRow,
    type_row: TypeRow,
    kind: CredentialType,
    mapping: ImportMapping,
    register: Register,
    clerk: str,
    now: int,
    threshold: Threshold | None = None,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _: None,
    report: ImportReport | None = None,
) -> ImportReport:
    """Check every row and keep the good ones as drafts, in one transaction.

    A dry run checks every row, whatever the threshold, and keeps none. ``report`` is filled meanwhile: who hands one in
    has it when the register is refused, too. Raises what ``check_rows`` raises (a header that does not fit, too many
    bad rows), MalformedInput ``officer.name``: nothing is kept then.
    """
    name = officer_name(clerk)
    report = ImportReport() if report is None else report
    limit = Threshold() if threshold is None else threshold
    checked = check_rows(
        register.rows,
        header=register.header,
        mapping=mapping,
        credential_type=kind,
        agency=agency.host,
        # The percentage is judged when the numbers that exist are known.
        threshold=Threshold(rows=None if dry_run else limit.rows, percent=None),
    )
    report.summary = checked.summary
    today = datetime.fromtimestamp(now, UTC).astimezone(kind.zone).isoformat()
    drafts = _drafts(checked, report, records, agency, type_row, today, progress)
    if dry_run:
        for _ in drafts:
            pass
        report.would_stop = _stops(limit, report.summary)
        return report
    row = ImportRow(
        import_id=0,
        agency_id=agency.agency_id,
        type_id=type_row.type_id,
        source=f"register{register.suffix}",
        file_digest=register.digest,
        clerk=name,
        created_at=now,
        accepted=0,
        refused=0,
        report=b"",
    )
    report.import_id = records.add_import(
        row,
        _judged(drafts, limit, report.summary),
        outcome=lambda: (report.summary.refused, canonical_json.canonicalize(report.to_json())),
    )
    return report


def _judged(drafts: Iterator[list[NewDraft]], limit: Threshold, summary: Summary) -> Iterator[list[NewDraft]]:
    """One verdict on the whole register, however it was cut into chunks; a bad row is one that stays out."""
    yield from drafts
    limit.judge(summary)


def _stops(limit: Threshold, summary: Summary) -> bool:
    try:
        limit.judge(summary)
    except Conflict:
        return True
    return False


def _drafts(
    checked: CheckedRows,
    report: ImportReport,
    records: DraftRecords,
    agency: AgencyRow,
    type_row: TypeRow,
    today: str,
    progress: Callable[[int], None],
) -> Iterator[list[NewDraft]]:
    waiting: list[Draft] = []
    for outcome in checked:
        if isinstance(outcome, RefusedRow):
            if len(report.refused) < MAX_REPORTED:
                report.refused.append(outcome)
            continue
        waiting.append(outcome)
        if len(waiting) == CHUNK:
            yield _new_drafts(waiting, report, records, agency, type_row, today)
            progress(len(waiting))
            waiting = []
    yield _new_drafts(waiting, report, records, agency, type_row, today)
    progress(len(waiting))


def _new_drafts(
    chunk: list[Draft], report: ImportReport, records: DraftRecords, agency: AgencyRow, type_row: TypeRow, today: str
) -> list[NewDraft]:
    """Drafts of a chunk; a number that an earlier import brought stays out and is reported like any bad row, unless
    it was rejected there or is void: then this is its next version."""
    numbers = [draft.business_number for draft in chunk]
    known = records.existing_numbers(agency.agency_id, type_row.type_id, numbers)
    made = []
    for draft in chunk:
        newest = known.get(draft.business_number, 0)
        if newest is None:
            report.summary.accepted -= 1
            report.summary.duplicates += 1
            refused = RefusedRow(draft.row, (finding("number-exists"),))
            count_refused(report.summary, refused)
            if len(report.refused) < MAX_REPORTED:
                report.refused.append(refused)
            continue
        made.append(
            NewDraft(
                row=draft.row,
                business_number=draft.business_number,
                claims=canonical_json.canonicalize(draft.subject),
                valid_from=draft.valid_from or today,
                valid_until=draft.valid_until,
                version=newest + 1,
            )
        )
    return made
