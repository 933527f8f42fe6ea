"""Status lists: W3C Bitstring Status List 1.0, committed on the chain chunk by chunk (``docs/formats/status-list.md``).

    bit i of a list = bit 7 − i mod 8 of byte ⌊i/8⌋         encodedList = "u" + base64url(gzip(bytes))
    root = RFC 9162 root over the chunks of 1,024 bytes      on the chain: root, number of chunks

A set bit means revoked or suspended, as the list's purpose says. The root lets a bundle carry one chunk instead of the
list. It binds a chunk's position only together with the number of chunks, so that number stands beside it on the chain.
"""

from __future__ import annotations

import gzip
import zlib
from array import array
from hashlib import shake_256
from struct import unpack
from typing import Any, Final

from ledger import base64url
from ledger.digest import Digest
from ledger.errors import MalformedInput
from ledger.merkle import Tree, leaf_hash, verify_inclusion

MIN_ENTRIES: Final = 131_072
"""Fewest entries of a list (Bitstring Status List 1.0, section 5.1): a crowd in which one index says little."""

MAX_ENTRIES: Final = 1 << 24
"""Most entries of a list: 2 MiB, so that no list can fill a verifier's memory."""

CHUNK_SIZE: Final = 1024
"""Bytes in a chunk: a proof carries at most this and a path, and the tree over a list stays small."""

CHUNK_ENTRIES: Final = 8 * CHUNK_SIZE
"""Entries in a chunk."""

MIN_SEED_SIZE: Final = 16
"""Bytes of secret below which the order of a list could be guessed."""

_PERMUTATION_DOMAIN: Final = b"onceledger-status-order-v1\n"
_CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"


