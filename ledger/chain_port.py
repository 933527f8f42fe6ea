"""The port ``Chain``: an Ethereum network as the use cases see it.

Bytes inside: addresses are 20 bytes, hashes 32, times integer Unix seconds. What a node says is never taken for proof:
**every block that comes out of ``head``, ``block``, ``outcome``, ``logs`` and ``block_evidence`` is sealed by a quorum
of validators that were named from elsewhere** (``trusting``; else Corrupt ``chain.not-sealed``). Only the two methods
that say ``unverified`` are left to their caller (``ledger.chain_walk`` ties what they give to a sealed block). Answers
about the newest state (``simulate``, ``estimate_gas``, ``next_nonce``, ``code``) cannot be proven: nothing is recorded
as done because of one.

Errors common to all methods: Unavailable ``chain.unavailable`` (no answer, or not in time: try again later),
``chain.redirected`` (it sends elsewhere) or ``chain.node-error`` (a node in trouble), Corrupt ``chain.bad-answer`` (an
answer of the wrong shape, or one that contradicts itself) or ``chain.answer-too-long``; over the embedded chain also
its own Unavailable, Misconfigured and Corrupt ones. Methods that read change nothing and may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.block_header import Header
from ledger.digest import Digest
from ledger.trusted_validators import SealCheck


@dataclass(frozen=True, slots=True)
class BlockRef:
    """A block by number and hash; ``time`` in Unix seconds."""

    number: int
    hash: Digest
    time: int


@dataclass(frozen=True, slots=True)
class TransactionOutcome:
    """Where a transaction came to stand: ``index`` in its block; ``status`` False when it was reverted; ``created`` the
    address of the contract that it made, if it made one."""

    tx_hash: Digest
    block: BlockRef
    index: int
    status: bool
    gas_used: int
    created: bytes | None = None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One event. ``log_index_in_receipt`` counts from 0 within its transaction: the place a bundle names.

    All but ``tx_hash`` is checked against the block's header, which does not hold the hashes of its transactions.
    """

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_time: int
    tx_hash: Digest
    tx_index: int
    log_index_in_block: int
    log_index_in_receipt: int


@dataclass(frozen=True, slots=True)
class BlockEvidence:
    """What all proofs out of one block are made of: its header (RLP, with seals) and all its receipts (encoded)."""

    header: bytes
    receipts: tuple[bytes, ...]


class Chain(Protocol):
    """An Ethereum network."""

    def chain_id(self) -> int:
        """Chain id (EIP-155)."""

    def genesis_hash(self) -> Digest:
        """Hash of block 0: with the chain id, what tells one network from another."""

    def head(self) -> BlockRef:
        """The newest block. Blocks of the networks meant here are final: none is ever taken back."""

    def block(self, number: int) -> BlockRef:
        """The block of that number. Raises NotFound ``chain.no-such-block``."""

    def next_nonce(self, account: bytes) -> int:
        """Nonce of the next transaction of ``account``, those waiting in the node's pool counted."""

    def submit(self, signed_transaction: bytes) -> Digest:
        """Hands the transaction in and returns its hash, which is known beforehand: Keccak-256 of the bytes.

        Durable on return? Not by itself: ``outcome`` says when it is in a block (the embedded chain has put it there
        already). Safe to repeat, also when it is in a block: the same bytes give the same hash. Unavailable leaves open
        whether the node has it: ask ``outcome``, or repeat.

        Raises MalformedInput ``chain.transaction-malformed``, ``chain.other-chain``, ``chain.intrinsic-gas`` or
        ``chain.gas-limit``; Conflict ``chain.nonce-too-low`` (another transaction of the account in the chain has that
        nonce), ``chain.nonce-taken`` (another one in the pool has), ``chain.nonce-gap`` (one before it is missing),
        ``chain.no-funds`` or ``chain.refused`` (any other reason of the node's, in ``reason``).
        """

    def outcome(self, tx_hash: bytes) -> TransactionOutcome | None:
        """Where the transaction stands in the chain, durable and final; None while it is not in a block."""

    def simulate(self, sender: bytes, to: bytes | None, data: bytes) -> bytes:
        """What a call from ``sender`` would return on the newest state; nothing is changed.

        A revert raises Conflict ``chain.reverted`` with ``selector`` ("0x" and 8 hex digits, or "" for a revert without
        data), ``name`` (of the contract's error, or "" when it is not known) and ``data`` (bytes) in ``detail``.
        """

    def estimate_gas(self, sender: bytes, to: bytes | None, data: bytes) -> int:
        """Gas that the call needs as a transaction on the newest state. Raises Conflict ``chain.reverted``."""

    def logs(self, addresses: Sequence[bytes], from_block: int, to_block: int) -> Iterator[LogEntry]:
        """Events of ``addresses`` in blocks ``from_block`` to ``to_block``, both included, in chain order.

        Lazy: asks page by page as it is read, so an error may come in the middle; go on behind the last block read.
        What is returned is true (each block is checked as in ``block_evidence``, and raises what that raises); that
        nothing was left out rests on the node, and on the numbers that the events carry.
        """

    def block_evidence(self, number: int) -> BlockEvidence:
        """Header and receipts of the block.

        Checked before it is returned: the header's hash is the one by which the node names the block, the receipts
        give the header's receiptsRoot, a quorum of trusted validators sealed it. Raises NotFound
        ``chain.no-such-block``, Corrupt ``chain.false-header``, ``chain.false-receipts`` or ``chain.not-sealed``.
        """

    def unverified_header(self, number: int) -> Header:
        """The header of that block, whoever sealed it: to be tied to a sealed block by ``parent_hash``.

        Raises NotFound ``chain.no-such-block``, Corrupt ``chain.false-header``.
        """

    def unverified_evidence(self, number: int) -> BlockEvidence:
        """As ``block_evidence``, whoever sealed the block: to be compared with a hash that is known."""

    def trusting(self, seals: SealCheck) -> Chain:
        """The same node under another check of seals."""

    def code(self, address: bytes) -> bytes:
        """Code of the contract at ``address``; empty when there is none."""
