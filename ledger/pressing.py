"""What goes to a worker that secures and seals credentials, and what comes back: plain values that cross processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ledger.credential import Frame
from ledger.issuance import Claims


@dataclass(frozen=True, slots=True)
class Chunk:
    """Work for one worker. Keys go by name: each worker finds them in its own key store."""

    definition: bytes
    frame: Frame
    key_name: str
    verification_method: str
    created: str
    wrapping_key: str
    commitment_key: str
    claims: Claims


@dataclass(frozen=True, slots=True)
class Pressed:
    """The answer for a chunk, by columns because they cross processes faster: sealed contents, envelopes of their data
    keys, leaf hashes, holder commitments (empty where a type names no holder)."""

    sealed: list[bytes]
    wrapped_keys: list[bytes]
    leaves: list[bytes]
    commitments: list[bytes]


Press: TypeAlias = Callable[[Iterable[Chunk]], Iterator[Pressed]]
"""Secures and seals chunks, in order."""
