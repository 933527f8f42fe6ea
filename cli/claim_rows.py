"""Claims as rows of a table: labels of the trust pack, in its order, a row for each object of a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from cli.catalogue import Language, choose
from ledger.trust_description import FieldEntry


class _Marks(NamedTuple):
    """How a language writes a value that has parts."""

    yes: str
    no: str
    colon: str
    comma: str
    semicolon: str


_MARKS: Final[Mapping[Language, _Marks]] = {
    "zh": _Marks("是", "否", "：", "，", "；"),
    "en": _Marks("yes", "no", ": ", ", ", "; "),
}


def claim_rows(
    fields: Sequence[FieldEntry], claims: Mapping[str, Any], language: Language
) -> Iterator[tuple[str, str]]:
    """(label, value) of every claim that ``fields`` name. The objects of a list are numbered from 1."""
    marks = _MARKS[language]
    for field in fields:
        if field.name not in claims:
            continue
        label, value = choose(field.label, language), claims[field.name]
        names = {member.name: choose(member.label, language) for member in field.members}
        if isinstance(value, list) and any(isinstance(one, dict) for one in value):
            for number, one in enumerate(value, 1):
                yield f"{label} {number}", _text(one, names, marks)
        else:
            yield label, _text(value, names, marks)


def _text(value: Any, names: Mapping[str, str], marks: _Marks) -> str:
    if isinstance(value, bool):
        return marks.yes if value else marks.no
    if isinstance(value, list):
        return marks.semicolon.join(_text(one, names, marks) for one in value)
    if isinstance(value, dict):
        ordered = [name for name in names if name in value] + [name for name in value if name not in names]
        parts = ((names.get(name, name), _text(value[name], names, marks)) for name in ordered)
        return marks.comma.join(f"{label}{marks.colon}{text}" for label, text in parts)
    return str(value)
