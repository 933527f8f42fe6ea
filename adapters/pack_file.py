"""Pack files: many contents one after another, each with a header that finds it again without an index.

    onceledger-pack-v1\\n | record*
    record = CID, 36 | size, 8 | CRC-32 of those, 4 | content | SHA-256 of each leaf, 32 (over 256 KiB)

The header's sum tells a record from whatever a crash left; the CID tells whether the content is whole.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO, Final
from zlib import crc32

from ledger.cid import CID_SIZE, RAW, Cid
from ledger.digest import DIGEST_SIZE, Digest
from ledger.errors import MalformedInput
from ledger.unixfs import CHUNK_SIZE, leaf_count, root_of

PACK_MAGIC: Final = b"onceledger-pack-v1\n"
_NAMED: Final = struct.Struct(f">{CID_SIZE}sQ")
_SUM: Final = struct.Struct(">I")
HEADER_SIZE: Final = _NAMED.size + _SUM.size
_RAW_START: Final = b"\x01\x55\x12\x20"
_NODE_START: Final = b"\x01\x70\x12\x20"


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """A record in a pack: the content starts at ``at`` and is ``size`` bytes long. ``whole``: it fits its CID."""

    cid: Cid
    at: int
    size: int
    whole: bool


def record_header(cid: bytes, size: int) -> bytes:
    """What stands before a content; ``cid`` in binary form."""
    named = _NAMED.pack(cid, size)
    return named + _SUM.pack(crc32(named))


def record_size(size: int) -> int:
    """Bytes of the whole record of a content of ``size`` bytes."""
    return HEADER_SIZE + size + leaves_size(size)


def leaves_size(size: int) -> int:
    """Bytes of the leaf digests behind a content of ``size`` bytes."""
    return DIGEST_SIZE * leaf_count(size) if size > CHUNK_SIZE else 0


def leaves_fit(cid: Cid, size: int, leaves: bytes) -> bool:
    """Whether ``leaves`` (concatenated digests) are those of the file ``cid`` of ``size`` bytes."""
    digests = [leaves[at : at + DIGEST_SIZE] for at in range(0, len(leaves), DIGEST_SIZE)]
    try:
        return root_of(digests, size) == cid
    except MalformedInput:
        return False


def scan(pack: BinaryIO, start: int) -> Iterator[FoundRecord]:
    """Every record from ``start`` on whose header is right, in order.

    Bytes that are no record (torn, or damaged) are skipped until a header fits again. Reads everything once.
    """
    size = pack.seek(0, 2)
    if size <= start:
        return
    with mmap.mmap(pack.fileno(), size, access=mmap.ACCESS_READ) as data:
        at = start
        while (at := _next_header(data, at, size)) >= 0:
            key, length = _NAMED.unpack_from(data, at)
            cid = Cid.from_bytes(key)
            content = at + HEADER_SIZE
            whole = _is_whole(data, cid, content, length)
            yield FoundRecord(cid, content, length, whole)
            at += record_size(length)


def _next_header(data: mmap.mmap, at: int, size: int) -> int:
    """Where the next record starts that lies within the file, or -1."""
    while at >= 0:
        header = data[at : at + HEADER_SIZE]
        if len(header) == HEADER_SIZE and header[:4] in (_RAW_START, _NODE_START):
            _, length = _NAMED.unpack_from(header)
            if _SUM.pack(crc32(header[: _NAMED.size])) == header[_NAMED.size :] and at + record_size(length) <= size:
                return at
        at = min((place for mark in (_RAW_START, _NODE_START) if (place := data.find(mark, at + 1)) >= 0), default=-1)
    return -1


def _is_whole(data: mmap.mmap, cid: Cid, at: int, size: int) -> bool:
    if size <= CHUNK_SIZE:
        return cid.codec == RAW and sha256(data[at : at + size]).digest() == cid.digest
    leaves = data[at + size : at + size + leaves_size(size)]
    if not leaves_fit(cid, size, leaves):
        return False
    return all(
        sha256(data[at + offset : at + min(offset + CHUNK_SIZE, size)]).digest()
        == Digest(leaves[DIGEST_SIZE * number : DIGEST_SIZE * (number + 1)])
        for number, offset in enumerate(range(0, size, CHUNK_SIZE))
    )
