"""What people read about a credential type: labels in Chinese and English for every field and enumerated value.

    "fields": {"ownerType": {"label": {"zh": "业主类型", "en": "Kind of owner"},
                             "hint": {"zh": "…", "en": "…"},
                             "values": {"SOL": {"zh": "独资", "en": "Sole proprietorship"}, …}}}

A term has one label wherever it stands, as it has one meaning in the JSON-LD context.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ledger.errors import MalformedInput
from ledger.label import Label
from ledger.type_schema import SubjectSchema

_MAX_LENGTH: Final = 2000


@dataclass(frozen=True, slots=True)
class Field:
    """What people read about a term: its label, a hint at its form, and the labels of its enumerated values."""

    name: str
    label: Label
    hint: Label | None
    values: Mapping[str, Label]


def parse_fields(value: Any, schema: SubjectSchema) -> dict[str, Field]:
    """Read the ``fields`` member: one entry for every term of ``schema`` and no other.

    Raises MalformedInput ``type.label-missing``, ``type.field-unknown``, ``type.values-mismatch``,
    ``type.member-form``.
    """
    if not isinstance(value, dict):
        raise _bad("type.member-form", "/fields", "is not an object", "Name every field with its label.")
    for term in sorted(schema.terms - value.keys()):
        raise _bad("type.label-missing", f"/fields/{term}", "has no label", "Add it in Chinese and English.")
    for term in sorted(value.keys() - schema.terms):
        raise _bad(
            "type.field-unknown", "/fields", f"labels {term!r:.80}, which the schema does not have", "Remove it."
        )
    return {term: _field(term, value[term], schema) for term in sorted(value)}


def _field(term: str, value: Any, schema: SubjectSchema) -> Field:
    path = f"/fields/{term}"
    if not isinstance(value, dict) or value.keys() - {"label", "hint", "values"}:
        raise _bad("type.member-form", path, "is not an object of label, hint and values", "Correct it.")
    labels, enumerated = value.get("values", {}), schema.values.get(term, frozenset())
    if not isinstance(labels, dict) or labels.keys() != enumerated:
        raise _bad(
            "type.values-mismatch", f"{path}/values", "does not label exactly the enumerated values", "Label each one."
        )
    return Field(
        name=term,
        label=parse_label(value.get("label"), f"{path}/label"),
        hint=parse_label(value["hint"], f"{path}/hint") if "hint" in value else None,
        values={code: parse_label(labels[code], f"{path}/values/{code}") for code in labels},
    )


def parse_label(value: Any, path: str) -> Label:
    """Read ``{"zh": …, "en": …}``; raises MalformedInput ``type.label-missing``, ``type.member-form``."""
    if not isinstance(value, dict):
        raise _bad("type.label-missing", path, "is missing", "Write it in Chinese and English.")
    for language in ("zh", "en"):
        text = value.get(language)
        if not isinstance(text, str) or not text.strip():
            raise _bad("type.label-missing", f"{path}/{language}", "is missing", "Write it in both languages.")
        if len(text) > _MAX_LENGTH:
            raise _bad("type.member-form", f"{path}/{language}", f"exceeds {_MAX_LENGTH} characters", "Shorten it.")
    if len(value) != 2:
        raise _bad("type.member-form", path, "has more than the two languages", "Keep zh and en.")
    return Label(value["zh"], value["en"])


def _bad(code: str, path: str, what: str, cure: str) -> MalformedInput:
    return MalformedInput(code, f"The type definition at {path} {what}.", cure, path=path)
