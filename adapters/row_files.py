"""Registers as files: CSV, TSV, JSONL and XLSX, one row at a time.

    with open_rows(Path("register.tsv")) as file:
        file.header                      # ("Accept_Date", "Business_Name", …), None for JSONL
        for number, row in file.rows:    # 2, {"Accept_Date": "2011-01-12", …}
            ...

Text is UTF-8 or it is refused with the byte at which it is not: a guessed encoding gives readable, wrong names.
``number`` is the row that a spreadsheet program shows, the header being row 1; in JSONL the first line is row 1. A row
that cannot be read as one comes as the MalformedInput that says why, and reading goes on with the next; what spoils the
file itself is raised. Memory holds one row (an XLSX file its shared strings too, within the limits below).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final

from adapters.table_shape import check_names, empty, wrong_width
from adapters.xlsx_rows import xlsx_rows
from ledger.canonical_json import Limits, parse
from ledger.errors import MalformedInput, Misconfigured, NotFound

MAX_LINE_BYTES: Final = 1 << 20
"""One row. The longest real one, a household of twenty, has 10 kB."""

Row = dict[str, Any]
NumberedRow = tuple[int, Row | MalformedInput]

_UTF8_MARK: Final = b"\xef\xbb\xbf"
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_SAVE_AS: Final = 'Save the file as UTF-8 (in a spreadsheet program: "CSV UTF-8") and send it again.'
_JSON_LIMITS: Final = Limits(max_bytes=MAX_LINE_BYTES)


@dataclass(frozen=True, slots=True)
class RowFile:
    """An open register: its ``header`` (None for JSONL) and its ``rows``, to be read once."""

    header: tuple[str, ...] | None
    rows: Iterator[NumberedRow]


@contextmanager
def open_rows(path: Path) -> Iterator[RowFile]:
    """Open the register at ``path``; its suffix says what it is (.csv, .tsv, .jsonl, .ndjson, .xlsx).

    Raises NotFound ``rows.file-missing``, Misconfigured ``rows.file-unreadable``, and what ``read_rows`` raises.
    """
    kind = path.suffix.lower()
    try:
        stream = path.open("rb")
    except FileNotFoundError:
        raise NotFound("rows.file-missing", "The register's file does not exist.", "Check its path.") from None
    except OSError as error:
        raise Misconfigured(
            "rows.file-unreadable", f"The register's file cannot be opened: {error.strerror}.", "Check its permissions."
        ) from None
    with stream:
        yield read_rows(stream, kind)


def read_rows(stream: BinaryIO, kind: str) -> RowFile:
    """Read a register of ``kind`` (a suffix, as in ``open_rows``) from a binary stream; XLSX needs a seekable one.

    Raises MalformedInput, here or while ``rows`` is read: ``rows.unknown-kind``, ``rows.empty``, ``rows.not-utf8``,
    ``rows.nul-byte``, ``rows.line-too-long``, ``rows.csv-quotes``, ``rows.header-repeats``, ``rows.header-blank``,
    ``rows.too-many-columns`` and, for XLSX, what ``xlsx_rows`` raises. As a row's value: ``row.too-many-cells``,
    ``row.too-few-cells``, ``row.not-an-object``, ``row.number-too-long``, ``row.too-long``, ``json.*``.
    """
    if kind not in _READERS:
        raise MalformedInput(
            "rows.unknown-kind", "The file is of no kind that can be read.", f"Use one of {', '.join(_READERS)}."
        )
    return _READERS[kind](stream)


def _table(stream: BinaryIO, cells: Callable[[Iterator[str]], Iterator[list[str]]]) -> RowFile:
    rows = cells(_lines(stream))
    first = next(rows, None)
    if first is None or not any(cell.strip() for cell in first):
        raise empty()
    header = check_names(first)
    return RowFile(header, _table_rows(rows, header))


def _table_rows(rows: Iterator[list[str]], header: tuple[str, ...]) -> Iterator[NumberedRow]:
    width = len(header)
    for number, cells in enumerate(rows, 2):
        if len(cells) == width:
            yield number, dict(zip(header, cells, strict=True))
        elif cells and cells != [""]:
            yield number, wrong_width(len(cells), width)


def _tsv(stream: BinaryIO) -> RowFile:
    # IANA text/tab-separated-values: no quotation, a tab cannot stand in a cell.
    return _table(stream, lambda lines: (line.split("\t") for line in lines))


def _csv(stream: BinaryIO) -> RowFile:
    return _table(stream, _csv_cells)


def _csv_cells(lines: Iterator[str]) -> Iterator[list[str]]:
    reader = csv.reader((f"{line}\n" for line in lines), strict=True)  # RFC 4180
    started = 0
    try:
        for cells in reader:
            started = reader.line_num
            yield cells
    except csv.Error:
        raise MalformedInput(
            "rows.csv-quotes",
            f"The quotation marks of the row that begins in line {started + 1} do not match.",
            'Quote cells as RFC 4180 says: "…" around the whole cell, "" for a quotation mark inside.',
            line=started + 1,
        ) from None


def _jsonl(stream: BinaryIO) -> RowFile:
    lines = ((number, offset, line) for number, (offset, line) in enumerate(_raw_lines(stream), 1) if line.strip())
    first = next(lines, None)
    if first is None:
        raise empty()
    return RowFile(None, ((number, _json_row(offset, line)) for number, offset, line in chain((first,), lines)))


def _json_row(offset: int, line: bytes) -> Row | MalformedInput:
    try:
        value = parse(line, limits=_JSON_LIMITS)
    except MalformedInput as error:
        if error.code == "json.not-utf8":
            _decode(offset, line)
        return error
    if not isinstance(value, dict):
        return MalformedInput("row.not-an-object", "The line is not a JSON object.", "Write one object per line.")
    return value


def _lines(stream: BinaryIO) -> Iterator[str]:
    for offset, line in _raw_lines(stream):
        yield _decode(offset, line)


def _decode(offset: int, line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(offset + error.start) from None


def _raw_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """(offset, line without its end). The UTF-8 mark that spreadsheet programs write is taken off the first name."""
    line = stream.readline(MAX_LINE_BYTES + 2)
    if line.startswith(_UTF16_MARKS):
        raise _not_utf8(0)
    offset = len(_UTF8_MARK) if line.startswith(_UTF8_MARK) else 0
    line = line[offset:]
    number = 1
    while line:
        if len(line) > MAX_LINE_BYTES:
            raise MalformedInput(
                "rows.line-too-long",
                f"Line {number} has more than {MAX_LINE_BYTES} bytes.",
                "Send a text file with one row per line.",
                line=number,
            )
        if b"\0" in line:
            at = offset + line.index(b"\0")
            raise MalformedInput(
                "rows.nul-byte", f"Byte {at} (line {number}) is NUL: this is not a text file.", _SAVE_AS, offset=at
            )
        yield offset, line.rstrip(b"\r\n")
        offset += len(line)
        line = stream.readline(MAX_LINE_BYTES + 2)
        number += 1


def _not_utf8(offset: int) -> MalformedInput:
    return MalformedInput("rows.not-utf8", f"Byte {offset} of the file is not UTF-8.", _SAVE_AS, offset=offset)


_READERS: Final[Mapping[str, Callable[[BinaryIO], RowFile]]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".jsonl": _jsonl,
    ".ndjson": _jsonl,
    ".xlsx": lambda stream: RowFile(*xlsx_rows(stream)),
}
