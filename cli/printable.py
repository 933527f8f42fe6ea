"""Text from strangers' files, made harmless for a terminal."""

from __future__ import annotations

from typing import Final

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
CELL: Final = 400
"""Characters of a cell that are shown."""


def printable(value: object, most: int = CELL) -> str:
    """A value as text without control characters: an escape sequence in a certificate must not move the cursor, and a
    mark that turns the direction of writing must not show a number backwards."""
    text = "" if value is None else str(value)
    cleaned = "".join(one if one.isprintable() else _REPLACEMENT for one in text[:most])
    return cleaned + ("…" if len(text) > most else "")
