"""The one digest of the project: 32 bytes of SHA-256 (or Keccak-256 where Ethereum demands it), typed so that it is
never mistaken for other bytes."""

from __future__ import annotations

from hashlib import sha256 as _sha256
from typing import NewType

Digest = NewType("Digest", bytes)

DIGEST_SIZE = 32
"""Bytes in a digest."""


def sha256(data: bytes) -> Digest:
    """SHA-256 of ``data`` (FIPS 180-4)."""
    return Digest(_sha256(data).digest())
