"""Sealed content: encrypted in chunks, each of them authentic and in its place (``docs/formats/sealed-content.md``).

    onceledger-sealed-v1\\n | algorithm, 1 byte | commitment, 32 bytes | chunk 0 | chunk 1 | …
    chunk = AES-256-GCM of up to 64 KiB; its nonce is its number and whether it is the last one

A data key seals one content and is never used again: that is why nonces can count from 0, and why destroying the key
destroys every copy of the content. Everything here is a function of its arguments; fresh keys come from the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha512
from hmac import compare_digest
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import Corrupt, MalformedInput, NotPermitted, OnceledgerError

DATA_KEY_SIZE: Final = 32
"""Bytes in a data key: fresh and random for every content."""

CHUNK_SIZE: Final = 65_536
"""Bytes of content in every chunk but the last."""

TAG_SIZE: Final = 16
"""Bytes that AES-GCM adds to a chunk."""

_MAGIC: Final = b"onceledger-sealed-v1\n"
_ALGORITHM: Final = b"\x01"
"""AES-256-GCM in chunks of 64 KiB, key and commitment by SHA-512."""

_COMMITMENT_SIZE: Final = 32
HEADER_SIZE: Final = len(_MAGIC) + len(_ALGORITHM) + _COMMITMENT_SIZE
"""Bytes before the first chunk."""

_SEALED_CHUNK: Final = CHUNK_SIZE + TAG_SIZE
_DERIVE_PREFIX: Final = b"\x00\x00\x00\x01"
_DERIVE_SUFFIX: Final = _MAGIC + _ALGORITHM
_ONLY: Final = bytes(11) + b"\x01"
_NEAR: Final = 64
"""Places within which a chunk that does not open is looked for. It only words the refusal, so its cost is bounded."""


def seal(content: bytes, data_key: bytes) -> bytes:
    """``content`` sealed under ``data_key`` (32 random bytes, used for nothing else, ever).

    Raises MalformedInput ``sealing.data-key``.
    """
    header, cipher = _derive(data_key)
    if len(content) <= CHUNK_SIZE:
        return header + cipher.encrypt(_ONLY, content, header)
    return b"".join(_sealed_chunks(header, cipher, (content,)))


def seal_many(contents: Sequence[bytes], data_keys: bytes) -> list[bytes]:
    """Each content sealed under its own 32 bytes of ``data_keys``. Raises MalformedInput ``sealing.data-key``."""
    if len(data_keys) != DATA_KEY_SIZE * len(contents):
        raise _bad_key()
    starts = range(0, len(data_keys), DATA_KEY_SIZE)
    return [
        seal(content, data_keys[start : start + DATA_KEY_SIZE]) for content, start in zip(contents, starts, strict=True)
    ]


def seal_stream(pieces: Iterable[bytes], data_key: bytes) -> Iterator[bytes]:
    """Like ``seal`` for content in pieces of any size; holds one chunk in memory.

    Raises MalformedInput ``sealing.data-key`` when it is called, not when it is read.
    """
    header, cipher = _derive(data_key)
    return _sealed_chunks(header, cipher, pieces)


def open_sealed(sealed: bytes, data_key: bytes) -> bytes:
    """The content of ``sealed``, whole and authentic, or an error; raises like ``open_stream``."""
    return b"".join(open_stream((sealed,), data_key))


def open_stream(pieces: Iterable[bytes], data_key: bytes) -> Iterator[bytes]:
    """The content of sealed ``pieces``, chunk by chunk.

    A chunk is yielded once it is known to be authentic and in its place; that no chunk is missing at the end is known
    only when the iterator is exhausted. Do not act on the content before.

    Raises MalformedInput ``sealing.data-key``, ``sealing.not-sealed-content``, ``sealing.unknown-algorithm``;
    NotPermitted ``sealing.wrong-key``; Corrupt ``sealing.truncated``, ``sealing.extended``,
    ``sealing.chunk-repeated``, ``sealing.chunk-misplaced``, ``sealing.chunk-altered``, ``sealing.empty-last-chunk``.
    """
    header, cipher = _derive(data_key)
    held = bytearray()
    number = -1
    for piece in pieces:
        held += piece
        if number < 0 and len(held) >= HEADER_SIZE:
            _check_header(bytes(held[:HEADER_SIZE]), header)
            number = 0
            del held[:HEADER_SIZE]
        # One byte more than a chunk must be there before the chunk is known not to be the last one.
        at = 0
        while number >= 0 and len(held) - at > _SEALED_CHUNK:
            yield _open_chunk(cipher, header, bytes(held[at : at + _SEALED_CHUNK]), number, last=False)
            number += 1
            at += _SEALED_CHUNK
        del held[:at]
    if number < 0:
        _check_header(bytes(held), header)
    content = _open_chunk(cipher, header, bytes(held), max(number, 0), last=True)
    if number > 0 and not content:
        raise Corrupt("sealing.empty-last-chunk", "The sealed content ends with an empty chunk.", _RESTORE)
    yield content


_RESTORE: Final = "Fetch the content again, from another copy if need be."


def _derive(data_key: bytes) -> tuple[bytes, AESGCM]:
    """(header, cipher) of a data key: one-step key derivation with SHA-512 (NIST SP 800-56C rev. 2, section 4.1,
    option 1); the first half is the cipher's key, the second half the commitment that stands in the header."""
    if len(data_key) != DATA_KEY_SIZE:
        raise _bad_key()
    derived = sha512(_DERIVE_PREFIX + data_key + _DERIVE_SUFFIX).digest()
    return _DERIVE_SUFFIX + derived[32:], AESGCM(derived[:32])


