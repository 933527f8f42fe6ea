"""A chain in the process: a real EVM (py-evm, London), QBFT headers, SQLite underneath; one block per transaction.

    chain = EmbeddedChain.create(folder, chain_id=1337, validators=validators, clock=clock)     # once
    chain = EmbeddedChain.open(folder, validators=validators, clock=clock)                      # ever after
    web3 = Web3(EmbeddedProvider(chain))                                                        # like any other node

A block is executed, sealed and written, in that order, and only then becomes the head in memory: a process killed at
any moment finds on its next start the last block that was written, whole. A transaction is answered after its block is
written, so whatever was acknowledged is there.

Gas is free (base fee 0, nobody has funds). Time comes from the caller's clock. A block's time is the clock's or the
parent's, whichever is later, so that blocks within one second share it; if the clock has fallen behind the head by more
than ``MAX_CLOCK_LAG`` the chain refuses to go on, since it would date anchors into the future.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import RLock
from typing import Self

from eth.abc import SignedTransactionAPI
from eth.db.trie import make_trie_root_and_nodes

from adapters.chain_genesis import GENESIS_FILE, Genesis, genesis_text, parse_genesis, read_genesis, write_genesis
from adapters.chain_store import ChainStore, StoredBlock, StoredLog, StoredTransaction
from adapters.durable_folder import make_folder
from adapters.evm_execution import BlockContext, Call, CallResult, Executed, Execution, decode_transaction
from adapters.folder_ownership import os_error
from adapters.sealing_validators import SealingValidators
from ledger import qbft, strict_rlp
from ledger.block_header import Header, encode_header, header_of_fields, parse_header
from ledger.digest import Digest
from ledger.errors import Conflict, Corrupt, Misconfigured, Unavailable
from ledger.keccak import keccak256
from ledger.receipt_proof import Receipt, encode_receipt, logs_bloom, receipts_root

MAX_CLOCK_LAG = 5
"""Seconds by which the newest block may be ahead of the clock: what a clock being set right may step back."""

MAX_ANCESTORS = 256
"""Blocks whose hash a contract may ask for (BLOCKHASH)."""

Clock = Callable[[], int]


class EmbeddedChain:
    """Owner of a chain folder. Safe to call from several threads: they take turns.

    Every method may raise Corrupt ``chain.store-damaged``, Unavailable ``chain.store-failed`` or ``chain.closed``.
    """

    def __init__(self, store: ChainStore, genesis: Genesis, validators: SealingValidators, clock: Clock) -> None:
        """Use ``create`` or ``open``."""
        self._store = store
        self._genesis = genesis
        self._validators = validators
        self._clock = clock
        self._turn = RLock()
        self._head = _require(store.head())
        self._head_header = parse_header(self._head.header)

    @classmethod
    def create(cls, folder: Path, *, chain_id: int, validators: SealingValidators, clock: Clock) -> Self:
        """Makes ``folder`` and a new chain in it, and opens it.

        Raises Conflict ``chain.exists`` when there is one, and what ``open`` raises.
        """
        try:
            make_folder(folder)
        except OSError as error:
            raise os_error(error, folder) from None
        store = ChainStore(folder)
        try:
            left = store.head()
            if cls.exists(folder) or (left is not None and left.number > 0):
                raise Conflict(
                    "chain.exists",
                    f"There is an embedded chain in {folder} already.",
                    "Open it, or use another folder.",
                )
            # The genesis file comes last: with it the chain exists, and from then on a missing block is a lost block.
            text = genesis_text(chain_id, validators.addresses, clock())
            genesis = parse_genesis(text, folder)
            store.forget_genesis()
            store.add_block(_first(genesis), {}, [], [])
            write_genesis(folder, text)
            return cls(store, genesis, validators, clock)
        except BaseException:
            store.close()
            raise

    @staticmethod
    def exists(folder: Path) -> bool:
        """Whether there is a chain in ``folder`` to open."""
        return (folder / GENESIS_FILE).exists()

    @classmethod
    def open(cls, folder: Path, *, validators: SealingValidators, clock: Clock) -> Self:
        """Opens the chain in ``folder`` at the block at which it was left.

        Raises Misconfigured ``chain.no-genesis``, ``chain.genesis-malformed``, ``chain.not-writable``,
        ``chain.newer-version`` or ``chain.other-validators``, Unavailable ``chain.owned``, Corrupt
        ``chain.other-genesis`` or ``chain.store-damaged``.
        """
        genesis = read_genesis(folder)
        if set(genesis.validators) != set(validators.addresses):
            raise Misconfigured(
                "chain.other-validators",
                "The validator keys are not those of the chain's genesis file.",
                "Use the keys that the chain was created with.",
            )
        store = ChainStore(folder)
        try:
            if _require(store.block(0)) != _first(genesis):
                raise Corrupt(
                    "chain.other-genesis",
                    "The stored blocks belong to another genesis file.",
                    "Restore the genesis file and the chain's file from the same backup.",
                )
            return cls(store, genesis, validators, clock)
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Gives the folder up. Calling it again does nothing."""
        with self._turn:
            self._store.close()

    @property
    def chain_id(self) -> int:
        """Chain id (EIP-155)."""
        return self._genesis.chain_id

    @property
    def validators(self) -> tuple[bytes, ...]:
        """Addresses of the validators, ascending."""
        return self._validators.addresses

    def submit(self, raw: bytes) -> Digest:
        """Executes the transaction in a block of its own and returns its hash. Durable on return.

        Safe to repeat: a transaction that is in the chain is not executed again. Raises MalformedInput
        ``chain.transaction-malformed``, ``chain.other-chain``, ``chain.intrinsic-gas`` or ``chain.gas-limit``, Conflict
        ``chain.nonce-too-low``, ``chain.nonce-gap``, ``chain.no-funds`` or ``chain.refused``, Unavailable
        ``chain.disk-full`` or ``chain.clock-behind``, Misconfigured ``chain.not-writable``.
        """
        with self._turn:
            tx_hash = keccak256(raw)
            if self._store.transaction(tx_hash) is None:
                self._mine(decode_transaction(raw, self.chain_id), raw)
            return tx_hash

    def mine_empty(self) -> StoredBlock:
        """Adds a block without transactions. Errors as ``submit``."""
        with self._turn:
            return self._mine(None, b"")

    def head(self) -> StoredBlock:
        """The newest block."""
        with self._turn:
            return self._head

    def block(self, number: int) -> StoredBlock | None:
        """Block ``number``, with its seals apart (``sealed_header`` puts them in)."""
        with self._turn:
            return self._store.block(number) if 0 <= number <= self._head.number else None

    def block_of_hash(self, block_hash: bytes) -> StoredBlock | None:
        """The block of that hash."""
        with self._turn:
            return self._store.block_of_hash(block_hash)

    def transaction(self, tx_hash: bytes) -> StoredTransaction | None:
        """The transaction of that hash."""
        with self._turn:
            return self._store.transaction(tx_hash)

    def transactions_of(self, number: int) -> list[StoredTransaction]:
        """Transactions of block ``number``, in order."""
        with self._turn:
            return self._store.transactions_of(number)

    def logs_of(self, number: int) -> list[StoredLog]:
        """Events of block ``number``, in order."""
        with self._turn:
            return self._store.logs_of(number)

    def logs_between(self, first: int, last: int, addresses: Sequence[bytes]) -> list[StoredLog]:
        """Events of blocks ``first`` to ``last`` of ``addresses`` (none: of all), in chain order."""
        with self._turn:
            last = min(last, self._head.number)
            return self._store.logs_between(first, last, addresses) if first <= last else []

    def nonce(self, account: bytes, number: int | None = None) -> int:
        """Transactions sent by ``account`` up to block ``number`` (None: the newest)."""
        with self._turn:
            return self._after(number).nonce(account)

    def balance(self, account: bytes, number: int | None = None) -> int:
        """Wei of ``account`` after block ``number`` (None: the newest)."""
        with self._turn:
            return self._after(number).balance(account)

    def code(self, account: bytes, number: int | None = None) -> bytes:
        """Code at ``account`` after block ``number`` (None: the newest)."""
        with self._turn:
            return self._after(number).code(account)

    def storage(self, account: bytes, slot: int, number: int | None = None) -> int:
        """Storage slot of ``account`` after block ``number`` (None: the newest)."""
        with self._turn:
            return self._after(number).storage(account, slot)

    def call(self, sender: bytes, to: bytes | None, data: bytes, number: int | None = None) -> CallResult:
        """What a call would do after block ``number``. After the newest it runs as part of the next block, with the
        clock's time: what it promises is what a transaction sent now would meet."""
        with self._turn:
            return self._after(number).call(self._call(sender, to, data))

    def estimate(self, sender: bytes, to: bytes | None, data: bytes) -> tuple[int, CallResult]:
        """Gas that the call needs as the next transaction, and its result."""
        with self._turn:
            return self._after(None).estimate(self._call(sender, to, data))

    def _call(self, sender: bytes, to: bytes | None, data: bytes) -> Call:
        return Call(sender, to or b"", data, self._genesis.header.gas_limit)

    def _after(self, number: int | None) -> Execution:
        """The state after block ``number`` in the frame of that block; after the newest in that of the next."""
        if number is None:
            parent = self._head_header
            return self._execution(parent.state_root, parent.number + 1, max(parent.time, self._clock()))
        header = parse_header(_require(self.block(number)).header)
        return self._execution(header.state_root, header.number, header.time)

    def _execution(self, state_root: bytes, number: int, time: int) -> Execution:
        proposer = self._validators.proposer(number)
        gas_limit = self._genesis.header.gas_limit
        context = BlockContext(number, time, proposer, gas_limit, self.chain_id, self._ancestors(number))
        return Execution(self._store.node, state_root, context)

    def _ancestors(self, number: int) -> Iterator[bytes]:
        for ancestor in range(number - 1, max(-1, number - 1 - MAX_ANCESTORS), -1):
            yield _require(self._store.block(ancestor)).hash

    def _mine(self, transaction: SignedTransactionAPI | None, raw: bytes) -> StoredBlock:
        parent = self._head_header
        number, time = parent.number + 1, self._next_time()
        execution = self._execution(parent.state_root, number, time)
        executed = execution.apply(transaction) if transaction is not None else None
        state_root, nodes = execution.commit()
        receipt = _receipt(transaction, executed) if transaction is not None and executed is not None else None
        transactions_root, _ = make_trie_root_and_nodes((transaction,) if transaction is not None else ())
        header = self._header(number, time, state_root, transactions_root, receipt)
        bare = encode_header(header)
        block_hash = keccak256(bare)
        # In round 0 a seal signs the very bytes whose hash names the block.
        block = StoredBlock(number, block_hash, bare, self._validators.seal(number, block_hash))
        transactions: list[StoredTransaction] = []
        logs: list[StoredLog] = []
        if transaction is not None and executed is not None and receipt is not None:
            encoded = encode_receipt(receipt)
            transactions.append(
                StoredTransaction(keccak256(raw), number, 0, transaction.sender, executed.gas_used, raw, encoded)
            )
            logs.extend(
                StoredLog(number, at, 0, log.address, log.topics, log.data) for at, log in enumerate(executed.logs)
            )
        self._store.add_block(block, nodes, transactions, logs)
        self._head, self._head_header = block, header
        return block

    def _next_time(self) -> int:
        now, parent = self._clock(), self._head_header.time
        if parent - now > MAX_CLOCK_LAG:
            raise Unavailable(
                "chain.clock-behind",
                f"The clock is {parent - now} seconds behind the newest block.",
                "Set the machine's clock right.",
            )
        return max(parent, now)

    def _header(
        self, number: int, time: int, state_root: Digest, transactions_root: bytes, receipt: Receipt | None
    ) -> Header:
        extra = qbft.ExtraData(bytes(qbft.VANITY_SIZE), self._validators.addresses, None, 0, ())
        genesis = self._genesis.header
        return header_of_fields(
            [
                self._head.hash,
                genesis.fields[1],
                self._validators.proposer(number),
                state_root,
                transactions_root,
                receipts_root([encode_receipt(receipt)] if receipt else []),
                receipt.logs_bloom if receipt else bytes(256),
                genesis.fields[7],
                strict_rlp.encode_uint(number),
                genesis.fields[9],
                strict_rlp.encode_uint(receipt.cumulative_gas_used if receipt else 0),
                strict_rlp.encode_uint(time),
                qbft.encode_extra_data(extra),
                qbft.MIX_HASH,
                bytes(8),
                b"",
            ]
        )


def sealed_header(block: StoredBlock) -> bytes:
    """RLP of the block's header with its seals, as a node gives it out."""
    header = parse_header(block.header)
    if not block.seals:
        return block.header
    extra = qbft.decode_extra_data(header.extra_data)
    sealed = qbft.ExtraData(extra.vanity, extra.validators, extra.vote, extra.round, block.seals)
    return encode_header(header, extra_data=qbft.encode_extra_data(sealed))


def _first(genesis: Genesis) -> StoredBlock:
    return StoredBlock(0, qbft.block_hash(genesis.header), encode_header(genesis.header), ())


def _receipt(transaction: SignedTransactionAPI, executed: Executed) -> Receipt:
    return Receipt(
        kind=transaction.type_id or 0,
        status=executed.status,
        cumulative_gas_used=executed.gas_used,
        logs_bloom=logs_bloom(executed.logs),
        logs=executed.logs,
    )


def _require(block: StoredBlock | None) -> StoredBlock:
    if block is None:
        raise Corrupt("chain.store-damaged", "A block of the chain is missing.", "Restore the folder from a backup.")
    return block
