"""Every XML part of a workbook, gone through once without keeping anything, before the library that keeps things reads
it: openpyxl expands entities, and holds elements and texts of whatever size a part has.

A part with a document type declaration is refused, whatever it declares: Office Open XML forbids it (ECMA-376 part 2,
section 8.1.4), and it is where entities come from that multiply. The library parses with the same expat, so what is
found here is what it will find.
"""

from __future__ import annotations

import zipfile
from typing import Final
from xml.parsers import expat

from ledger.errors import MalformedInput

MAX_CELL: Final = 32_767
"""Characters of a cell or shared string: what a spreadsheet program keeps at most."""
MAX_ROW: Final = 1 << 20
"""Characters of a row, and elements of one: a thousand columns, each with its value and formatted runs."""
MAX_SHARED: Final = 1_000_000
"""Shared strings, which are all in memory while rows are read."""
MAX_OTHER_ELEMENTS: Final = 100_000
"""Elements of a part that are neither of rows nor of shared strings: styles, names, columns."""
MAX_ROWS: Final = 1 << 20
"""Rows of a sheet (ECMA-376 programs have no more); a file that names a later one would be filled up to it."""
MAX_TEXT: Final = 8 << 20
"""Characters of any other text: data that spreadsheet programs keep for themselves."""

_MAX_TOKEN: Final = 1 << 20
"""Bytes of a tag, a comment or an instruction. The parser holds one at a time."""
_PIECE: Final = 1 << 16
_SHEET: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main "
_ROW: Final = f"{_SHEET}row"
_SHARED: Final = f"{_SHEET}si"
_CELLS: Final = frozenset((f"{_SHEET}c", _SHARED))


def scan(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse a part that could fill memory. A part that is no XML ends the scan where the library's reading will end.

    Raises MalformedInput ``rows.xlsx-dtd``, ``rows.xlsx-too-large``, ``rows.xlsx-too-many-rows``; whatever zipfile
    raises over a damaged part.
    """
    watch = _Watch()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = watch.doctype
    parser.StartElementHandler = watch.start
    parser.EndElementHandler = watch.end
    parser.CharacterDataHandler = watch.text
    read = 0
    with archive.open(part) as stream:
        try:
            while piece := stream.read(_PIECE):
                parser.Parse(piece, False)
                read += len(piece)
                if read - parser.CurrentByteIndex > _MAX_TOKEN:
                    raise too_large()
        except expat.ExpatError:
            return


class _Watch:
    """What was seen so far. ``inside`` is the depth within a row or shared string; what stands there is forgotten by
    the library when it ends."""

    def __init__(self) -> None:
        self.inside = self.rows = self.shared = self.others = 0
        self.elements = self.row = self.cell = self.run = 0

    def doctype(self, *_: object) -> None:
        raise MalformedInput(
            "rows.xlsx-dtd",
            "A part of the workbook has a document type declaration, which no spreadsheet program writes.",
            "Open it in a spreadsheet program and save it as XLSX, or send CSV.",
        )

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.run = 0
        if name in _CELLS:
            self.cell = 0
        if self.inside:
            self.inside += 1
            self.elements += 1 + len(attributes)
            if self.elements > MAX_ROW:
                raise too_large()
        elif name == _ROW:
            self.inside, self.row, self.elements = 1, 0, 0
            self.rows += 1
            if self.rows > MAX_ROWS:
                raise too_many_rows()
        elif name == _SHARED:
            self.inside, self.row, self.elements = 1, 0, 0
            self.shared += 1
            if self.shared > MAX_SHARED:
                raise too_large()
        else:
            self.others += 1
            if self.others > MAX_OTHER_ELEMENTS:
                raise too_large()

    def end(self, _: str) -> None:
        self.run = 0
        self.inside = max(0, self.inside - 1)

    def text(self, text: str) -> None:
        self.run += len(text)
        if self.inside:
            self.cell += len(text)
            self.row += len(text)
        if self.run > MAX_TEXT or self.cell > MAX_CELL or self.row > MAX_ROW:
            raise too_large()


def too_large() -> MalformedInput:
    """The error of a workbook that would fill memory."""
    return MalformedInput(
        "rows.xlsx-too-large",
        "The workbook unpacks to far more than a register has: parts, elements, or texts that no cell can hold.",
        "Send the register as CSV.",
    )


def too_many_rows() -> MalformedInput:
    """The error of a sheet with a row that no spreadsheet program has."""
    return MalformedInput(
        "rows.xlsx-too-many-rows", f"The sheet names a row after {MAX_ROWS}.", "Send the register as CSV."
    )
