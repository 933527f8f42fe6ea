"""Canonical JSON: RFC 8785's own vectors, and everything that two readers could read differently is refused."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.canonical_json import (
    Limits,
    canonicalize,
    canonicalize_inspected,
    is_canonical,
    parse,
    parse_canonical,
)
from ledger.errors import MalformedInput, OnceledgerError

VECTORS = Path(__file__).parent / "vectors" / "jcs"
NAMES = sorted(path.stem for path in (VECTORS / "input").glob("*.json"))
SAFE = 2**53 - 1

SCALARS = st.none() | st.booleans() | st.integers(-SAFE, SAFE) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


def refused(data: bytes, **options: Any) -> str:
    with pytest.raises(MalformedInput) as caught:
        parse(data, **options)
    return caught.value.code


def unwritable(value: Any, **options: Any) -> str:
    with pytest.raises(MalformedInput) as caught:
        canonicalize(value, **options)
    return caught.value.code


def nested(opening: str, closing: str, levels: int) -> bytes:
    return (opening * levels + "1" + closing * levels).encode()


# --- the standard -----------------------------------------------------------------------------------------------------


def test_the_vectors_are_there() -> None:
    assert NAMES == ["arrays", "french", "structures", "unicode", "values", "weird"]


@pytest.mark.parametrize("name", NAMES)
def test_rfc8785_vector(name: str) -> None:
    given_text = (VECTORS / "input" / f"{name}.json").read_bytes()
    expected = (VECTORS / "output" / f"{name}.json").read_bytes()
    assert canonicalize(parse(given_text, allow_floats=True), allow_floats=True) == expected
    assert is_canonical(expected)
    assert not is_canonical(given_text)


@pytest.mark.parametrize(
    ("bits", "text"),
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("ffefffffffffffff", "-1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555554", "333333333.33333325"),
        ("41b3de4355555555", "333333333.3333333"),
        ("41b3de4355555556", "333333333.3333334"),
        ("41b3de4355555557", "333333333.33333343"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_number_of_rfc8785_appendix_b(bits: str, text: str) -> None:
    number = struct.unpack(">d", bytes.fromhex(bits))[0]
    assert canonicalize([number], allow_floats=True) == f"[{text}]".encode()


def test_every_character_is_written_as_the_reference_writes_it() -> None:
    characters = [chr(point) for point in range(0x10000) if not 0xD800 <= point <= 0xDFFF]
    value = dict(zip(characters, characters, strict=True))
    assert canonicalize(value) == rfc8785.dumps(value)


def test_keys_outside_the_bmp_sort_by_utf16() -> None:
    # U+20BB7 is D842 DFB7 in UTF-16 and comes before U+FF08, although its UTF-8 bytes come after.
    value = {"\uff08": 1, "\U00020bb7": 2, "a": 3}
    assert canonicalize(value) == '{"a":3,"\U00020bb7":2,"\uff08":1}'.encode()
    assert canonicalize_inspected(value) == canonicalize(value)


def test_rare_and_full_width_characters_in_values_change_nothing() -> None:
    value = {"name": "\U00020bb7\u4dae\u36c3", "address": "\uff08one\uff09", "a": "\uff08"}
    assert canonicalize(value) == rfc8785.dumps(value)


@settings(deadline=None)
@given(VALUES)
@example({"\U00010000": {"\uffff": 1, "\U0001f600": 2}, "\ue000": 3})
def test_canonical_form_is_the_references(value: Any) -> None:
    data = canonicalize(value)
    assert data == rfc8785.dumps(value) == canonicalize_inspected(value)
    assert parse(data) == parse_canonical(data) == value
    assert is_canonical(data)


@settings(deadline=None)
@given(VALUES, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_any_other_spelling_has_the_same_canonical_form(value: Any, ascii_only: bool, indent: Any) -> None:
    spelled = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    assert canonicalize(parse(spelled)) == canonicalize(value)


@settings(deadline=None)
@given(st.recursive(SCALARS | st.floats(allow_nan=False, allow_infinity=False), lambda s: st.lists(s, max_size=3)))
def test_floats_go_to_the_reference(value: Any) -> None:
    assert canonicalize(value, allow_floats=True) == rfc8785.dumps(value)


# --- duplicate keys ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        '{"a":1,"a":1}',
        '{"a":1,"\\u0061":2}',
        '{"\\u0061":1,"a":2}',
        '{"a":1,"b":2,"a":3}',
        '{"":1,"":2}',
        '{"x":{"a":1,"a":2}}',
        '[[{"a":1,"a":2}]]',
        '{"\\ud83d\\ude00":1,"\U0001f600":2}',
        '{"a\\/b":1,"a/b":2}',
        '{"a":{"b":1},"a":{"b":1}}',
    ],
    ids=lambda text: ascii(text),
)
def test_duplicate_key_is_refused(text: str) -> None:
    assert refused(text.encode()) == "json.duplicate-key"
    with pytest.raises(MalformedInput, match="twice"):
        is_canonical(text.encode())
    with pytest.raises(MalformedInput, match="twice"):
        parse_canonical(text.encode())


@settings(deadline=None)
@given(st.dictionaries(st.text(), SCALARS, min_size=1, max_size=5), st.data())
def test_a_repeated_key_is_found_however_it_is_escaped(value: dict[str, Any], data: st.DataObject) -> None:
    members = [
        (json.dumps(key, ensure_ascii=data.draw(st.booleans())), json.dumps(item)) for key, item in value.items()
    ]
    key = data.draw(st.sampled_from(sorted(value)))
    escaped = "".join(f"\\u{unit:04x}" for (unit,) in struct.iter_unpack(">H", key.encode("utf-16-be")))
    members.insert(data.draw(st.integers(0, len(members))), (f'"{escaped}"', "1"))
    text = "{" + ",".join(f"{name}:{item}" for name, item in members) + "}"
    assert refused(text.encode()) == "json.duplicate-key"


def test_depth_hidden_below_a_repeated_key_is_refused() -> None:
    hidden = nested("[", "]", 1000).decode()
    assert refused(f'{{"a":{hidden},"a":1}}'.encode()) in {"json.too-deep", "json.duplicate-key"}


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.0", "json.float"),
        ("1.5", "json.float"),
        ("1e5", "json.float"),
        ("1E-5", "json.float"),
        ("-0.0", "json.float"),
        ("-0", "json.negative-zero"),
        ("1e400", "json.number-out-of-range"),
        ("-1e400", "json.number-out-of-range"),
        ("9007199254740992", "json.number-out-of-range"),
        ("-9007199254740992", "json.number-out-of-range"),
        ("18446744073709551615", "json.number-out-of-range"),
        ("18446744073709551616", "json.float"),  # no reader here keeps it an integer
        ("1" * 5000, "json.number-out-of-range"),
        ("01", "json.malformed"),
        ("+1", "json.malformed"),
        ("1.", "json.malformed"),
        (".5", "json.malformed"),
        ("0x10", "json.malformed"),
        ("NaN", "json.malformed"),
        ("Infinity", "json.malformed"),
        ("-Infinity", "json.malformed"),
    ],
)
@pytest.mark.parametrize("shape", ["%s", "[%s]", '{"a":%s}'])
def test_unsafe_number_is_refused(text: str, code: str, shape: str) -> None:
    assert refused((shape % text).encode()) == code


@pytest.mark.parametrize("number", [0, 1, -1, SAFE, -SAFE])
def test_safe_integer_is_kept(number: int) -> None:
    assert parse(f'{{"a": {number}}}'.encode()) == {"a": number}
    assert canonicalize({"a": number}) == f'{{"a":{number}}}'.encode()


@pytest.mark.parametrize("text", ["1e400", "9007199254740992", "12345678901234567890123", "-0", '{"a":1.0,"a":1}'])
def test_allowing_floats_allows_nothing_else(text: str) -> None:
    assert refused(text.encode(), allow_floats=True) in {
        "json.number-out-of-range",
        "json.negative-zero",
        "json.duplicate-key",
    }


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_number_that_is_none_is_not_written(number: float) -> None:
    assert unwritable({"a": [number]}) == "json.float"
    assert unwritable({"a": [number]}, allow_floats=True) == "json.number-out-of-range"


# --- text -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ['"\\ud800"', '"\\udc00"', '"\\ud800\\u0061"', '"\\udc00\\ud800"', '{"\\ud800":1}', '["\\uDBFF"]']
)
def test_lone_surrogate_escape_is_refused(text: str) -> None:
    assert refused(text.encode()) == "json.lone-surrogate"


@pytest.mark.parametrize("value", ["\ud800", ["\udfff"], {"\ud800": 1}, {"a": {"b": "x\udc00"}}])
def test_lone_surrogate_is_not_written(value: Any) -> None:
    assert unwritable(value) == "json.lone-surrogate"


@pytest.mark.parametrize(
    "data",
    [
        b'"\xff"',
        b'"\xc0\xaf"',
        b'"\xe0\x80\xaf"',
        b'"\xf0\x80\x80\xaf"',
        b'"\xed\xa0\x80"',
        b'"\xf4\x90\x80\x80"',
        b'"\xe4"',
    ],
    ids=["stray", "overlong-2", "overlong-3", "overlong-4", "surrogate", "beyond-10ffff", "cut"],
)
def test_bytes_that_are_not_utf8_are_refused(data: bytes) -> None:
    assert refused(data) == "json.not-utf8"


def test_byte_order_mark_is_refused() -> None:
    assert refused(b'\xef\xbb\xbf{"a":1}') == "json.byte-order-mark"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le"])
def test_another_encoding_is_refused(codec: str) -> None:
    assert refused('{"a":1}'.encode(codec)) == "json.malformed"


@pytest.mark.parametrize(
    "data",
    [b"", b" ", b"{", b'{"a":1', b'{"a":1}x', b'{"a":1}{"a":1}', b'{"a":1}\x00', b"{'a':1}", b'{"a":1,}', b"[1,]",
     b"// x\n1", b'"\x01"', b'"a\nb"', b'"\\x41"', b"\x0c1", b"nul", b"{1:2}", b'{"a"}'],
    ids=repr,
)  # fmt: skip
def test_what_is_not_one_json_text_is_refused(data: bytes) -> None:
    assert refused(data) == "json.malformed"


# --- bombs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        nested("[", "]", 100_000),
        nested('{"a":', "}", 100_000),
        nested('[{"a":', "}]", 50_000),
        nested("[", "]", 1024),
        nested("[", "]", 65),
        nested('{"a":', "}", 65),
        b'{"b":1,"a":' + nested("[", "]", 64) + b"}",
    ],
    ids=["open-arrays", "open-objects", "arrays", "objects", "mixed", "1024", "65-arrays", "65-objects", "64-inside"],
)
def test_bomb_is_refused(data: bytes) -> None:
    assert refused(data) == "json.too-deep"


@pytest.mark.parametrize("data", [nested("[", "]", 64), nested('{"a":', "}", 64), nested('[{"a":', "}]", 32)])
def test_64_levels_are_read(data: bytes) -> None:
    assert canonicalize(parse(data)) == data


def test_what_cannot_be_read_is_not_written() -> None:
    value: Any = 1
    for _ in range(64):
        value = [value]
    assert canonicalize(value) == nested("[", "]", 64)
    assert unwritable([value]) == "json.too-deep"
    for _ in range(5000):
        value = [value]
    assert unwritable(value) == "json.too-deep"


def test_a_list_that_holds_itself_is_not_written() -> None:
    value: list[Any] = []
    value.append(value)
    assert unwritable(value) == "json.too-deep"


def test_ten_megabytes_are_refused_unread() -> None:
    assert refused(b'"' + b"a" * 10_000_000 + b'"') == "json.too-large"
    assert refused(b" " * 10_000_000) == "json.too-large"


def test_limits_are_exact() -> None:
    assert parse(b'"abc"', limits=Limits(max_bytes=5)) == "abc"
    assert refused(b'"abcd"', limits=Limits(max_bytes=5)) == "json.too-large"
    assert parse(b"[[1]]", limits=Limits(max_depth=2)) == [[1]]
    assert refused(b"[[[]]]", limits=Limits(max_depth=2)) == "json.too-deep"


# --- the rest ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [b"a", {1: 2}, {"a": {1: 2}}, {"a": {1}}, object(), [print], {"a": 1j}])
def test_what_json_cannot_say_is_not_written(value: Any) -> None:
    assert unwritable(value) == "json.not-a-json-value"


@pytest.mark.parametrize("data", [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1}\n', b'"\\u0061"', b'"\\/"', b'"\\u001F"'])
def test_second_spelling_is_not_canonical(data: bytes) -> None:
    assert not is_canonical(data)
    parse(data)
    with pytest.raises(MalformedInput) as caught:
        parse_canonical(data)
    assert caught.value.code == "json.not-canonical"


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u0123eE.-+ntfa \ud800'[:-1], max_size=60).map(str.encode))
def test_random_bytes_give_a_value_or_our_error(data: bytes) -> None:
    try:
        value = parse(data)
    except OnceledgerError:
        return
    assert canonicalize(parse(canonicalize(value))) == canonicalize(value)


@settings(deadline=None, max_examples=300)
@given(VALUES, st.data())
def test_one_flipped_bit_changes_the_value_or_is_refused(value: Any, data: st.DataObject) -> None:
    canonical = bytearray(canonicalize(value))
    bit = data.draw(st.integers(0, 8 * len(canonical) - 1))
    canonical[bit >> 3] ^= 1 << (bit & 7)
    try:
        changed = parse(bytes(canonical))
    except OnceledgerError:
        return
    # A hexadecimal digit of an escape may change its case: the same value, spelled otherwise than canonical text is.
    assert canonicalize(changed) != canonicalize(value) or not is_canonical(bytes(canonical))
