"""Keccak-256 as Ethereum uses it (not FIPS 202's SHA3-256) and the addresses made from it."""

from __future__ import annotations

from eth_hash.auto import keccak as _keccak

from ledger.digest import Digest

ADDRESS_SIZE = 20
"""Bytes in an address."""


def keccak256(data: bytes) -> Digest:
    """Keccak-256 of ``data``."""
    return Digest(_keccak(data))


def address_of_public_key(uncompressed: bytes) -> bytes:
    """Address (20 bytes) of a secp256k1 public key in SEC 1 uncompressed form (65 bytes, 0x04 first)."""
    return _keccak(uncompressed[1:])[-ADDRESS_SIZE:]