def new_list(entries: int) -> bytearray:
    """A list of ``entries`` bits, all 0. Raises MalformedInput ``status-list.size`` unless it is a multiple of 8,192
    from 131,072 to 2^24."""
    if not MIN_ENTRIES <= entries <= MAX_ENTRIES or entries % CHUNK_ENTRIES:
        raise _bad_size()
    return bytearray(entries // 8)


def get(bits: bytes | bytearray, index: int) -> bool:
    """Whether bit ``index`` of a whole list is set. Raises MalformedInput ``status-list.index``."""
    if not 0 <= index < 8 * len(bits):
        raise _bad_index()
    return bool(bits[index >> 3] >> (7 - (index & 7)) & 1)


def put(bits: bytearray, index: int, value: bool) -> None:
    """Set or clear bit ``index``, in place. Raises MalformedInput ``status-list.index``."""
    if not 0 <= index < 8 * len(bits):
        raise _bad_index()
    mask = 0x80 >> (index & 7)
    if value:
        bits[index >> 3] |= mask
    else:
        bits[index >> 3] &= ~mask


def encode_list(bits: bytes | bytearray) -> str:
    """``encodedList`` of a list: Multibase ``u``, base64url without padding, over gzip (section 2.2), which carries no
    time. Raises MalformedInput ``status-list.size``."""
    check_size(bits)
    return "u" + base64url.encode(gzip.compress(bits, 9, mtime=0))


def decode_list(text: str, *, max_entries: int = MAX_ENTRIES) -> bytes:
    """The list of an ``encodedList``. Inflates no further than ``max_entries`` bits, whatever the text promises.

    Raises MalformedInput ``status-list.encoding`` for other than one complete gzip member, ``status-list.size`` for a
    list that is too short, too long or no whole number of chunks.
    """
    if text[:1] != "u":
        raise _bad_encoding()
    try:
        packed = base64url.decode(text[1:])
    except MalformedInput:
        raise _bad_encoding() from None
    bits = inflate(packed, max_entries // 8)
    check_size(bits)
    return bits


def inflate(packed: bytes, max_size: int) -> bytes:
    """One complete gzip member of at most ``max_size`` bytes; inflating stops there.

    Raises MalformedInput ``status-list.encoding``, ``status-list.size``.
    """
    inflater = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        data = inflater.decompress(packed, max_size + 1)
    except zlib.error:
        raise _bad_encoding() from None
    if len(data) > max_size:
        raise _bad_size()
    if not inflater.eof or inflater.unused_data:
        raise _bad_encoding()
    return data


def check_size(bits: bytes | bytearray) -> None:
    """Raises MalformedInput ``status-list.size`` unless the list has a permitted length."""
    if not MIN_ENTRIES <= 8 * len(bits) <= MAX_ENTRIES or len(bits) % CHUNK_SIZE:
        raise _bad_size()


def chunk_count(bits: bytes | bytearray) -> int:
    """Number of chunks of a list, as published beside its root. Raises MalformedInput ``status-list.size``."""
    check_size(bits)
    return len(bits) // CHUNK_SIZE


def tree(bits: bytes | bytearray) -> Tree:
    """The RFC 9162 tree whose leaves are the list's chunks. Raises MalformedInput ``status-list.size``."""
    check_size(bits)
    chunks = range(0, len(bits), CHUNK_SIZE)
    return Tree.from_leaves(b"".join([leaf_hash(bytes(bits[at : at + CHUNK_SIZE])) for at in chunks]))


def root(bits: bytes | bytearray) -> Digest:
    """Root of a list, as published on the chain. Raises MalformedInput ``status-list.size``."""
    return tree(bits).root


def chunk_proof(bits: bytes | bytearray, index: int, *, over: Tree | None = None) -> tuple[int, bytes, bytes]:
    """(chunk number, chunk, path) for the entry ``index``; ``over`` is ``tree(bits)`` when many proofs are made.

    Raises MalformedInput ``status-list.index``, ``status-list.size``.
    """
    if not 0 <= index < 8 * len(bits):
        raise _bad_index()
    number = index // CHUNK_ENTRIES
    chunk = bytes(bits[CHUNK_SIZE * number : CHUNK_SIZE * (number + 1)])
    return number, chunk, (tree(bits) if over is None else over).path(number)


def verify_chunk(chunk: bytes, number: int, chunks: int, path: bytes, root: bytes) -> None:
    """Return if ``path`` proves that ``chunk`` is number ``number`` of the list of ``chunks`` chunks under ``root``.

    ``chunks`` and ``root`` must both come from the publication on the chain. Raises MalformedInput
    ``status-list.chunk-size``, ``status-list.size`` and ``merkle.*``.
    """
    if len(chunk) != CHUNK_SIZE:
        raise MalformedInput(
            "status-list.chunk-size", "A chunk is not 1,024 bytes long.", "Ask the holder for the original file."
        )
    if not MIN_ENTRIES <= chunks * CHUNK_ENTRIES <= MAX_ENTRIES:
        raise _bad_size()
    verify_inclusion(leaf_hash(chunk), number, chunks, path, root)


def get_in_chunk(chunk: bytes, number: int, index: int) -> bool:
    """Bit ``index`` of the whole list, read from its chunk ``number``.

    Raises MalformedInput ``status-list.index`` when the index is not in that chunk.
    """
    if index // CHUNK_ENTRIES != number:
        raise _bad_index()
    return get(chunk, index % CHUNK_ENTRIES)


def permutation(seed: bytes, entries: int) -> array[int]:
    """The order in which the indexes of a list are given out: each of 0 … entries − 1 once.

    Entry i gets bytes 8i … 8i + 7 of SHAKE-256(domain ‖ seed) (FIPS 202); indexes are given out in the order of those
    numbers, equal ones by index. Without the seed nobody can tell which certificates were issued together.

    Raises MalformedInput ``status-list.seed`` for fewer than 16 bytes, ``status-list.size``.
    """
    if len(seed) < MIN_SEED_SIZE:
        raise MalformedInput("status-list.seed", "The seed is shorter than 16 bytes.", "Draw 32 random bytes once.")
    if not 0 < entries <= MAX_ENTRIES:
        raise _bad_size()
    numbers = unpack(f">{entries}Q", shake_256(_PERMUTATION_DOMAIN + seed).digest(8 * entries))
    return array("I", sorted(range(entries), key=numbers.__getitem__))


def status_list_document(
    *, url: str, issuer: str, purpose: str, bits: bytes | bytearray, valid_from: str
) -> dict[str, Any]:
    """The BitstringStatusListCredential of a list, without proof (section 2.2).

    ``url`` is where it is served, ``purpose`` "revocation" or "suspension", ``valid_from`` an XML Schema dateTimeStamp.
    Raises MalformedInput ``status-list.size``.
    """
    return {
        "@context": [_CONTEXT],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": valid_from,
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encode_list(bits),
        },
    }


def _bad_size() -> MalformedInput:
    return MalformedInput(
        "status-list.size",
        "The status list is not a multiple of 8,192 entries from 131,072 to 16,777,216.",
        "Use the list as its issuer published it.",
    )


def _bad_index() -> MalformedInput:
    return MalformedInput(
        "status-list.index", "The index is not in the status list.", "Ask the issuer which list the certificate is in."
    )


def _bad_encoding() -> MalformedInput:
    return MalformedInput(
        "status-list.encoding", "The status list is not one whole gzip member in base64url.", "Fetch the list again."
    )
