"""Strict JSON in, canonical JSON out (RFC 8259 read narrowly, RFC 8785 written; ``docs/formats/canonical-json.md``).

    {"b": [1, true], "\\u0061": "ä"}   <->   {"a":"ä","b":[1,true]}

What is signed or hashed must mean one thing to every reader, so whatever two parsers may read differently is refused
before it is read: duplicate keys, fractions and exponents, integers beyond ±(2^53 − 1), lone surrogates, a byte order
mark, deep nesting.

orjson does the work wherever its bytes are RFC 8785's. They differ in three places, each detected here and given to the
reference implementation (``rfc8785``) or refused: floats; integers from 2^53 on; the order of keys, which orjson sorts
by UTF-8 and RFC 8785 by UTF-16, a difference that needs a character outside the BMP beside one from U+E000 to U+FFFF.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import orjson
import rfc8785

from ledger.errors import MalformedInput


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may cost before it is looked at: ``max_bytes`` in bytes, ``max_depth`` in nested containers."""

    max_bytes: int = 1 << 20
    max_depth: int = 64


DEFAULT: Final = Limits()
"""1 MiB holds a bundle with the longest proofs many times over; no format of ours nests deeper than ten."""

_OPTIONS: Final = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_STRICT_INTEGER
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)
_SCALARS: Final = frozenset((str, int, bool, type(None)))
_CONTAINERS: Final = frozenset((dict, list, tuple))
_ASTRAL_LEADS: Final = (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4")
_MAX_SAFE_DIGITS: Final = 16


def parse(data: bytes, *, limits: Limits = DEFAULT, allow_floats: bool = False) -> Any:
    """The value of the one JSON text that ``data`` is (UTF-8, RFC 8259; I-JSON, RFC 7493, section 2).

    ``allow_floats`` admits finite numbers with a fraction or an exponent; never set it for data that is signed.

    Raises MalformedInput ``json.too-large``, ``json.not-utf8``, ``json.byte-order-mark``, ``json.malformed``,
    ``json.too-deep``, ``json.duplicate-key``, ``json.float``, ``json.negative-zero``,
    ``json.number-out-of-range``, ``json.lone-surrogate``.
    """
    value, canonical = _read(data, limits, allow_floats)
    # orjson keeps the last of two equal keys. A canonical text never repeats a key, so a text that equals its own
    # canonical form has none; any other text is read again by a parser that shows every pair.
    if canonical != data:
        _refuse_hidden(data)
    return value


def parse_canonical(data: bytes, *, limits: Limits = DEFAULT) -> Any:
    """Like ``parse``, for formats where one value has one text.

    Raises MalformedInput ``json.not-canonical`` besides what ``parse`` raises.
    """
    value, canonical = _read(data, limits, allow_floats=False)
    if canonical != data:
        _refuse_hidden(data)
        raise MalformedInput(
            "json.not-canonical", "The document is not in canonical form.", "Write it as RFC 8785 says, byte for byte."
        )
    return value


def canonicalize(value: Any, *, allow_floats: bool = False, max_depth: int = DEFAULT.max_depth) -> bytes:
    """RFC 8785 form of ``value``: dicts with str keys, lists, tuples, str, int, bool and None.

    Raises MalformedInput ``json.too-deep``, ``json.float``, ``json.number-out-of-range``, ``json.lone-surrogate`` and
    ``json.not-a-json-value``, so that nothing is ever signed that ``parse`` would refuse.
    """
    has_floats = _inspect(value, max_depth, allow_floats)
    try:
        data = orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError:
        raise _why_not_written(value) from None
    if has_floats or (not data.isascii() and _key_order_may_differ(data)):
        return _reference(value)
    return data


def canonicalize_inspected(value: Any) -> bytes:
    """``canonicalize`` for a value whose every part came out of ``parse`` or went through ``canonicalize`` before, both
    without floats. Only the second look at each part is left out; anything else may give wrong bytes."""
    data = orjson.dumps(value, option=_OPTIONS)
    if not data.isascii() and _key_order_may_differ(data):
        return _reference(value)
    return data


def is_canonical(data: bytes, *, limits: Limits = DEFAULT) -> bool:
    """Whether ``data`` is byte for byte the canonical form of its own value. Raises like ``parse``."""
    _, canonical = _read(data, limits, allow_floats=True)
    if canonical != data:
        _refuse_hidden(data)
    return canonical == data


def _read(data: bytes, limits: Limits, allow_floats: bool) -> tuple[Any, bytes]:
    if len(data) > limits.max_bytes:
        raise MalformedInput(
            "json.too-large", f"The document is larger than {limits.max_bytes} bytes.", "Send the document alone."
        )
    try:
        value = orjson.loads(data)  # stops by itself at 1,024 levels, without recursion of ours
    except orjson.JSONDecodeError as error:
        raise _why_not_read(data, error.msg) from None
    canonical = canonicalize(value, allow_floats=allow_floats, max_depth=limits.max_depth)
    return value, canonical


def _inspect(value: Any, max_depth: int, allow_floats: bool) -> bool:
    """Whether ``value`` holds a float. Level by level, so that depth costs a counter and no stack."""
    has_floats = False
    level = [value] if type(value) in _CONTAINERS else []
    if not level and type(value) not in _SCALARS:
        has_floats = _admit_float(value, allow_floats)
    depth = 0
    while level:
        depth += 1
        if depth > max_depth:
            raise MalformedInput(
                "json.too-deep", f"The document nests deeper than {max_depth} levels.", "Flatten the document."
            )
        below: list[Any] = []
        for container in level:
            items = container.values() if type(container) is dict else container
            if _SCALARS.issuperset(map(type, items)):
                continue
            for item in items:
                kind = type(item)
                if kind in _CONTAINERS:
                    below.append(item)
                elif kind not in _SCALARS:
                    has_floats = _admit_float(item, allow_floats)
        level = below
    return has_floats


def _admit_float(value: Any, allow_floats: bool) -> bool:
    if type(value) is not float:
        raise MalformedInput(
            "json.not-a-json-value",
            "The value holds something that JSON cannot say.",
            "Use dicts with text keys, lists, text, integers, booleans and null.",
        )
    if not allow_floats:
        raise MalformedInput(
            "json.float",
            "A number has a fraction or an exponent, or is too long for an integer.",
            "Write it as an integer of the smallest unit, or as text.",
        )
    return True


def _key_order_may_differ(data: bytes) -> bool:
    # U+E000..U+FFFF begin with EE or EF in UTF-8, everything outside the BMP with F0..F4.
    return (b"\xee" in data or b"\xef" in data) and any(lead in data for lead in _ASTRAL_LEADS)


def _reference(value: Any) -> bytes:
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError:
        raise _number_out_of_range() from None


def _refuse_hidden(data: bytes) -> None:
    """Refuse what orjson reads without a word: repeated keys, minus zero (an integer here, a float elsewhere), and
    integer literals so long that they became floats."""
    try:
        _SHOW_PAIRS.decode(data.decode("utf-8"))
    except RecursionError:  # only what a repeated key hid from the first reading can still be that deep
        raise MalformedInput(
            "json.too-deep", "The document nests too deep below a repeated key.", "Name each key once."
        ) from None


def _unrepeated(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise MalformedInput("json.duplicate-key", "An object names a key twice.", "Remove one of the two members.")


def _plain_integer(literal: str) -> None:
    if literal == "-0":
        raise MalformedInput("json.negative-zero", "A number is minus zero.", "Write 0.")
    if len(literal.lstrip("-")) > _MAX_SAFE_DIGITS:
        raise _number_out_of_range()


_SHOW_PAIRS: Final = json.JSONDecoder(object_pairs_hook=_unrepeated, parse_int=_plain_integer, parse_float=str)


def _why_not_read(data: bytes, message: str) -> MalformedInput:
    if data.startswith(b"\xef\xbb\xbf"):
        return MalformedInput("json.byte-order-mark", "The document begins with a byte order mark.", "Remove it.")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return MalformedInput("json.not-utf8", f"Byte {error.start} is not UTF-8.", "Save the document as UTF-8.")
    if "depth limit" in message:
        return MalformedInput("json.too-deep", "The document nests too deep.", "Flatten the document.")
    if "surrogate" in message:
        return _lone_surrogate()
    if "infinity" in message:
        return _number_out_of_range()
    return MalformedInput("json.malformed", "The document is not JSON.", "Write it as RFC 8259 says, one value alone.")


def _why_not_written(value: Any) -> MalformedInput:
    """The reason behind orjson's refusal: a key that is no text, an unsafe integer, or a lone surrogate."""
    pending: list[Any] = [value]
    while pending:
        item = pending.pop()
        if type(item) is dict:
            if not all(type(key) is str for key in item):
                return MalformedInput("json.not-a-json-value", "A key is not text.", "Use text for keys.")
            pending += item.keys()
            pending += item.values()
        elif type(item) in _CONTAINERS:
            pending += item
        elif type(item) is int and not -(2**53) < item < 2**53:
            return _number_out_of_range()
    return _lone_surrogate()


def _number_out_of_range() -> MalformedInput:
    return MalformedInput(
        "json.number-out-of-range", "A number is outside ±(2^53 − 1) or not finite.", "Write it as text."
    )


def _lone_surrogate() -> MalformedInput:
    return MalformedInput(
        "json.lone-surrogate", "A text holds half of a surrogate pair.", "Write the whole character, or leave it out."
    )
