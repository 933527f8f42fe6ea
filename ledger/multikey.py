"""Ed25519 public keys as Multikey (W3C Controlled Identifiers 1.0, section 2.2.2).

    z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2  =  "z" + base58btc(ed 01 ‖ 32 bytes)

The 34 bytes after base58 are the *Multikey bytes*; their SHA-256 is the key hash that stands on the chain.
"""

from __future__ import annotations

from typing import Final

import nacl.bindings

from ledger import base58
from ledger.digest import Digest, sha256
from ledger.errors import MalformedInput

KEY_SIZE: Final = 32
"""Bytes in an Ed25519 public key (RFC 8032, section 5.1.5)."""

_ED25519_PUB: Final = b"\xed\x01"
"""Multicodec ``ed25519-pub`` (0xed) as a varint."""

_CURE: Final = "Use a key that an Ed25519 library generated."


def check_ed25519_point(public: bytes) -> None:
    """Refuse a public key that no honest key generation can yield.

    For a point of small order one signature fits every message, and a key in a non-canonical encoding gives one key two
    hashes. Both are refused, as are points off the curve and points outside the prime-order subgroup (RFC 8032,
    section 5.1.3; about 50 µs, one multiplication on the curve).

    Raises MalformedInput ``multikey.length`` or ``multikey.weak-point``.
    """
    if len(public) != KEY_SIZE:
        raise MalformedInput("multikey.length", "The key is not 32 bytes long.", _CURE)
    if not nacl.bindings.crypto_core_ed25519_is_valid_point(public):
        raise MalformedInput("multikey.weak-point", "The key is not a point of the prime-order group.", _CURE)


def from_multikey_bytes(data: bytes) -> bytes:
    """The 32-byte key inside Multikey bytes. Raises MalformedInput ``multikey.codec``, ``multikey.length``,
    ``multikey.weak-point``."""
    if data[:2] != _ED25519_PUB:
        raise MalformedInput("multikey.codec", "The key is not an Ed25519 public key.", "Use a Multikey z6Mk….")
    public = data[2:]
    check_ed25519_point(public)
    return public


def multikey_bytes(text: str) -> bytes:
    """The 34 Multikey bytes of ``text``. Raises like ``decode``."""
    if text[:1] != "z":
        raise MalformedInput("multikey.multibase", "The key is not base58btc Multibase.", "Use a Multikey z6Mk….")
    data = base58.decode(text[1:])
    from_multikey_bytes(data)
    return data


def encode_ed25519(public: bytes) -> str:
    """Multikey text of a 32-byte key. Raises MalformedInput ``multikey.length``, ``multikey.weak-point``."""
    check_ed25519_point(public)
    return "z" + base58.encode(_ED25519_PUB + public)


def decode(text: str) -> bytes:
    """The 32-byte key of a Multikey text.

    Raises MalformedInput ``multikey.multibase``, ``multikey.codec``, ``multikey.length``, ``multikey.weak-point`` and
    ``base58.malformed``.
    """
    return multikey_bytes(text)[2:]


def key_hash(text: str) -> Digest:
    """SHA-256 of the Multikey bytes: the ``keyHash`` of the registries. Raises like ``decode``."""
    return sha256(multikey_bytes(text))


def did_key(public: bytes) -> str:
    """``did:key`` of a 32-byte key (did:key 0.9, section 3.1). Raises like ``encode_ed25519``."""
    return "did:key:" + encode_ed25519(public)


def did_key_method(public: bytes) -> str:
    """Verification method of a ``did:key``: the DID, ``#``, the Multikey again. Raises like ``encode_ed25519``."""
    text = encode_ed25519(public)
    return f"did:key:{text}#{text}"
