"""DAG-PB nodes (IPLD codec 0x70), in their canonical form only: what is decoded here encodes to the same bytes again.

    PBLink = 0a len hash | 12 len name | 18 tsize          name and tsize may be absent
    PBNode = (12 len PBLink)*  | 0a len data               links first, data after them or absent

Protocol Buffers let one message be written in many ways. A block that can be written in two ways has two identifiers,
so fields out of order, repeated or unknown, and varints with needless bytes are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ledger.errors import MalformedInput

MAX_BLOCK: Final = 1 << 21
"""Bytes: IPFS nodes neither send nor take larger blocks."""

_MAX_VARINT: Final = 10
_CURE: Final = "Fetch the block again; if it is the same, whoever made it does not follow the DAG-PB specification."
_BYTES: Final = 2
_VARINT: Final = 0


@dataclass(frozen=True, slots=True)
class Link:
    """A named, sized reference. ``hash`` is the target's binary CID of any kind; ``tsize`` the bytes below it."""

    hash: bytes
    name: str | None = None
    tsize: int | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """``data`` absent (None) and ``data`` empty are two different nodes."""

    links: tuple[Link, ...] = ()
    data: bytes | None = None


def varint(value: int) -> bytes:
    """``value`` (0 to 2^64 − 1) as a base-128 varint, shortest form."""
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """(value, where it ends). Raises MalformedInput ``dag-pb.varint`` when cut off, over 64 bits or not shortest."""
    value = shift = 0
    for position in range(at, min(at + _MAX_VARINT, len(data))):
        byte = data[position]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >> 64 or (byte == 0 and position > at):
                break
            return value, position + 1
        shift += 7
    raise MalformedInput(
        "dag-pb.varint", "A number in the node is cut off, too large or not in its shortest form.", _CURE
    )


def read_bytes(data: bytes, at: int) -> tuple[bytes, int]:
    """(length-prefixed bytes, where they end). Raises MalformedInput ``dag-pb.cut-off``, ``dag-pb.varint``."""
    size, start = read_varint(data, at)
    end = start + size
    if end > len(data):
        raise MalformedInput("dag-pb.cut-off", "The node ends in the middle of a field.", _CURE)
    return data[start:end], end


def encode(node: Node) -> bytes:
    """The block of ``node``. Links keep their order."""
    parts = []
    for link in node.links:
        body = b"\x0a" + varint(len(link.hash)) + link.hash
        if link.name is not None:
            name = link.name.encode()
            body += b"\x12" + varint(len(name)) + name
        if link.tsize is not None:
            body += b"\x18" + varint(link.tsize)
        parts.append(b"\x12" + varint(len(body)) + body)
    if node.data is not None:
        parts.append(b"\x0a" + varint(len(node.data)) + node.data)
    return b"".join(parts)


def decode(block: bytes) -> Node:
    """The node in ``block``.

    Raises MalformedInput ``dag-pb.too-large``, ``dag-pb.cut-off``, ``dag-pb.varint``, ``dag-pb.field`` (unknown,
    repeated or out of order, or of another wire type), ``dag-pb.no-hash``, ``dag-pb.name``.
    """
    if len(block) > MAX_BLOCK:
        raise MalformedInput("dag-pb.too-large", "The block is larger than 2 MiB.", _CURE)
    links: list[Link] = []
    data = None
    at = 0
    while at < len(block):
        key, at = read_varint(block, at)
        if key == 2 << 3 | _BYTES and data is None:
            body, at = read_bytes(block, at)
            links.append(_link(body))
        elif key == 1 << 3 | _BYTES and data is None:
            data, at = read_bytes(block, at)
        else:
            raise _field()
    return Node(tuple(links), data)


def _link(body: bytes) -> Link:
    target = name = tsize = None
    previous = at = 0
    while at < len(body):
        key, at = read_varint(body, at)
        if key >> 3 <= previous:
            raise _field()
        previous = key >> 3
        if key == 1 << 3 | _BYTES:
            target, at = read_bytes(body, at)
        elif key == 2 << 3 | _BYTES:
            raw, at = read_bytes(body, at)
            try:
                name = raw.decode("utf-8")
            except UnicodeDecodeError:
                raise MalformedInput("dag-pb.name", "A link's name is not UTF-8.", _CURE) from None
        elif key == 3 << 3 | _VARINT:
            tsize, at = read_varint(body, at)
        else:
            raise _field()
    if not target:
        raise MalformedInput("dag-pb.no-hash", "A link names no target.", _CURE)
    return Link(target, name, tsize)


def _field() -> MalformedInput:
    return MalformedInput("dag-pb.field", "A field of the node is unknown, repeated or out of order.", _CURE)
