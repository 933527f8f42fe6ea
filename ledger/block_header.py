"""An Ethereum block header: parsed, nothing checked against anything.

    RLP [parentHash, sha3Uncles, miner, stateRoot, transactionsRoot, receiptsRoot, logsBloom, difficulty, number,
         gasLimit, gasUsed, timestamp, extraData, mixHash, nonce, (baseFeePerGas, (later fields ...))]

Source: yellow paper section 4.4, EIP-1559 for the sixteenth field; later forks append (EIP-4895, 4844, 4788, 7685).
What is appended is kept as it is: the block hash covers it, and nothing here needs its meaning.

A parsed header is only what somebody wrote. ``ledger.qbft.verify_seals`` tells whether a quorum stands behind it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ledger import strict_rlp
from ledger.digest import Digest
from ledger.errors import MalformedInput

MAX_HEADER_SIZE = 64 * 1024
"""Largest header read, in bytes. A QBFT header of 100 validators has 10 kB."""

MIN_FIELDS = 15
MAX_FIELDS = 24
"""Fewest (before London) and most fields; 21 are in use since Prague, a few more may be appended."""

_EXTRA_DATA = 12


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of one header, as claimed. ``fields`` holds all of them, raw, in order."""

    fields: tuple[bytes, ...]
    parent_hash: Digest
    miner: bytes
    state_root: Digest
    transactions_root: Digest
    receipts_root: Digest
    logs_bloom: bytes
    difficulty: int
    number: int
    gas_limit: int
    gas_used: int
    time: int
    """Unix seconds."""
    extra_data: bytes
    mix_hash: Digest
    base_fee: int | None
    """Wei per gas; None before London."""


def parse_header(data: bytes) -> Header:
    """The header that ``data`` (RLP, at most ``MAX_HEADER_SIZE`` bytes) spells.

    Raises MalformedInput ``rlp.too-large``, ``rlp.malformed`` or ``block-header.malformed``.
    """
    parts = strict_rlp.decode_list(data, max_size=MAX_HEADER_SIZE)
    if not MIN_FIELDS <= len(parts) <= MAX_FIELDS:
        raise MalformedInput(
            "block-header.malformed",
            f"A block header has {MIN_FIELDS} to {MAX_FIELDS} fields, this one {len(parts)}.",
            "Take the header from its source again.",
        )
    return header_of_fields([strict_rlp.string(part) for part in parts])


def header_of_fields(fields: list[bytes]) -> Header:
    """The header of raw ``fields``, each checked for its size. Raises MalformedInput ``rlp.malformed``."""
    word = strict_rlp.string
    word(fields[1], 32)
    word(fields[14], 8)
    return Header(
        fields=tuple(fields),
        parent_hash=Digest(word(fields[0], 32)),
        miner=word(fields[2], 20),
        state_root=Digest(word(fields[3], 32)),
        transactions_root=Digest(word(fields[4], 32)),
        receipts_root=Digest(word(fields[5], 32)),
        logs_bloom=word(fields[6], 256),
        difficulty=strict_rlp.uint(fields[7], 32),
        number=strict_rlp.uint(fields[8], 8),
        gas_limit=strict_rlp.uint(fields[9], 8),
        gas_used=strict_rlp.uint(fields[10], 8),
        time=strict_rlp.uint(fields[11], 8),
        extra_data=fields[_EXTRA_DATA],
        mix_hash=Digest(word(fields[13], 32)),
        base_fee=strict_rlp.uint(fields[15], 32) if len(fields) > 15 else None,
    )


def encode_header(header: Header, *, extra_data: bytes | None = None) -> bytes:
    """RLP of ``header``, with ``extra_data`` in the place of its own where given."""
    fields = list(header.fields)
    if extra_data is not None:
        fields[_EXTRA_DATA] = extra_data
    return strict_rlp.encode(fields)
