"""Content identifiers (CID specification, version 1), the two kinds that occur here and no other.

    bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku
    = "b" + base32(01 | 55 raw, or 70 dag-pb | 12 20 SHA-256 | 32 bytes)

One content has one identifier and one identifier has one spelling, so every other version, codec, hash and base is
refused instead of converted.
"""

from __future__ import annotations

import binascii
from base64 import b32decode, b32encode
from dataclasses import dataclass
from typing import Final

from ledger.digest import Digest
from ledger.errors import MalformedInput

RAW: Final = 0x55
"""Multicodec of a block that is content and nothing else."""

DAG_PB: Final = 0x70
"""Multicodec of a node that links to blocks (``ledger.dag_pb``)."""

CID_SIZE: Final = 36
"""Bytes of a binary CID: version, codec, hash, length of the hash, hash."""

_PREFIXES: Final = {RAW: b"\x01\x55\x12\x20", DAG_PB: b"\x01\x70\x12\x20"}
_TEXT_SIZE: Final = 59
_CURE: Final = "Use a CIDv1 of codec raw or dag-pb with SHA-256, as `ipfs add --cid-version=1` prints it."


@dataclass(frozen=True, slots=True, order=True)
class Cid:
    """Identifier of content: ``codec`` is RAW or DAG_PB, ``digest`` the SHA-256 of the block."""

    codec: int
    digest: Digest

    def to_bytes(self) -> bytes:
        """Binary form, 36 bytes."""
        return _PREFIXES[self.codec] + self.digest

    def __str__(self) -> str:
        """Text form, base32 in lower case without padding (RFC 4648, section 6), 59 characters."""
        return "b" + b32encode(self.to_bytes()).decode("ascii").rstrip("=").lower()

    @classmethod
    def from_bytes(cls, data: bytes) -> Cid:
        """The CID in binary form.

        Raises MalformedInput ``cid.version``, ``cid.codec``, ``cid.hash`` or ``cid.length``.
        """
        if data[:1] != b"\x01":
            raise MalformedInput("cid.version", "The content identifier is not of version 1.", _CURE)
        if data[1:2] not in (b"\x55", b"\x70"):
            raise MalformedInput("cid.codec", "The content identifier names another codec than raw and dag-pb.", _CURE)
        if data[2:4] != b"\x12\x20":
            raise MalformedInput("cid.hash", "The content identifier names another hash than SHA-256.", _CURE)
        if len(data) != CID_SIZE:
            raise MalformedInput("cid.length", "The content identifier is not 36 bytes long.", _CURE)
        return cls(data[1], Digest(bytes(data[4:])))

    @classmethod
    def from_text(cls, text: str) -> Cid:
        """The CID in text form. Raises MalformedInput ``cid.malformed`` besides what ``from_bytes`` raises."""
        if text[:2] == "Qm":
            raise MalformedInput("cid.version", "The content identifier is not of version 1.", _CURE)
        if text[:1] != "b" or not text.isascii() or not text.islower():
            raise _malformed()
        # The size first: decoding cost must not be the sender's choice.
        if len(text) > 2 * _TEXT_SIZE:
            raise MalformedInput("cid.length", "The content identifier is not 36 bytes long.", _CURE)
        body = text[1:].upper()
        try:
            data = b32decode(body + "=" * (-len(body) % 8))
        except binascii.Error:
            raise _malformed() from None
        # The last character has two spare bits; only zeros are its one spelling. Written again, all others differ.
        if b32encode(data).rstrip(b"=") != body.encode("ascii"):
            raise _malformed()
        return cls.from_bytes(data)


def _malformed() -> MalformedInput:
    return MalformedInput("cid.malformed", "The content identifier is not base32 in lower case.", _CURE)
