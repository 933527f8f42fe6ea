"""The import mapping: from the columns of a register to the claims of a type (``docs/formats/import-mapping.md``).

    format = "onceledger-import-mapping"
    version = 1
    type = "BusinessLicence"
    typeVersion = "1"
    source = "2011-2015"
    missing = ["", "NA"]

    [columns]                                   # every column of the file, in any order
    Accept_Date = { date = "YYYY-MM-DD" }
    Business_Name = {}
    lon = { ignore = true }

    [fields]                                    # every claim that the file fills
    businessName = { column = "Business_Name" }
    activityCodes = { list = ["Activity_Code_1", "Activity_Code_2"] }
    streetAddress = { join = ["Street_Number", "Street_Name"], separator = " " }
    country = { constant = "US" }

    [businessNumber]
    parts = ["@agency", "@source", "@row"]      # or column names; left out: the type's businessNumberField
    separator = "/"

    [validFrom]
    column = "Accept_Date"

TOML, since people write it: it has comments to say why a column is left out, refuses a repeated key, and Python reads
it without another library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from issuers.cells import BrokenCell, Cell, Clean
from issuers.findings import Finding, finding
from ledger.digest import Digest

Row = Mapping[str, Any]
"""A row as a reader gives it: column name -> text; in JSONL also integers, booleans, null, objects and arrays."""

MAX_NUMBER_LENGTH: Final = 128
"""Characters in a business number: the longest in use have some forty."""


class Mapped(NamedTuple):
    """A row after mapping. With ``findings``, ``subject`` lacks the fields that could not be filled."""

    subject: dict[str, Any]
    business_number: str | None
    first_day: str | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Combined:
    """A claim made of several columns: joined by ``separator``, or a list where it is None. Missing parts fall out.

    ``pick`` takes the cells at ``positions``.
    """

    name: str
    positions: tuple[int, ...]
    separator: str | None
    pick: Callable[[Sequence[Any]], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """A mapping that was found sound; made by ``issuers.parse_mapping``.

    ``columns`` are all columns of the file, ``used`` those that are read. ``plain``, ``combined`` and ``constants`` say
    how claims are filled, by positions in ``used``; ``verbatim`` positions keep JSON as it stands. ``digest`` is
    that of the mapping's bytes and of its code lists: what an import's record has to name.
    """

    type_name: str
    type_version: str
    source: str
    digest: Digest
    missing: frozenset[str]
    columns: tuple[str, ...]
    used: tuple[str, ...]
    cleaners: tuple[tuple[int, Clean], ...]
    verbatim: tuple[int, ...]
    plain: tuple[tuple[str, int], ...]
    combined: tuple[Combined, ...]
    constants: Mapping[str, str | int | bool]
    number_parts: tuple[str | int, ...] | None
    number_separator: str
    valid_from: int | None
    known: frozenset[str] = field(repr=False)

    @property
    def fields(self) -> tuple[str, ...]:
        """Claims that this mapping can fill."""
        return (*(name for name, _ in self.plain), *(claim.name for claim in self.combined), *self.constants)

    @property
    def numbers_rows(self) -> bool:
        """Whether the business number contains the row's own number, so that none can occur twice in a file."""
        return self.number_parts is not None and "@row" in self.number_parts

    def apply(self, number: int, row: Row, agency: str) -> Mapped:
        """Map row ``number``. ``agency`` stands for ``@agency`` in business numbers."""
        missing = self.missing
        if not self.known.issuperset(row):
            return self._apply_slowly(number, row, agency)
        try:
            texts = [text.strip() for text in map(row.__getitem__, self.used)]
            cells: list[Any] = [None if text in missing else text for text in texts]
            for position, clean in self.cleaners:
                if cells[position] is not None:
                    cells[position] = clean(cells[position])
        except (AttributeError, KeyError, BrokenCell):
            return self._apply_slowly(number, row, agency)
        return self._assemble(number, cells, agency, ())

    def column_of(self, name: str, item: int | None, row: Row) -> str | None:
        """The column from which claim ``name`` (or entry ``item`` of a list claim) was filled in ``row``."""
        for plain, position in self.plain:
            if plain == name:
                return self.used[position]
        for claim in self.combined:
            if claim.name == name:
                names = [self.used[position] for position in claim.positions]
                present = [column for column in names if str(row.get(column, "")).strip() not in self.missing]
                return present[item] if item is not None and item < len(present) else ", ".join(names)
        return None

    def _apply_slowly(self, number: int, row: Row, agency: str) -> Mapped:
        # A name that is not the mapping's is somebody's data, perhaps a person's number: its place is told instead.
        findings: list[Finding] = [
            finding("unknown-column", f"#{place}") for place, column in enumerate(row, 1) if column not in self.known
        ]
        cells: list[Any] = []
        cleaners = dict(self.cleaners)
        for position, column in enumerate(self.used):
            value = row.get(column)
            if position in self.verbatim:
                cells.append(value)
                continue
            cell: Cell = None
            if value is None or isinstance(value, str | int):
                try:
                    text = _text(value).strip()
                    cell = None if text in self.missing else text
                    if cell is not None and position in cleaners:
                        cell = cleaners[position](text)
                except BrokenCell as broken:
                    cell = None
                    findings += self._broken(position, broken.rule)
            else:
                findings += self._broken(position, "not-text")
            cells.append(cell)
        return self._assemble(number, cells, agency, tuple(findings))

    def _assemble(self, number: int, cells: Sequence[Any], agency: str, findings: tuple[Finding, ...]) -> Mapped:
        subject: dict[str, Any] = {
            name: cells[position] for name, position in self.plain if cells[position] is not None
        }
        for claim in self.combined:
            if claim.separator is None:
                value: Any = [cell for cell in claim.pick(cells) if cell is not None]
            else:
                value = claim.separator.join(filter(None, claim.pick(cells)))
            if value:
                subject[claim.name] = value
        if self.constants:
            subject.update(self.constants)
        first_day = None if self.valid_from is None else cells[self.valid_from]
        return Mapped(subject, self._number(number, cells, agency), first_day, findings)

    def _number(self, number: int, cells: Sequence[Any], agency: str) -> str | None:
        if self.number_parts is None:
            return None
        parts = []
        for part in self.number_parts:
            if isinstance(part, int):
                if cells[part] is None:
                    return None
                parts.append(str(cells[part]))
            elif part == "@row":
                parts.append(str(number))
            else:
                parts.append(agency if part == "@agency" else self.source)
        return self.number_separator.join(parts)

    def _broken(self, position: int, rule: str) -> list[Finding]:
        """One finding per claim that the cell would have filled, or one for the column alone."""
        column = self.used[position]
        claims: list[str | None] = [name for name, at in self.plain if at == position]
        claims += [claim.name for claim in self.combined if position in claim.positions]
        return [finding(rule, column, claim) for claim in claims or [None]]


def _text(value: str | int | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
