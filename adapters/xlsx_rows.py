"""The first sheet of an XLSX workbook (ECMA-376), row by row, as text.

Dates become ``YYYY-MM-DD`` (with a time of day ``YYYY-MM-DDTHH:MM:SS``), numbers their digits, truth values ``true``
and ``false``; of a formula the value that the spreadsheet program stored. An XLSX file is a ZIP of XML, both of which
can be made to explode: sizes are added up before anything is unpacked, and ``adapters.xlsx_scan`` goes through every
part before it is read.
"""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import Any, BinaryIO, Final

import openpyxl

from adapters.table_shape import MAX_COLUMNS, check_names, empty, too_many_columns, wrong_width
from adapters.xlsx_scan import MAX_ROW, MAX_ROWS, scan, too_large, too_many_rows
from ledger.errors import MalformedInput, OnceledgerError

MAX_UNPACKED: Final = 512 << 20
"""Bytes of all parts: some 600,000 rows of twenty cells. Larger registers come as CSV, which streams."""
MAX_OTHER_PART: Final = 64 << 20
"""Bytes of a part that has to be in memory whole: shared strings, styles."""
MAX_RATIO: Final = 200
"""Unpacked to packed. Sheets reach 20 to 50; what deflates better than this was made to."""
MAX_PARTS: Final = 2_000

_RATIO_FREE: Final = 1 << 20
_EXACT: Final = 10**15
"""A spreadsheet keeps 15 digits of a number: an identity number stored as one has lost its end."""
_MIDNIGHT: Final = time()
_SHEET_FOLDER: Final = "xl/worksheets/"

Rows = Iterator[tuple[int, dict[str, Any] | MalformedInput]]


def xlsx_rows(stream: BinaryIO) -> tuple[tuple[str, ...], Rows]:
    """(header, rows) of the first sheet.

    Raises MalformedInput, here or while rows are read: ``rows.xlsx-unreadable``, ``rows.xlsx-dtd``,
    ``rows.xlsx-too-large``, ``rows.xlsx-too-many-rows``, ``rows.too-many-columns``, ``rows.empty``,
    ``rows.header-repeats``, ``rows.header-blank``. As a row's value: ``row.number-too-long``, ``row.too-long``,
    ``row.too-many-cells``.
    """
    _refuse_bombs(stream)
    sheet_rows = _sheet_rows(stream)
    first = next(sheet_rows, None)
    if first is None or not first[1]:
        raise empty()
    header = check_names([_text(cell) for cell in first[1]])
    return header, _rows(sheet_rows, header)


def _rows(sheet_rows: Iterator[tuple[int, list[Any]]], header: tuple[str, ...]) -> Rows:
    width = len(header)
    for number, cells in sheet_rows:
        if len(cells) > width:
            yield number, wrong_width(len(cells), width)
        elif cells:
            yield number, _row(cells + [None] * (width - len(cells)), header)


def _row(cells: list[Any], header: tuple[str, ...]) -> dict[str, Any] | MalformedInput:
    for name, cell in zip(header, cells, strict=True):
        if isinstance(cell, int | float) and abs(cell) >= _EXACT:
            return MalformedInput(
                "row.number-too-long",
                "A cell is a number of more than 15 digits, which the spreadsheet rounded.",
                "Format the column as text and fill it again.",
                column=name,
            )
    row = {name: _text(cell) for name, cell in zip(header, cells, strict=True)}
    if sum(map(len, row.values())) > MAX_ROW:  # cells may all name one long shared string
        return MalformedInput(
            "row.too-long", f"The row has more than {MAX_ROW} characters.", "Shorten its cells.", most=MAX_ROW
        )
    return row


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else f"{cell:.15g}"
    if isinstance(cell, datetime):
        day_only = cell.time() == _MIDNIGHT
        return cell.date().isoformat() if day_only else cell.replace(microsecond=0).isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


def _sheet_rows(stream: BinaryIO) -> Iterator[tuple[int, list[Any]]]:
    """(row number, cells without the empty ones at the end) of the first sheet."""
    with _refusing_nonsense():
        stream.seek(0)
        with warnings.catch_warnings():  # openpyxl warns of styles and drawings, which nobody asked for
            warnings.simplefilter("ignore")
            workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
            if not workbook.worksheets:
                raise empty()
            sheet = workbook.worksheets[0]
            sheet.reset_dimensions()  # what the file says of its own size is not to be relied on
            rows = sheet.iter_rows(values_only=True)
    for number in range(1, MAX_ROWS + 2):
        with _refusing_nonsense(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            row = next(rows, None)
        if row is None:
            return
        if number > MAX_ROWS:
            break
        if len(row) > MAX_COLUMNS:
            raise too_many_columns()
        cells = list(row)
        while cells and cells[-1] in (None, ""):
            cells.pop()
        yield number, cells
    raise too_many_rows()


def _refuse_bombs(stream: BinaryIO) -> None:
    """The sizes are those of the ZIP's directory; zipfile never unpacks more of a part than is said there."""
    with _refusing_nonsense(), zipfile.ZipFile(stream) as archive:
        parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    other = max((part.file_size for part in parts if not part.filename.startswith(_SHEET_FOLDER)), default=0)
    dense = any(part.file_size > _RATIO_FREE + MAX_RATIO * part.compress_size for part in parts)
    if len(parts) > MAX_PARTS or total > MAX_UNPACKED or other > MAX_OTHER_PART or dense:
        raise too_large()
    with _refusing_nonsense(), zipfile.ZipFile(stream) as archive:
        for part in parts:
            scan(archive, part)


@contextmanager
def _refusing_nonsense() -> Iterator[None]:
    """Whatever openpyxl, zipfile and the XML parser raise over a file that is not what it should be.

    They document no common class: KeyError, ValueError, BadZipFile, ParseError, zlib.error and others were seen.
    """
    try:
        yield
    except (OnceledgerError, MemoryError):
        raise
    except Exception:
        raise MalformedInput(
            "rows.xlsx-unreadable",
            "The file is not a readable XLSX workbook.",
            "Open it in a spreadsheet program, save it as XLSX without a password, or send CSV.",
        ) from None
