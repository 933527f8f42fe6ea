"""Credential types: what a sound one says, and every unsound one by its own code."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_type import GOOD, PROPERTIES, VOCABULARY, as_bytes, definition, label

from ledger import base64url
from ledger.canonical_json import canonicalize
from ledger.credential_type import CredentialType, parse_type
from ledger.errors import MalformedInput, OnceledgerError
from ledger.label import Label
from ledger.type_context import RESERVED_TERMS
from ledger.type_schema import MAX_ITEMS, MAX_LENGTH
from offices.explaining import explain

VECTORS = Path(__file__).parent / "vectors"
SAMPLE = parse_type(as_bytes(definition()))


def rules(subject: Any, kind: CredentialType = SAMPLE) -> list[tuple[str, str]]:
    return sorted((error.path, error.rule) for error in kind.check(subject))


def refused(document: Any) -> MalformedInput:
    with pytest.raises(MalformedInput) as caught:
        parse_type(document if isinstance(document, bytes) else as_bytes(document))
    return caught.value


def with_schema(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    document = definition()
    change(document["schema"])
    return document


def with_property(name: str, schema: Any) -> dict[str, Any]:
    return with_schema(lambda whole: whole["properties"].update({name: schema}))


# What a sound type says


def test_example_of_the_format_page_is_a_type() -> None:
    page = (Path(__file__).parent.parent / "docs" / "formats" / "credential-type.md").read_text(encoding="utf-8")
    example = page.partition("## Example")[2].partition("## Format")[0]
    licence = parse_type(example.encode())
    subject = {"licenceNumber": "00000001", "keeperName": "王", "residentId": "11010519491231002X", "size": "S"}
    assert licence.check(subject) == []


def test_a_good_subject_has_no_errors() -> None:
    assert SAMPLE.check(GOOD) == []


def test_context_bytes_are_canonical_and_named_by_their_digest() -> None:
    assert SAMPLE.context_bytes == canonicalize(definition()["context"])
    digest = base64url.encode(sha256(SAMPLE.context_bytes).digest())
    assert SAMPLE.context_url("https://root.example") == f"https://root.example/contexts/Sample/1/{digest}"


def test_digest_does_not_depend_on_white_space_or_order() -> None:
    shuffled = dict(reversed(definition().items()))
    again = parse_type(json.dumps(shuffled, indent=7).encode())
    assert (again.digest, again.context_digest) == (SAMPLE.digest, SAMPLE.context_digest)


def test_labels_of_fields_values_and_hints() -> None:
    assert SAMPLE.fields["kind"].values["b"].en == "b"
    assert SAMPLE.fields["number"].hint is not None
    assert SAMPLE.fields["age"].label.zh == "age的名称"


def test_subject_identity_is_canonical_and_absent_without_its_fields() -> None:
    assert SAMPLE.subject_identity(GOOD) == b'{"residentId":"11010519491231002X"}'
    assert SAMPLE.subject_identity({"number": "1"}) is None
    assert parse_type(as_bytes(definition(subjectIdFields=[]))).subject_identity(GOOD) is None


def test_a_type_goes_to_another_process() -> None:
    again = pickle.loads(pickle.dumps(SAMPLE))
    assert again.digest == SAMPLE.digest
    assert again.check(GOOD) == []


# What is wrong with a subject


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("number", "lower", "pattern"),
        ("number", 5, "type"),
        ("fullName", "", "minLength"),
        ("fullName", "一二三四五六七八九十一", "maxLength"),
        ("kind", "c", "enum"),
        ("bornOn", "2023-02-30", "format"),
        ("bornOn", "0000-01-01", "format"),
        ("bornOn", "2023-2-3", "format"),
        ("seenAt", "2023-02-03T12:00:00", "format"),
        ("seenAt", "0000-02-03T12:00:00Z", "format"),
        ("residentId", "110105194912310021", "format"),
        ("creditCode", "91350100M000100Y44", "format"),
        ("count", 10, "maximum"),
        ("count", -1, "minimum"),
        ("count", True, "type"),
        ("count", 2**70, "maximum"),
        ("open", 1, "type"),
        ("tags", ["x"] * 4, "maxItems"),
        ("tags", ["x", "x"], "uniqueItems"),
        ("people", [{"fullName": "a"}] * 3, "maxItems"),
        ("fullName", None, "type"),
    ],
)
def test_broken_rule_is_named(field: str, value: Any, rule: str) -> None:
    assert (f"/{field}", rule) in rules(GOOD | {field: value})


def test_messages_of_days_and_times_differ() -> None:
    for year in ("0000", "x"):
        (day,) = SAMPLE.check(GOOD | {"bornOn": f"{year}-01-01"})
        (moment,) = SAMPLE.check(GOOD | {"seenAt": f"{year}-01-01T00:00:00Z"})
        assert "YYYY-MM-DD" in day.message.zh
        assert "RFC 3339" in moment.message.zh


def test_places_inside_arrays_are_named() -> None:
    assert rules(GOOD | {"people": [{"fullName": "a"}, {"age": 3}]}) == [
        ("/people/1/age", "enum"),
        ("/people/1/fullName", "required"),
    ]


def test_missing_and_undefined_fields() -> None:
    assert rules({"number": "A"}) == [("/fullName", "required")]
    assert rules(GOOD | {"unheard": 1}) == [("", "additionalProperties")]


@pytest.mark.parametrize("value", [1.0, 3.0, 1.5, float("nan")])
def test_float_in_signed_data(value: float) -> None:
    assert ("/count", "float") in rules(GOOD | {"count": value})


def test_float_deep_in_signed_data() -> None:
    assert ("/people", "float") in rules(GOOD | {"people": [{"fullName": "a", "age": 1.0}]})


@pytest.mark.parametrize(
    "character",
    [
        "\0",
        "\n",
        "\x7f",
        "\x85",
        "\u2028",
        "\u202e",
        "\u2067",
        "\ue000",
        "\uf8ff",
        "\ufeff",
        "\ufffd",
        "\U000f0000",
        "\U0010fffd",
    ],
)
def test_character_that_shows_as_something_else(character: str) -> None:
    assert rules(GOOD | {"fullName": f"a{character}b"}) == [("/fullName", "character")]
    assert rules(GOOD | {"fullName": character}) == [("/fullName", "character")]


@pytest.mark.parametrize("text", ["𠮷", "䶮", "㛃", "阿卜杜拉·买买提", "O'Brien é", "\u200dz", "\U00031350"])
def test_rare_but_right_characters(text: str) -> None:
    assert rules(GOOD | {"fullName": text[:10]}) == []


def test_nul_byte_in_a_claim() -> None:
    assert rules(GOOD | {"tags": ["a\0"]}) == [("/tags/0", "character")]


@pytest.mark.parametrize("value", ["\ud800", b"bytes", object(), {1: 2}])
def test_what_json_cannot_say(value: Any) -> None:
    assert SAMPLE.check(GOOD | {"fullName": value})


@pytest.mark.parametrize("subject", [None, [], "text", 5])
def test_subject_that_is_no_object(subject: Any) -> None:
    assert rules(subject) == [("", "type")]


def test_subject_nested_100_000_deep() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    assert SAMPLE.check(GOOD | {"fullName": deep})
    while deep:  # taken apart by hand: freeing it at once would recurse as deep
        deep = deep.pop()


SECRET = "Zhang-San-Secret"


@pytest.mark.parametrize("field", list(PROPERTIES))
def test_no_value_in_any_message(field: str) -> None:
    for value in (SECRET, [SECRET], {SECRET: SECRET}, [{SECRET: SECRET}, SECRET, SECRET, SECRET]):
        errors = SAMPLE.check(GOOD | {field: value})
        assert errors
        assert SECRET not in repr(errors)


def test_messages_say_limit_and_hint_in_both_languages() -> None:
    (error,) = SAMPLE.check(GOOD | {"number": "lower"})
    assert error.message.zh.endswith("大写字母")
    assert error.message.en.endswith("Capital letters.")
    (error,) = SAMPLE.check(GOOD | {"fullName": "x" * 11})
    assert "10" in error.message.zh
    assert "10" in error.message.en


@given(
    st.dictionaries(
        st.sampled_from([*PROPERTIES, "other"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
            max_leaves=8,
        ),
    )
)
def test_any_subject_is_answered(subject: dict[str, Any]) -> None:
    errors = SAMPLE.check(subject)
    assert all(error.message.zh and error.message.en for error in errors)
    if not errors:
        canonicalize(subject)  # what passes can be signed


# Unsound types


@pytest.mark.parametrize("name", sorted(definition().keys() - {"format", "version", "businessNumberField"}))
def test_missing_member(name: str) -> None:
    document = definition()
    del document[name]
    error = refused(document)
    assert (error.code, error.detail["path"]) == ("type.member-missing", f"/{name}")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"format": "other"}, "type.not-a-type"),
        ({"version": 2}, "type.version"),
        ({"version": True}, "type.version"),
        ({"extra": 1}, "type.member-unknown"),
        ({"name": "lower"}, "type.name"),
        ({"name": "A/../B"}, "type.name"),
        ({"name": "VerifiableCredential"}, "type.name"),
        ({"typeVersion": "../1"}, "type.name"),
        ({"typeVersion": 1}, "type.name"),
        ({"kind": "paper"}, "type.member-form"),
        ({"holderKey": True}, "type.member-form"),
        ({"zone": "Asia/Nowhere"}, "type.zone"),
        ({"zone": "../../etc/passwd"}, "type.zone"),
        ({"zone": 8}, "type.zone"),
        ({"validity": {"rule": "sometimes"}}, "type.validity"),
        ({"validity": {"rule": "until-field", "field": "fullName"}}, "type.validity"),
        ({"validity": {"rule": "until-field", "field": "nothing"}}, "type.validity"),
        ({"label": {"zh": "样本"}}, "type.label-missing"),
        ({"label": {"zh": "样本", "en": " "}}, "type.label-missing"),
        ({"label": "Sample"}, "type.label-missing"),
        ({"label": {"zh": "样本", "en": "x", "fr": "x"}}, "type.member-form"),
        ({"description": {"zh": "长" * 3000, "en": "x"}}, "type.member-form"),
        ({"display": ["number", "nothing"]}, "type.field-unknown"),
        ({"display": ["number", "number"]}, "type.member-form"),
        ({"display": "number"}, "type.member-form"),
        ({"subjectIdFields": ["age"]}, "type.field-unknown"),
        ({"businessNumberField": "kind"}, "type.member-form"),
        ({"fields": []}, "type.member-form"),
        ({"fields": {}}, "type.label-missing"),
    ],
)
def test_member_of_the_wrong_form(change: dict[str, Any], code: str) -> None:
    assert refused(definition(**change)).code == code


def test_label_missing_in_one_language() -> None:
    document = definition()
    del document["fields"]["fullName"]["label"]["en"]
    error = refused(document)
    assert (error.code, error.detail["path"]) == ("type.label-missing", "/fields/fullName/label/en")


def test_label_of_a_field_that_does_not_exist() -> None:
    document = definition()
    document["fields"]["nothing"] = {"label": label("x")}
    assert refused(document).code == "type.field-unknown"


@pytest.mark.parametrize("values", [{}, {"a": label("a")}, {"a": label("a"), "b": label("b"), "c": label("c")}, []])
def test_values_not_labelled_one_by_one(values: Any) -> None:
    document = definition()
    document["fields"]["kind"]["values"] = values
    assert refused(document).code == "type.values-mismatch"


@pytest.mark.parametrize("name", ["id", "type", "name", "description", "issuer", "status", "created"])
def test_field_with_the_name_of_a_vc_term(name: str) -> None:
    assert refused(with_property(name, {"type": "string", "maxLength": 5})).code == "type.field-name"


@pytest.mark.parametrize("name", ["@id", "Upper", "with space", "中文", "", "a" * 65])
def test_field_name_of_another_form(name: str) -> None:
    assert refused(with_property(name, {"type": "string", "maxLength": 5})).code == "type.field-name"


@pytest.mark.parametrize(
    "schema", [True, [], "x", {}, {"type": "objekt"}, {"properties": 5}, {"type": "object", "required": "a"}]
)
def test_schema_that_is_not_a_schema(schema: Any) -> None:
    assert refused(definition(schema=schema)).code in ("type.schema-invalid", "type.schema-dialect")


@pytest.mark.parametrize(
    ("schema", "code"),
    [
        ({"type": "number"}, "type.schema-float"),
        ({"type": "number", "multipleOf": 1}, "type.schema-float"),
        ({"type": ["string", "null"]}, "type.schema-keyword"),
        ({"type": "null"}, "type.schema-keyword"),
        ({"maxLength": 5}, "type.schema-keyword"),
        (True, "type.schema-open"),
        ({"type": "string"}, "type.schema-unbounded"),
        ({"type": "string", "pattern": "^x$"}, "type.schema-unbounded"),
        ({"type": "string", "maxLength": MAX_LENGTH + 1}, "type.schema-unbounded"),
        ({"type": "string", "format": "email"}, "type.schema-format"),
        ({"type": "string", "format": "made-up"}, "type.schema-format"),
        ({"type": "string", "enum": ["a", 1]}, "type.schema-keyword"),
        ({"type": "string", "maxLength": 5, "contentEncoding": "base64"}, "type.schema-keyword"),
        ({"type": "string", "maxLength": 5, "pattern": "(?=a)"}, "type.schema-pattern"),
        ({"type": "string", "maxLength": 5, "pattern": "("}, "type.schema-pattern"),
        ({"type": "string", "maxLength": 5, "pattern": "(a{1000}){1000}"}, "type.schema-pattern"),
        ({"type": "integer"}, "type.schema-unbounded"),
        ({"type": "integer", "minimum": 0}, "type.schema-unbounded"),
        ({"type": "integer", "minimum": 0, "maximum": 2**53 - 1, "multipleOf": 2}, "type.schema-keyword"),
        ({"type": "array", "maxItems": 3}, "type.schema-open"),
        ({"type": "array", "items": True, "maxItems": 3}, "type.schema-open"),
        ({"type": "array", "items": {"type": "boolean"}}, "type.schema-unbounded"),
        ({"type": "array", "items": {"type": "boolean"}, "maxItems": MAX_ITEMS + 1}, "type.schema-unbounded"),
        ({"type": "object"}, "type.schema-open"),
        ({"type": "object", "additionalProperties": False}, "type.schema-open"),
        ({"type": "object", "properties": {"age": {"type": "boolean"}}}, "type.schema-open"),
        (
            {"type": "object", "additionalProperties": True, "properties": {"age": {"type": "boolean"}}},
            "type.schema-open",
        ),
        (
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {"age": {"type": "boolean"}},
                "required": ["x"],
            },
            "type.schema-required",
        ),
        ({"$ref": "https://example.org/schema"}, "type.schema-reference"),
        ({"$ref": "#"}, "type.schema-reference"),
        ({"$ref": "#/$defs/nothing"}, "type.schema-reference"),
        ({"$ref": "#/$defs/person", "maxLength": 5}, "type.schema-reference"),
        ({"anyOf": [{"type": "string", "maxLength": 5}]}, "type.schema-keyword"),
    ],
)
def test_property_schema_outside_the_profile(schema: Any, code: str) -> None:
    error = refused(with_property("fullName", schema))
    assert error.code == code
    assert error.detail["path"].startswith("/schema")


def test_schema_allowing_additional_properties() -> None:
    assert refused(with_schema(lambda schema: schema.pop("additionalProperties"))).code == "type.schema-open"


def test_schema_that_refers_to_itself() -> None:
    document = definition()
    document["schema"]["$defs"]["person"]["properties"]["age"] = {"$ref": "#/$defs/person"}
    assert refused(document).code == "type.schema-reference"


def test_schema_that_multiplies_itself() -> None:
    document = definition()
    level = {"type": "object", "additionalProperties": False}
    for depth in range(12):
        properties = {name: {"$ref": f"#/$defs/d{depth + 1}"} for name in ("a", "b", "c", "d")}
        document["schema"]["$defs"][f"d{depth}"] = {**level, "properties": properties}
    document["schema"]["$defs"]["d12"] = {"type": "boolean"}
    document["schema"]["properties"]["fullName"] = {"$ref": "#/$defs/d0"}
    assert refused(document).code == "type.schema-unbounded"


def test_float_in_a_type_definition() -> None:
    assert refused(as_bytes(definition()).replace(b'"maximum": 9', b'"maximum": 9.5')).code == "json.float"


def test_duplicate_key_in_a_type_definition() -> None:
    assert (
        refused(as_bytes(definition()).replace(b'"kind":', b'"name": "Other", "kind":', 1)).code == "json.duplicate-key"
    )


def test_type_definition_nested_100_000_deep() -> None:
    assert refused(b"[" * 100_000 + b"]" * 100_000).code == "json.too-deep"


# The context


def test_reserved_terms_are_those_of_the_vc_context() -> None:
    terms: set[str] = set()

    def collect(context: dict[str, Any]) -> None:
        for term, meaning in context.items():
            if not term.startswith("@"):
                terms.add(term)
            if isinstance(meaning, dict) and isinstance(meaning.get("@context"), dict):
                collect(meaning["@context"])

    data = (VECTORS / "contexts" / "credentials-v2.jsonld").read_bytes()
    assert sha256(data).hexdigest().startswith("59955ced")
    collect(json.loads(data)["@context"])
    assert terms == RESERVED_TERMS


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"@protected": None}, "type.context-unprotected"),
        ({"@protected": False}, "type.context-unprotected"),
        ({"@vocab": VOCABULARY}, "type.context-form"),
        ({"@import": VOCABULARY}, "type.context-form"),
        ({"@version": 1}, "type.context-form"),
        ({"issuer": VOCABULARY + "issuer"}, "type.context-reserved-term"),
        ({"fullName": ...}, "type.context-term-missing"),
        ({"Sample": ...}, "type.context-term-missing"),
        ({"age": ...}, "type.context-term-missing"),
        ({"other": VOCABULARY + "other"}, "type.context-term-unknown"),
        ({"fullName": "relative"}, "type.context-iri"),
        ({"fullName": "#fragment"}, "type.context-iri"),
        ({"fullName": None}, "type.context-iri"),
        ({"fullName": {"@id": "https://a b"}}, "type.context-iri"),
        ({"fullName": {"@id": VOCABULARY + "x", "@type": "date"}}, "type.context-iri"),
        ({"fullName": {"@id": VOCABULARY + "x", "@context": {}}}, "type.context-form"),
        ({"fullName": {"@id": VOCABULARY + "x", "@container": "@index"}}, "type.context-form"),
    ],
)
def test_context_that_is_open_or_incomplete(change: dict[str, Any], code: str) -> None:
    context = {k: v for k, v in (definition()["context"]["@context"] | change).items() if v is not ...}
    assert refused(definition(context={"@context": context})).code == code


@pytest.mark.parametrize("context", [None, [], "https://example.org", {}, {"@context": []}, {"@context": {}, "x": 1}])
def test_context_document_of_another_form(context: Any) -> None:
    assert refused(definition(context=context)).code in ("type.context-form", "type.context-unprotected")


# Anything at all


@given(st.binary(max_size=200))
def test_random_bytes_raise_nothing_but_our_errors(data: bytes) -> None:
    with pytest.raises(OnceledgerError):
        parse_type(data)


@given(
    st.sampled_from(sorted(definition())),
    st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
        max_leaves=6,
    ),
)
def test_any_member_replaced_by_anything(name: str, value: Any) -> None:
    with suppress(OnceledgerError):
        parse_type(as_bytes(definition(**{name: value})))


@given(st.data())
def test_any_part_of_the_schema_replaced_by_anything(data: st.DataObject) -> None:
    document = definition()
    node = document["schema"]
    for _ in range(data.draw(st.integers(0, 3))):
        inner = [key for key, value in node.items() if isinstance(value, dict)]
        if not inner:
            break
        node = node[data.draw(st.sampled_from(inner))]
    key = data.draw(st.sampled_from([*node, "type", "$ref", "enum", "items", "properties", "format"]))
    node[key] = data.draw(
        st.sampled_from([None, True, [], {}, "string", "object", "#/$defs/person", 5, ["a"], {"type": "boolean"}])
    )
    with suppress(OnceledgerError):
        parse_type(as_bytes(document))


def test_a_keyword_and_a_pattern_that_cannot_be_are_named_in_both_languages() -> None:
    def told(prop: dict[str, Any]) -> tuple[Label, str]:
        document = definition()
        document["schema"]["$defs"]["person"]["properties"]["fullName"] = prop
        with pytest.raises(MalformedInput) as caught:
            parse_type(as_bytes(document))
        return explain(caught.value)[0], caught.value.detail["path"]

    cause, path = told({"type": "string", "maxLength": 5, "contentEncoding": "base64"})
    assert "contentEncoding" in cause.zh
    assert "contentEncoding" in cause.en
    assert path == "/schema/$defs/person/properties/fullName"
    cause, path = told({"type": "string", "maxLength": 5, "pattern": "(?=a)"})
    assert path == "/schema/properties/people/items/properties/fullName/pattern"
    assert path in cause.zh
    assert path in cause.en
