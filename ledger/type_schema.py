"""The JSON Schema of a credential subject: a small closed part of draft 2020-12, compiled once per type.

Signed claims have to be bounded, closed and free of floats, and every reader has to find the same thing wrong with
them. So a schema may use these keywords and no others (``docs/formats/credential-type.md``, "Schema"):

    every schema   type (one of string, integer, boolean, array, object) or $ref to #/$defs/NAME, $comment
    string         enum | const | format (date, date-time, cn-resident-id, cn-uscc) | maxLength; pattern, minLength
    integer        minimum and maximum, or enum, or const
    boolean        const
    array          items, maxItems; minItems, uniqueItems
    object         properties, additionalProperties: false; required
    the root       an object; $schema, $defs
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import jsonschema_rs

from ledger.china_identifiers import is_credit_code, is_resident_id
from ledger.errors import MalformedInput

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

MAX_LENGTH: Final = 4096
"""Characters in one claim. The longest real one, a company's scope of business, stays below 2,000."""
MAX_ITEMS: Final = 256
"""Entries in one array: no household, deed or school report comes near."""
MAX_NODES: Final = 2048
"""Schemas within a schema after references were put in place; ten definitions that each name the next one ten times
would be ten thousand million."""
SAFE_INTEGER: Final = 2**53 - 1
"""Beyond it RFC 8785 has no exact form."""

_BOUNDED_FORMATS: Final = frozenset(("date", "date-time", "cn-resident-id", "cn-uscc"))
_COMMON: Final = frozenset(("type", "$comment"))
_KEYWORDS: Final[Mapping[str, frozenset[str]]] = {
    "string": _COMMON | {"enum", "const", "pattern", "format", "minLength", "maxLength"},
    "integer": _COMMON | {"enum", "const", "minimum", "maximum"},
    "boolean": _COMMON | {"const"},
    "array": _COMMON | {"items", "minItems", "maxItems", "uniqueItems"},
    "object": _COMMON | {"properties", "required", "additionalProperties"},
}
_ROOT_KEYWORDS: Final = _KEYWORDS["object"] | {"$schema", "$defs"}
_REFERENCE: Final = "#/$defs/"

READABLE: Final = (
    "^[^\u0000-\u001f\u007f-\u009f"  # control characters: a line break or a NUL inside a claim
    "\u2028\u2029\u202a-\u202e\u2066-\u2069"  # separators and overrides that make text show as other text
    "\ue000-\uf8ff\ufeff\ufffd\ufffe\uffff"  # private use, byte order mark, broken decoding, noncharacters
    "\U000f0000-\U0010ffff]*$"  # private use: the rare character of one office is a box at the next
)
"""What every free text of a claim must match, whatever its type says."""
YEAR_ONE_ON: Final = {"date": "^([1-9]|0[1-9]|00[1-9]|000[1-9])", "date-time": "^([1-9]|0[1-9]|00[1-9]|000[1-9]).*T"}
"""What a day must match besides its format, which knows a year 0. Two texts, since an error is known by its text."""


@dataclass(frozen=True, slots=True)
class SubjectSchema:
    """A schema that was found sound.

    ``terms`` are the property names at any depth, ``values`` the enumerated texts per term, ``dates`` the top-level
    fields with format date, ``integers`` those below which an integer can stand. ``validator`` is the compiled check.
    """

    fields: tuple[str, ...]
    required: frozenset[str]
    terms: frozenset[str]
    values: Mapping[str, frozenset[str]]
    dates: frozenset[str]
    integers: tuple[str, ...]
    validator: jsonschema_rs.Draft202012Validator


@dataclass(slots=True)
class _Walk:
    definitions: Mapping[str, Any]
    terms: set[str] = field(default_factory=set)
    values: dict[str, set[str]] = field(default_factory=dict)
    open_references: list[str] = field(default_factory=list)
    nodes: int = 0


