"""What every table has, whatever file it comes in: a header of distinct names, and rows as wide as it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ledger.errors import MalformedInput

MAX_COLUMNS: Final = 1000


def check_names(names: Sequence[str]) -> tuple[str, ...]:
    """The header of a table, its names stripped.

    Raises MalformedInput ``rows.header-repeats``, ``rows.header-blank``, ``rows.too-many-columns``.
    """
    header = tuple(name.strip() for name in names)
    if len(header) > MAX_COLUMNS:
        raise too_many_columns()
    if "" in header:
        place = header.index("") + 1
        raise MalformedInput(
            "rows.header-blank", f"Column {place} has no name.", "Name it, or delete it.", column=place
        )
    if len(set(header)) != len(header):
        place = next(i for i, name in enumerate(header, 1) if name in header[: i - 1])
        raise MalformedInput(
            "rows.header-repeats", f"Column {place} has the name of an earlier one.", "Rename it.", column=place
        )
    return header


def wrong_width(cells: int, width: int) -> MalformedInput:
    """The error of a row that is not as wide as the header."""
    if cells > width:
        return MalformedInput(
            "row.too-many-cells", f"The row has {cells} cells for {width} columns.", "Look for a separator in a cell."
        )
    return MalformedInput(
        "row.too-few-cells", f"The row has {cells} cells for {width} columns.", "Look for a line break in a cell."
    )


def too_many_columns() -> MalformedInput:
    """The error of a table that is too wide."""
    return MalformedInput(
        "rows.too-many-columns", f"The table has more than {MAX_COLUMNS} columns.", "Check the separator."
    )


def empty() -> MalformedInput:
    """The error of a file without a header or a row."""
    return MalformedInput("rows.empty", "The file or its first row is empty.", "Send a file with a header and rows.")
