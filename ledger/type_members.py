"""How the claims of a type are called and ordered in front of people, those inside objects and lists too.

A canonical definition keeps no order of properties, so top-level claims stand in the order of ``display`` and members
of objects in the order of the schema's ``required``; what neither names follows by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ledger.canonical_json import parse
from ledger.credential_type import CredentialType
from ledger.trust_description import FieldEntry


def field_entries(kind: CredentialType) -> tuple[FieldEntry, ...]:
    """All claims of a type with their labels, each with all terms that stand below it at any depth."""
    schema = parse(kind.definition)["schema"]
    return tuple(
        FieldEntry(name, kind.fields[name].label, _entries(kind, dict.fromkeys(_below(below, schema))))
        for name, below in _ordered(schema, kind.display)
    )


def _entries(kind: CredentialType, names: Mapping[str, None]) -> tuple[FieldEntry, ...]:
    return tuple(FieldEntry(name, kind.fields[name].label) for name in names)


def _below(schema: Any, whole: Mapping[str, Any]) -> Iterator[str]:
    """Terms below a claim, depth first. A sound type's references end (``ledger.type_schema``)."""
    while "$ref" in schema or "items" in schema:
        schema = whole["$defs"][schema["$ref"].removeprefix("#/$defs/")] if "$ref" in schema else schema["items"]
    for name, member in _ordered(schema, schema.get("required", ())):
        yield name
        yield from _below(member, whole)


def _ordered(schema: Mapping[str, Any], first: Sequence[str]) -> Iterator[tuple[str, Any]]:
    properties = schema.get("properties", {})
    names = dict.fromkeys(name for name in (*first, *sorted(properties)) if name in properties)
    return ((name, properties[name]) for name in names)
