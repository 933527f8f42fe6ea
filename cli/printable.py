"""Text from strangers' files, made harmless for a terminal."""

from __future__ import annotations

import json
import re
from typing import Any, Final

_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
CELL: Final = 400
"""Characters of a cell that are shown, save of what a certificate says, which is shown whole."""

_HAN: Final = "[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
_BLANK: Final = re.compile(
    f"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0]|(?<!{_HAN})[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
"""Letters and marks that show nothing though Python calls them printable: fillers, an empty Braille cell, variation
selectors (Unicode, Default_Ignorable_Code_Point; and U+2800). What looks like two words must not be one. A selector
behind a Han character chooses its form, as in people's names."""


def printable(value: object, most: int | None = CELL) -> str:
    """A value as text without control characters: an escape sequence in a certificate must not move the cursor, a mark
    that turns the direction of writing must not show a number backwards, and a character that shows nothing is marked.
    ``most`` characters of it, and how many are missing; None for all."""
    text = "" if value is None else str(value)
    shown = text if most is None else text[:most]
    cleaned = _BLANK.sub(_REPLACEMENT, "".join(one if one.isprintable() else _REPLACEMENT for one in shown))
    return cleaned if len(shown) == len(text) else f"{cleaned}… (+{len(text) - len(shown)})"


def json_text(value: Any, indent: int = 2) -> str:
    """JSON that a terminal may show: what is not printable is escaped (JSON's own escapes, so a program reads the same
    value), and Chinese stays readable."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return "\n".join(map(_escaped_line, text.split("\n")))


def _escaped_line(line: str) -> str:
    if not line.isprintable():
        line = "".join(one if one.isprintable() else _escaped(one) for one in line)
    return _BLANK.sub(lambda found: _escaped(found[0]), line)


def _escaped(character: str) -> str:
    return json.dumps(character)[1:-1] if character != "\x7f" else "\\u007f"
