"""Claims as rows of a table: labels of the trust pack, in its order, a row for each object of a list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ledger.label import Label
from ledger.trust_description import FieldEntry

Shown = Callable[[Label], str]
"""One language of a label."""


def claim_rows(
    fields: Sequence[FieldEntry], claims: Mapping[str, Any], shown: Shown, yes_no: tuple[str, str]
) -> Iterator[tuple[str, str]]:
    """(label, value) of every claim that ``fields`` name. The objects of a list are numbered from 1."""
    for field in fields:
        if field.name not in claims:
            continue
        label, value = shown(field.label), claims[field.name]
        names = {member.name: shown(member.label) for member in field.members}
        if isinstance(value, list) and any(isinstance(one, dict) for one in value):
            for number, one in enumerate(value, 1):
                yield f"{label} {number}", _text(one, names, yes_no)
        else:
            yield label, _text(value, names, yes_no)


def _text(value: Any, names: Mapping[str, str], yes_no: tuple[str, str]) -> str:
    if isinstance(value, bool):
        return yes_no[0] if value else yes_no[1]
    if isinstance(value, list):
        return "; ".join(_text(one, names, yes_no) for one in value)
    if isinstance(value, dict):
        ordered = [name for name in names if name in value] + [name for name in value if name not in names]
        return ", ".join(f"{names.get(name, name)}: {_text(value[name], names, yes_no)}" for name in ordered)
    return str(value)
