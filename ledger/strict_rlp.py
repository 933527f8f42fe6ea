"""Recursive Length Prefix (Ethereum yellow paper, appendix B), read strictly: one byte string for one value.

    item = bytes | list of items
    0x00..0x7f          the byte itself
    0x80 + n, n bytes   a string of n <= 55 bytes          0xb7 + k, k bytes of length, the string
    0xc0 + n, n bytes   a list whose items take n bytes    0xf7 + k, k bytes of length, the items

Strict means: no trailing bytes, no longer form where a shorter one exists, no leading zero in a length. Hashes are
taken over these bytes, so a second spelling of one value would be a second hash of one thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ledger.errors import MalformedInput

Item: TypeAlias = "bytes | list[Item]"
Encodable: TypeAlias = "bytes | Sequence[Encodable]"

MAX_DEPTH = 8
"""Deepest nesting that is followed. The deepest format here (the topics of a log) needs 4."""


def decode(data: bytes, *, max_size: int) -> Item:
    """The item that ``data`` spells.

    Raises MalformedInput ``rlp.too-large`` for more than ``max_size`` bytes (asked before anything else) and
    ``rlp.malformed`` for every departure from the strict form, including nesting deeper than ``MAX_DEPTH``.
    """
    if len(data) > max_size:
        raise MalformedInput(
            "rlp.too-large", f"The RLP item has {len(data)} bytes; {max_size} are allowed.", "Send the right file."
        )
    item, end = _item(bytes(data), 0, len(data), 0)
    if end != len(data):
        raise malformed("bytes follow the item")
    return item


def decode_list(data: bytes, *, max_size: int) -> list[Item]:
    """Like ``decode``, for data that must spell a list."""
    item = decode(data, max_size=max_size)
    if not isinstance(item, list):
        raise malformed("a list is wanted")
    return item


def encode(item: Encodable) -> bytes:
    """The one spelling of ``item``."""
    if isinstance(item, (bytes, bytearray)):
        if len(item) == 1 and item[0] < 0x80:
            return bytes(item)
        return _prefix(len(item), 0x80) + item
    payload = b"".join([encode(part) for part in item])
    return _prefix(len(payload), 0xC0) + payload


def encode_uint(number: int) -> bytes:
    """``number`` >= 0 as RLP scalars are written inside a string: big-endian, no leading zero, zero is empty."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def string(item: Item, size: int | None = None) -> bytes:
    """``item`` as a byte string, of ``size`` bytes where given."""
    if not isinstance(item, bytes):
        raise malformed("a byte string is wanted, not a list")
    if size is not None and len(item) != size:
        raise malformed(f"a string of {size} bytes is wanted")
    return item


def uint(item: Item, max_bytes: int) -> int:
    """``item`` as an unsigned integer of at most ``max_bytes`` bytes, without leading zeros."""
    raw = string(item)
    if len(raw) > max_bytes or raw[:1] == b"\0":
        raise malformed(f"an integer of at most {max_bytes} bytes without leading zeros is wanted")
    return int.from_bytes(raw, "big")


def items(item: Item) -> list[Item]:
    """``item`` as a list."""
    if not isinstance(item, list):
        raise malformed("a list is wanted, not a byte string")
    return item


def malformed(reason: str) -> MalformedInput:
    """The error of a part that is not what its format wants."""
    return MalformedInput(
        "rlp.malformed", f"The RLP data is malformed: {reason}.", "Take the bytes from their source again."
    )


def _prefix(size: int, base: int) -> bytes:
    if size <= 55:
        return bytes((base + size,))
    length = encode_uint(size)
    return bytes((base + 55 + len(length),)) + length


def _item(data: bytes, at: int, end: int, depth: int) -> tuple[Item, int]:
    """The item at ``data[at]``, which must end at or before ``end``, and where it ends."""
    if at >= end:
        raise malformed("the data ends early")
    first = data[at]
    if first < 0x80:
        return data[at : at + 1], at + 1
    base = 0x80 if first < 0xC0 else 0xC0
    size = first - base
    at += 1
    if size > 55:
        width = size - 55
        if at + width > end or data[at] == 0:
            raise malformed("a length is cut off or has leading zeros")
        size = int.from_bytes(data[at : at + width], "big")
        if size <= 55:
            raise malformed("a short length is written in the long form")
        at += width
    stop = at + size
    if stop > end:
        raise malformed("an item reaches beyond its container")
    if base == 0x80:
        if size == 1 and data[at] < 0x80:
            raise malformed("a single byte is written in the long form")
        return data[at:stop], stop
    if depth >= MAX_DEPTH:
        raise malformed("it is nested too deep")
    parts: list[Item] = []
    while at < stop:
        part, at = _item(data, at, stop, depth + 1)
        parts.append(part)
    return parts, stop