def compile_schema(schema: Any) -> SubjectSchema:
    """Check ``schema`` and compile it.

    Raises MalformedInput, each with the JSON Pointer of the place: ``type.schema-invalid`` (not a 2020-12 schema),
    ``type.schema-dialect``, ``type.schema-keyword``, ``type.schema-open``, ``type.schema-float``,
    ``type.schema-unbounded``, ``type.schema-format``, ``type.schema-pattern``, ``type.schema-reference``,
    ``type.schema-required``.
    """
    if not isinstance(schema, dict) or not jsonschema_rs.meta.is_valid({**schema, "$schema": DIALECT}):
        raise _bad("type.schema-invalid", "/schema", "is not a JSON Schema", "Check it against draft 2020-12.")
    if schema.get("$schema") != DIALECT:
        raise _bad("type.schema-dialect", "/schema/$schema", "does not name draft 2020-12", f'Write "{DIALECT}".')
    if schema.get("type") != "object":
        raise _bad(
            "type.schema-keyword",
            "/schema/type",
            "is not object",
            "A credential subject is one object.",
            keyword="type",
        )
    walk = _Walk(schema.get("$defs", {}))
    strict = _node({k: v for k, v in schema.items() if k not in ("$schema", "$defs")}, "/schema", walk)
    properties = schema["properties"]
    resolved = {name: _resolve(sub, walk) for name, sub in properties.items()}
    try:
        validator = jsonschema_rs.Draft202012Validator(
            {**strict, "$schema": DIALECT},
            formats=_FORMATS,
            validate_formats=True,
            ignore_unknown_formats=False,
            pattern_options=jsonschema_rs.RegexOptions(),  # linear time: a pattern with look-around is refused
            offline=True,
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
        raise _bad(
            "type.schema-pattern",
            _uncompiled(strict, "/schema") or "/schema",
            "has a pattern that cannot be compiled",
            "Use a regular expression without look-around, back references and very large repetitions.",
        ) from None
    return SubjectSchema(
        fields=tuple(properties),
        required=frozenset(schema.get("required", ())),
        terms=frozenset(walk.terms),
        values={term: frozenset(values) for term, values in walk.values.items()},
        dates=frozenset(name for name, sub in resolved.items() if sub.get("format") == "date"),
        integers=tuple(name for name, sub in properties.items() if _has_integer(sub, walk)),
        validator=validator,
    )


def _node(node: Any, path: str, walk: _Walk, term: str | None = None) -> dict[str, Any]:
    """Check one schema and return it as it is compiled: references put in place, unreadable text refused."""
    if not isinstance(node, dict):
        raise _bad("type.schema-open", path, "is true or false", "Describe what may stand here.")
    walk.nodes += 1
    if walk.nodes > MAX_NODES:
        raise _bad("type.schema-unbounded", "/schema", f"has more than {MAX_NODES} parts", "Split the type.")
    if "$ref" in node:
        name = _definition(node, path, walk)
        walk.open_references.append(name)
        strict = _node(walk.definitions[name], f"/schema/$defs/{name}", walk, term)
        walk.open_references.pop()
        return strict
    kind = node.get("type")
    if kind == "number":
        raise _bad("type.schema-float", path, "allows a float", "Use integer, or string with a pattern for decimals.")
    if not isinstance(kind, str) or kind not in _KEYWORDS:
        raise _bad(
            "type.schema-keyword",
            path,
            "has no single known type",
            "Name string, integer, boolean, array or object.",
            keyword="type",
        )
    unknown = sorted(node.keys() - _KEYWORDS[kind])
    if unknown:
        raise _bad(
            "type.schema-keyword",
            path,
            f"uses {unknown[0]}",
            f"Use only {', '.join(sorted(_KEYWORDS[kind]))}.",
            keyword=unknown[0],
        )
    return _RULES[kind](node, path, walk, term)


def _string(node: dict[str, Any], path: str, walk: _Walk, term: str | None) -> dict[str, Any]:
    if "enum" in node or "const" in node:
        values = [*node.get("enum", ()), *([node["const"]] if "const" in node else [])]
        if not all(isinstance(value, str) for value in values):
            raise _bad("type.schema-keyword", path, "enumerates what is not text", "Enumerate texts.", keyword="enum")
        if term is not None:
            walk.values.setdefault(term, set()).update(values)
        return node
    form = node.get("format")
    if form is not None:
        if form not in _BOUNDED_FORMATS:
            known = ", ".join(sorted(_BOUNDED_FORMATS))
            raise _bad("type.schema-format", path, "names a format that is not checked", f"Use one of {known}.")
        return {**node, "allOf": [{"pattern": YEAR_ONE_ON[form]}]} if form in YEAR_ONE_ON else node
    if not _within(node.get("maxLength"), 1, MAX_LENGTH):
        raise _unbounded(path, f"maxLength of at most {MAX_LENGTH}")
    return {**node, "allOf": [{"pattern": READABLE}]}


def _integer(node: dict[str, Any], path: str, walk: _Walk, term: str | None) -> dict[str, Any]:
    values = [*node.get("enum", ()), *([node["const"]] if "const" in node else [])]
    bounds = values or [node.get("minimum"), node.get("maximum")]
    if not all(_within(value, -SAFE_INTEGER, SAFE_INTEGER) for value in bounds):
        raise _unbounded(path, "minimum and maximum within ±(2^53 − 1)")
    return node


def _boolean(node: dict[str, Any], path: str, walk: _Walk, term: str | None) -> dict[str, Any]:
    return node


def _array(node: dict[str, Any], path: str, walk: _Walk, term: str | None) -> dict[str, Any]:
    if "items" not in node:
        raise _bad("type.schema-open", path, "says nothing about its items", "Add items.")
    if not _within(node.get("maxItems"), 1, MAX_ITEMS):
        raise _unbounded(path, f"maxItems of at most {MAX_ITEMS}")
    return {**node, "items": _node(node["items"], f"{path}/items", walk, term)}


def _object(node: dict[str, Any], path: str, walk: _Walk, term: str | None) -> dict[str, Any]:
    if node.get("additionalProperties") is not False:
        raise _bad("type.schema-open", path, "allows additional properties", 'Add "additionalProperties": false.')
    properties = node.get("properties")
    if not properties:
        raise _bad("type.schema-open", path, "names no properties", "Add properties.")
    for name in node.get("required", ()):
        if name not in properties:
            raise _bad("type.schema-required", path, "requires a property that it does not have", "Correct the name.")
    walk.terms.update(properties)
    return {
        **node,
        "properties": {name: _node(sub, f"{path}/properties/{name}", walk, name) for name, sub in properties.items()},
    }


_RULES: Final[Mapping[str, Callable[[dict[str, Any], str, _Walk, str | None], dict[str, Any]]]] = {
    "string": _string,
    "integer": _integer,
    "boolean": _boolean,
    "array": _array,
    "object": _object,
}
_FORMATS: Final[dict[str, Callable[..., bool]]] = {"cn-resident-id": is_resident_id, "cn-uscc": is_credit_code}


def _definition(node: dict[str, Any], path: str, walk: _Walk) -> str:
    target: str = node["$ref"]
    name = target.removeprefix(_REFERENCE)
    if not target.startswith(_REFERENCE) or name not in walk.definitions or node.keys() - {"$ref", "$comment"}:
        raise _bad(
            "type.schema-reference",
            path,
            "refers to something outside this schema",
            f"Refer to {_REFERENCE}NAME alone.",
        )
    if name in walk.open_references:
        raise _bad(
            "type.schema-reference", path, "refers to itself", "A claim has a fixed depth: write the levels out."
        )
    return name


def _resolve(node: dict[str, Any], walk: _Walk) -> dict[str, Any]:
    while "$ref" in node:
        node = walk.definitions[node["$ref"].removeprefix(_REFERENCE)]
    return node


def _has_integer(node: dict[str, Any], walk: _Walk) -> bool:
    node = _resolve(node, walk)
    below = [*node.get("properties", {}).values(), *([node["items"]] if "items" in node else [])]
    return node["type"] == "integer" or any(_has_integer(sub, walk) for sub in below)


def _within(value: Any, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _unbounded(path: str, what: str) -> MalformedInput:
    return _bad("type.schema-unbounded", path, "has no bound", f"Add {what}.")


def _uncompiled(node: dict[str, Any], path: str) -> str | None:
    """Where in a schema, whose references are in place, the first pattern stands that cannot be compiled alone."""
    pattern = node.get("pattern")
    if pattern is not None:
        try:
            jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=jsonschema_rs.RegexOptions())
        except (jsonschema_rs.ValidationError, ValueError):
            return f"{path}/pattern"
    below = [(f"{path}/properties/{name}", sub) for name, sub in node.get("properties", {}).items()]
    below += [(f"{path}/items", node["items"])] if "items" in node else []
    return next((found for place, sub in below if (found := _uncompiled(sub, place))), None)


def _bad(code: str, path: str, what: str, cure: str, keyword: str = "") -> MalformedInput:
    return MalformedInput(code, f"The schema at {path} {what}.", cure, path=path, keyword=keyword)
