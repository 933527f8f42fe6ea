"""A credential type is data: one JSON document (``docs/formats/credential-type.md``).

    {"format": "onceledger-credential-type", "version": 1,
     "name": "BusinessLicence", "typeVersion": "1", "kind": "credential",
     "label": {"zh": "营业许可", "en": "Business licence"}, "description": {"zh": "…", "en": "…"},
     "zone": "America/Phoenix", "validity": {"rule": "none"}, "holderKey": "none",
     "subjectIdFields": ["businessName"], "display": ["businessName", …],
     "fields": {"businessName": {"label": {"zh": "名称", "en": "Name"}}, …},
     "schema": {…JSON Schema 2020-12 of credentialSubject…}, "context": {"@context": {…}}}

What it says of a subject is checked here, in Rust for the many good ones and in words for the few bad ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

from ledger.canonical_json import canonicalize, canonicalize_inspected, parse
from ledger.digest import Digest, sha256
from ledger.errors import MalformedInput
from ledger.field_errors import FieldError, field_error, from_schema
from ledger.label import Label
from ledger.type_context import RESERVED_TERMS, check_context, context_url
from ledger.type_labels import Field, parse_fields, parse_label
from ledger.type_schema import SubjectSchema, compile_schema
from ledger.validity_rule import ValidityRule, parse_rule

FORMAT: Final = "onceledger-credential-type"
VERSION: Final = 1

_NAMES: Final = frozenset(("format", "version", "name", "typeVersion", "kind", "label", "description"))
_RULES: Final = frozenset(
    ("zone", "validity", "holderKey", "subjectIdFields", "display", "fields", "schema", "context")
)
_REQUIRED: Final = _NAMES | _RULES
_OPTIONAL: Final = frozenset(("businessNumberField",))
_TYPE_NAME: Final = re.compile(r"[A-Z][A-Za-z0-9]{0,63}")
_TYPE_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.]{0,15}")
_FIELD_NAME: Final = re.compile(r"[a-z][A-Za-z0-9]{0,63}")
_MAX_ERRORS: Final = 50

Choice = TypeVar("Choice", bound=str)


@dataclass(frozen=True, slots=True)
class CredentialType:
    """A type that was found sound.

    ``definition`` is the JCS of the document and ``digest`` its SHA-256; ``context_bytes`` and ``context_digest`` the
    same of the JSON-LD context. ``fields`` has every term at any depth, ``display`` the order in which top-level ones
    are shown. ``subject_id_fields`` identify the holder. Pickles as its definition.
    """

    name: str
    type_version: str
    kind: Literal["credential", "record"]
    label: Label
    description: Label
    zone: ZoneInfo
    validity: ValidityRule
    holder_key: Literal["none", "optional", "required"]
    subject_id_fields: tuple[str, ...]
    business_number_field: str | None
    display: tuple[str, ...]
    fields: Mapping[str, Field]
    schema: SubjectSchema
    definition: bytes
    digest: Digest
    context_bytes: bytes
    context_digest: Digest
    _is_valid: Callable[[Any], bool] = field(repr=False, compare=False)
    _hints: Mapping[str, Label] = field(repr=False, compare=False)

    def context_url(self, base: str) -> str:
        """Address of the type's context under ``base``, e.g. ``https://root.example``."""
        return context_url(base, self.name, self.type_version, self.context_digest)

    def check(self, subject: dict[str, Any]) -> list[FieldError]:
        """What is wrong with ``subject`` (the claims, without the ``id`` that binds a holder's key); empty: nothing.

        A float is refused even where it equals an integer: 1.0 and 1 would be signed alike and read differently.
        """
        try:
            if self._is_valid(subject) and not (self.schema.integers and self._floats(subject)):
                return []
            return self._explain(subject)
        except ValueError:  # the validator met a lone surrogate, bytes, an object of some class, or endless nesting
            return [field_error("", "not-json")]

    def subject_identity(self, subject: dict[str, Any]) -> bytes | None:
        """JCS of those claims of a checked subject that identify the holder: input of the agency's keyed commitment,
        never to be stored.

        None when the type names no such field or the subject lacks one.
        """
        if not self.subject_id_fields:
            return None
        try:
            identity = {name: subject[name] for name in self.subject_id_fields}
        except KeyError:
            return None
        return canonicalize_inspected(identity)

    def validity_stamps(self, first: date | None, subject: dict[str, Any]) -> tuple[str | None, str | None]:
        """(validFrom, validUntil) of a credential that holds from ``first`` on; see ``ValidityRule.stamps``."""
        return self.validity.stamps(first, subject, self.zone)

    def _explain(self, subject: dict[str, Any]) -> list[FieldError]:
        errors: dict[tuple[str, str], FieldError] = {}
        for problem in self.schema.validator.iter_errors(subject):
            error = from_schema(problem, self._hints)
            errors.setdefault((error.path, error.rule), error)
            if len(errors) >= _MAX_ERRORS:
                break
        for name in self._floats(subject):
            errors.setdefault((f"/{name}", "float"), field_error(f"/{name}", "float"))
        return [errors[place] for place in sorted(errors)]

    def _floats(self, subject: Any) -> list[str]:
        if not isinstance(subject, dict):
            return []
        return [name for name in self.schema.integers if _holds_float(subject.get(name))]

    def __reduce__(self) -> tuple[Callable[[bytes], CredentialType], tuple[bytes]]:
        return parse_type, (self.definition,)