def _sealed_chunks(header: bytes, cipher: AESGCM, pieces: Iterable[bytes]) -> Iterator[bytes]:
    yield header
    held = bytearray()
    number = 0
    for piece in pieces:
        view = memoryview(piece)
        at = 0
        # ``>`` and not ``>=``: a full chunk is held back until it is known whether it is the last.
        while len(held) + len(view) - at > CHUNK_SIZE:
            end = at + CHUNK_SIZE - len(held)
            held += view[at:end]
            yield cipher.encrypt(_nonce(number, last=False), bytes(held), header)
            number += 1
            held.clear()
            at = end
        held += view[at:]
    yield cipher.encrypt(_nonce(number, last=True), bytes(held), header)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + (b"\x01" if last else b"\x00")


def _check_header(found: bytes, expected: bytes) -> None:
    if not found.startswith(_MAGIC):
        if _MAGIC.startswith(found):
            raise _truncated()
        raise MalformedInput(
            "sealing.not-sealed-content", "This is not sealed content of version 1.", "Check what was fetched."
        )
    if len(found) < HEADER_SIZE:
        raise _truncated()
    if found[len(_MAGIC) : len(_MAGIC) + 1] != _ALGORITHM:
        raise MalformedInput(
            "sealing.unknown-algorithm", "The content is sealed with an algorithm unknown here.", "Use a newer version."
        )
    if not compare_digest(found, expected):
        raise NotPermitted(
            "sealing.wrong-key", "The data key does not belong to this content.", "Use the content's own."
        )


def _open_chunk(cipher: AESGCM, header: bytes, chunk: bytes, number: int, *, last: bool) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, last=last), chunk, header)
    except InvalidTag:
        raise _diagnosis(cipher, header, chunk, number, last=last) from None


def _diagnosis(cipher: AESGCM, header: bytes, chunk: bytes, number: int, *, last: bool) -> OnceledgerError:
    """Why a chunk does not open where it stands. It stays refused whatever is found."""
    if len(chunk) < TAG_SIZE:
        return _truncated()
    if _opens(cipher, header, chunk, number, last=not last):
        if last:
            return _truncated()
        return Corrupt("sealing.extended", "Something follows the last chunk of the sealed content.", _RESTORE)
    for other in range(max(0, number - _NEAR), number + _NEAR):
        if other != number and any(_opens(cipher, header, chunk, other, last=flag) for flag in (False, True)):
            if other < number:
                return Corrupt("sealing.chunk-repeated", "A chunk of the sealed content comes twice.", _RESTORE)
            return Corrupt("sealing.chunk-misplaced", "A chunk of the sealed content is missing or moved.", _RESTORE)
    return Corrupt(
        "sealing.chunk-altered", "A chunk of the sealed content was altered, cut or comes from elsewhere.", _RESTORE
    )


def _opens(cipher: AESGCM, header: bytes, chunk: bytes, number: int, *, last: bool) -> bool:
    try:
        cipher.decrypt(_nonce(number, last=last), chunk, header)
    except InvalidTag:
        return False
    return True


def _bad_key() -> MalformedInput:
    return MalformedInput("sealing.data-key", "A data key is not 32 bytes long.", "Give 32 random bytes per content.")


def _truncated() -> Corrupt:
    return Corrupt("sealing.truncated", "The end of the sealed content is missing.", _RESTORE)
