"""A register, row by row: what may be issued, and what may not and why.

    checked = check_rows(rows, header=header, mapping=mapping, credential_type=kind, agency="tucson.example")
    for outcome in checked:              # Draft or RefusedRow, in the order of the file
        ...
    checked.summary                      # counts, at any moment

Nothing is read here and nothing kept: rows come from any reader, drafts go to whoever iterates, and memory holds one
row and a digest per row. Good rows go on past bad ones until there are too many of those. Whoever stores drafts stores
them in one transaction, because that verdict may come with the last row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

from issuers.check_mapping import check_fit, check_header
from issuers.findings import Finding, finding
from issuers.mapping import MAX_NUMBER_LENGTH, ImportMapping, Mapped, Row
from issuers.seen_rows import SeenRows
from ledger.canonical_json import canonicalize
from ledger.credential_type import CredentialType
from ledger.errors import Conflict, MalformedInput
from ledger.field_errors import FieldError
from ledger.validity_rule import parse_day

_SPREADSHEET_ERRORS: Final = frozenset(
    ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA")
)
_NAMED: Final = 3
"""Reasons that the refusal of a register names."""

_LONGEST: Final = 40
"""Characters of a column's name in it."""

Stamps = tuple[str | None, str | None]


class Draft(NamedTuple):
    """A row that may be issued. ``valid_from`` and ``valid_until`` are dateTimeStamps in the type's zone.

    ``row`` is the number that a spreadsheet program shows: the header is row 1 (in JSONL the first line is).
    """

    row: int
    business_number: str
    subject: dict[str, Any]
    valid_from: str | None
    valid_until: str | None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that stays out, and everything that is wrong with it; there is at least one finding."""

    row: int
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class Summary:
    """Counts so far. ``by_rule`` counts findings under (column, field, rule): a row can have several."""

    rows: int = 0
    accepted: int = 0
    refused: int = 0
    duplicates: int = 0
    by_rule: Counter[tuple[str | None, str | None, str]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Threshold:
    """How many refused rows are still a register with mistakes, and not the wrong file or mapping.

    ``rows`` stops as soon as it is exceeded, ``percent`` is judged at the end; None does not limit.
    """

    rows: int | None = None
    percent: int | None = 5

    def stop(self, summary: Summary) -> None:
        """Raise Conflict ``import.too-many-bad-rows`` when more rows are refused than ``rows``, whatever comes yet."""
        if self.rows is not None and summary.refused > self.rows:
            raise _too_many(summary)

    def judge(self, summary: Summary) -> None:
        """The same for the whole register, by ``percent`` too."""
        self.stop(summary)
        if self.percent is not None and summary.refused * 100 > summary.rows * self.percent:
            raise _too_many(summary)


class CheckedRows:
    """The outcomes of a register; iterate once. See ``check_rows``."""

    def __init__(self, outcomes: Callable[[Summary], Iterator[Draft | RefusedRow]]) -> None:
        self.summary = Summary()
        self._outcomes = outcomes(self.summary)

    def __iter__(self) -> Iterator[Draft | RefusedRow]:
        return self._outcomes


def check_rows(
    rows: Iterable[tuple[int, Row | MalformedInput]],
    *,
    header: Sequence[str] | None,
    mapping: ImportMapping,
    credential_type: CredentialType,
    agency: str,
    threshold: Threshold | None = None,
) -> CheckedRows:
    """Map and check ``rows``: (number, row) pairs, or (number, error) where the reader found no row.

    ``header`` is the file's, None for JSONL, whose rows name their columns themselves. ``agency`` stands for
    ``@agency`` in business numbers. The same input gives the same outcomes, always.

    Raises at once what ``check_header`` and ``check_fit`` raise; while iterating whatever ``rows`` raises, Conflict
    ``import.too-many-bad-rows`` past the threshold, and MalformedInput ``import.no-rows`` when there was none.
    """
    check_fit(mapping, credential_type)
    if header is not None:
        check_header(mapping, header)
    limit = Threshold() if threshold is None else threshold
    examiner = _Examiner(mapping, credential_type, agency, names_in_rows=header is None)

    def outcomes(summary: Summary) -> Iterator[Draft | RefusedRow]:
        for number, row in rows:
            outcome = examiner.examine(number, row)
            summary.rows += 1
            if isinstance(outcome, Draft):
                summary.accepted += 1
            else:
                count_refused(summary, outcome)
            yield outcome
            limit.stop(summary)  # after the row, so that whoever reports it has seen it
        if not summary.rows:
            raise MalformedInput("import.no-rows", "The file has no rows.", "Send a file with rows below its header.")
        limit.judge(summary)

    return CheckedRows(outcomes)


class _Examiner:
    def __init__(
        self, mapping: ImportMapping, credential_type: CredentialType, agency: str, *, names_in_rows: bool
    ) -> None:
        self._mapping = mapping
        self._whole = _named_cells if names_in_rows else _cells
        self._type = credential_type
        self._agency = agency
        self._number_field = credential_type.business_number_field
        self._seen = SeenRows()
        self._numbers = None if mapping.numbers_rows else SeenRows()
        # A register names the same few thousand days again and again; only until-field looks at the claims too.
        self._stamps_of_day = (
            None
            if credential_type.validity.rule == "until-field"
            else lru_cache(maxsize=1 << 14)(lambda first_day: self._validity(first_day, {}))
        )

    def examine(self, number: int, row: Row | MalformedInput) -> Draft | RefusedRow:
        if isinstance(row, MalformedInput):
            return RefusedRow(number, (finding(row.code, row.detail.get("column")),))
        try:
            whole = self._whole(row)
        except MalformedInput as error:
            return RefusedRow(number, (finding(error.code),))
        first = self._seen.first(whole, number)
        if first is not None:
            return RefusedRow(number, (finding("duplicate-row", first_row=first),))
        mapped = self._mapping.apply(number, row, self._agency)
        if not mapped.findings and (b"#" not in whole or not self._spreadsheet_errors(row)):
            try:
                if not (errors := self._type.check(mapped.subject)):
                    return self._draft(number, mapped)
            except _Broken as broken:
                return RefusedRow(number, (broken.finding,))
        else:
            errors = self._type.check(mapped.subject)
        return RefusedRow(number, self._findings(row, mapped, errors))

    def _draft(self, number: int, mapped: Mapped) -> Draft:
        subject = mapped.subject
        if self._mapping.valid_from is not None and mapped.first_day is None:
            raise _Broken(finding("valid-from", self._mapping.used[self._mapping.valid_from]))
        first_day, of_day = mapped.first_day, self._stamps_of_day
        valid_from, valid_until = of_day(first_day) if of_day else self._validity(first_day, subject)
        name = mapped.business_number if self._number_field is None else str(subject[self._number_field])
        if name is None or len(name) > MAX_NUMBER_LENGTH or not name.isprintable():
            raise _Broken(finding("business-number", field=self._number_field))
        if self._numbers is not None:
            first = self._numbers.first(name.encode(), number)
            if first is not None:
                raise _Broken(finding("duplicate-business-number", field=self._number_field, first_row=first))
        return Draft(number, name, subject, valid_from, valid_until)

    def _validity(self, first_day: str | None, subject: dict[str, Any]) -> Stamps:
        try:
            return self._type.validity_stamps(None if first_day is None else parse_day(first_day), subject)
        except MalformedInput:
            position = self._mapping.valid_from
            raise _Broken(finding("validity", None if position is None else self._mapping.used[position])) from None

    def _spreadsheet_errors(self, row: Row) -> list[Finding]:
        return [
            finding("spreadsheet-error", column)
            for column in self._mapping.used
            if isinstance(value := row.get(column), str) and value.strip() in _SPREADSHEET_ERRORS
        ]

    def _findings(self, row: Row, mapped: Mapped, errors: list[FieldError]) -> tuple[Finding, ...]:
        """What the mapping, the spreadsheet and the schema found; a field that could not be filled counts once."""
        findings = [*mapped.findings, *self._spreadsheet_errors(row)]
        settled_fields = {found.field for found in mapped.findings}
        settled_columns = {found.column for found in findings}
        for error in errors:
            parts = error.path.split("/")
            name = parts[1] if len(parts) > 1 else None
            item = int(parts[2]) if len(parts) > 2 and parts[2].isdigit() else None
            column = None if name is None else self._mapping.column_of(name, item, row)
            if name in settled_fields - {None} or column in settled_columns - {None}:
                continue
            findings.append(Finding(error.rule, error.message, column, error.path[1:] or None))
        return tuple(findings)


class _Broken(Exception):
    """A finding on its way out of ``_draft``; never leaves this module."""

    def __init__(self, found: Finding) -> None:
        super().__init__(found.rule)
        self.finding = found


def _cells(row: Row) -> bytes:
    """The row as bytes, where all rows have the same columns. A text that holds the separator itself is refused later
    as unreadable, and cannot equal a row without one."""
    try:
        return "\x1f".join(row.values()).encode()
    except (TypeError, UnicodeEncodeError):
        return _named_cells(row)


def _named_cells(row: Row) -> bytes:
    return canonicalize(dict(row))


def count_refused(summary: Summary, outcome: RefusedRow) -> None:
    """Add a refused row to the counts."""
    summary.refused += 1
    summary.duplicates += outcome.findings[0].rule.startswith("duplicate-")
    for found in outcome.findings:
        summary.by_rule[found.column, found.field, found.rule] += 1


def _too_many(summary: Summary) -> Conflict:
    reasons = [_reason(place, count) for place, count in summary.by_rule.most_common(_NAMED)]
    return Conflict(
        "import.too-many-bad-rows",
        f"{summary.refused} of {summary.rows} rows are refused, which is more than the threshold allows. "
        f"Most often: {'; '.join(reasons)}.",
        "A dry run lists the rows. Correct the file or the mapping, or raise the threshold; nothing was imported.",
        refused=summary.refused,
        rows=summary.rows,
        reasons=reasons,
    )


def _reason(place: tuple[str | None, str | None, str], count: int) -> str:
    column, name, rule = place
    return f"{(column or name or 'row')[:_LONGEST]}: {rule} ×{count}"