def parse_type(data: bytes) -> CredentialType:
    """Read a type definition.

    Raises MalformedInput: ``json.*`` for what is not strict JSON (a float included), ``type.*`` for the rest; each
    names the place as a JSON Pointer in ``detail["path"]``.
    """
    document = parse(data)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _bad("type.not-a-type", "", f"does not say that it is a {FORMAT}", "Send a type definition.")
    if type(document.get("version")) is not int or document["version"] != VERSION:  # in Python, True equals 1
        raise _bad("type.version", "/version", "is not a version that this release reads", f"Write {VERSION}.")
    for name in sorted(_REQUIRED - document.keys()):
        raise _bad("type.member-missing", f"/{name}", "is missing", "Add it.")
    for name in sorted(document.keys() - _REQUIRED - _OPTIONAL):
        raise _bad("type.member-unknown", f"/{name}", "is not a member of a type", "Remove it.")
    name = _text(document, "name", _TYPE_NAME)
    if name in RESERVED_TERMS:
        raise _bad("type.name", "/name", "is a term of VC 2.0", "Choose another name.")
    schema = compile_schema(document["schema"])
    _check_field_names(schema)
    check_context(document["context"], name, schema.terms)
    fields = parse_fields(document["fields"], schema)
    validity = parse_rule(document["validity"])
    if validity.field is not None and validity.field not in schema.dates:
        raise _bad("type.validity", "/validity/field", "is not a field with format date", "Name such a field.")
    context_bytes = canonicalize(document["context"])
    definition = canonicalize(document)
    return CredentialType(
        name=name,
        type_version=_text(document, "typeVersion", _TYPE_VERSION),
        kind=_choice(document, "kind", ("credential", "record")),
        label=parse_label(document["label"], "/label"),
        description=parse_label(document["description"], "/description"),
        zone=_zone(document["zone"]),
        validity=validity,
        holder_key=_choice(document, "holderKey", ("none", "optional", "required")),
        subject_id_fields=_names(document["subjectIdFields"], "/subjectIdFields", schema),
        business_number_field=_number_field(document, schema),
        display=_names(document["display"], "/display", schema),
        fields=fields,
        schema=schema,
        definition=definition,
        digest=sha256(definition),
        context_bytes=context_bytes,
        context_digest=sha256(context_bytes),
        _is_valid=schema.validator.is_valid,
        _hints={term: info.hint for term, info in fields.items() if info.hint is not None},
    )


def _check_field_names(schema: SubjectSchema) -> None:
    for term in sorted(schema.terms):
        if not _FIELD_NAME.fullmatch(term):
            raise _bad(
                "type.field-name", "/schema", f"names a field {term!r:.80}", "Use letters and digits, aCamelCase."
            )
        if term in RESERVED_TERMS:
            raise _bad("type.field-name", "/schema", f"names a field {term}, a term of VC 2.0", "Rename it.")


def _names(value: Any, path: str, schema: SubjectSchema) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise _bad("type.member-form", path, "is not a list of field names", "Correct it.")
    for name in value:
        if name not in schema.fields:
            raise _bad("type.field-unknown", path, f"names {name!r:.80}, which the schema does not have", "Correct it.")
    if len(set(value)) != len(value):
        raise _bad("type.member-form", path, "names a field twice", "Name it once.")
    return tuple(value)


def _number_field(document: dict[str, Any], schema: SubjectSchema) -> str | None:
    name = document.get("businessNumberField")
    if name is None:
        return None
    if not isinstance(name, str) or name not in schema.required:
        raise _bad(
            "type.member-form", "/businessNumberField", "is not a required field", "Name one that always exists."
        )
    return name


def _zone(value: Any) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (LookupError, ValueError, OSError, TypeError):
        raise _bad(
            "type.zone", "/zone", "is not a known time zone", 'Use an IANA name, e.g. "Asia/Shanghai".'
        ) from None


def _choice(document: dict[str, Any], name: str, choices: tuple[Choice, ...]) -> Choice:
    for choice in choices:
        if document[name] == choice:
            return choice
    raise _bad("type.member-form", f"/{name}", "has an unknown value", f"Use one of {', '.join(choices)}.")


def _text(document: dict[str, Any], name: str, form: re.Pattern[str]) -> str:
    value = document[name]
    if not isinstance(value, str) or not form.fullmatch(value):
        raise _bad("type.name", f"/{name}", "does not have the form of a name", f"Match {form.pattern}.")
    return value


def _holds_float(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_float, value.values()))
    if isinstance(value, list):
        return any(map(_holds_float, value))
    return isinstance(value, float)


def _bad(code: str, path: str, what: str, cure: str) -> MalformedInput:
    return MalformedInput(code, f"The type definition at {path or '/'} {what}.", cure, path=path)
