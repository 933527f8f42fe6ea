"""A small credential type for tests: one field of every kind."""

from __future__ import annotations

import json
from typing import Any

VOCABULARY = "https://example.org/vocab#"

PROPERTIES: dict[str, Any] = {
    "number": {"type": "string", "maxLength": 20, "pattern": "^[A-Z0-9-]+$"},
    "fullName": {"type": "string", "minLength": 1, "maxLength": 10},
    "kind": {"type": "string", "enum": ["a", "b"]},
    "bornOn": {"type": "string", "format": "date"},
    "endsOn": {"type": "string", "format": "date"},
    "seenAt": {"type": "string", "format": "date-time"},
    "residentId": {"type": "string", "format": "cn-resident-id"},
    "creditCode": {"type": "string", "format": "cn-uscc"},
    "count": {"type": "integer", "minimum": 0, "maximum": 9},
    "open": {"type": "boolean"},
    "tags": {"type": "array", "maxItems": 3, "uniqueItems": True, "items": {"type": "string", "maxLength": 5}},
    "people": {"type": "array", "maxItems": 2, "items": {"$ref": "#/$defs/person"}},
}
PERSON: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["fullName"],
    "properties": {"fullName": {"type": "string", "maxLength": 10}, "age": {"type": "integer", "enum": [1, 2]}},
}


def label(text: str) -> dict[str, str]:
    return {"zh": f"{text}的名称", "en": text}


def definition(**changes: Any) -> dict[str, Any]:
    """A sound type definition, with top-level members replaced by ``changes``."""
    fields: dict[str, Any] = {name: {"label": label(name)} for name in (*PROPERTIES, "age")}
    fields["kind"]["values"] = {"a": label("a"), "b": label("b")}
    fields["number"]["hint"] = {"zh": "大写字母", "en": "Capital letters."}
    document = {
        "format": "onceledger-credential-type",
        "version": 1,
        "name": "Sample",
        "typeVersion": "1",
        "kind": "credential",
        "label": label("Sample"),
        "description": label("A sample"),
        "zone": "Asia/Shanghai",
        "validity": {"rule": "none"},
        "holderKey": "none",
        "subjectIdFields": ["residentId"],
        "businessNumberField": "number",
        "display": ["number", "fullName"],
        "fields": fields,
        "schema": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "additionalProperties": False,
            "required": ["number", "fullName"],
            "properties": PROPERTIES,
            "$defs": {"person": PERSON},
        },
        "context": {
            "@context": {"@protected": True, "Sample": VOCABULARY + "Sample"}
            | {name: VOCABULARY + name for name in (*PROPERTIES, "age")}
        },
    }
    return json.loads(json.dumps(document | changes))  # type: ignore[no-any-return]  # a deep copy, free to alter


def as_bytes(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


GOOD: dict[str, Any] = {
    "number": "A-1",
    "fullName": "𠮷䶮㛃·买买提",
    "kind": "a",
    "bornOn": "2024-02-29",
    "endsOn": "2030-01-01",
    "seenAt": "2024-02-29T12:00:00+08:00",
    "residentId": "11010519491231002X",
    "creditCode": "91350100M000100Y43",
    "count": 3,
    "open": True,
    "tags": ["x", "y"],
    "people": [{"fullName": "王", "age": 1}],
}
