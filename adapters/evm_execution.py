"""Running transactions and calls on py-evm: the London rules over a lookup of trie nodes, nothing stored here.

One ``Execution`` is one block in the making, or one question about a state: it reads nodes through ``read_node``, keeps
what it writes to itself, and hands the new nodes out at the end. py-evm's own chain and database are not used: the
header, the receipts and the storing are the embedded chain's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from eth._utils.address import generate_contract_address
from eth.abc import AtomicWriteBatchAPI, ComputationAPI, SignedTransactionAPI
from eth.db.backends.base import BaseAtomicDB
from eth.exceptions import PyEVMError, Revert
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.london import LondonVM
from eth.vm.interrupt import EVMMissingData
from eth_typing import Address, BlockNumber, Hash32
from eth_utils.exceptions import ValidationError
from rlp.exceptions import RLPException
from trie.exceptions import MissingTrieNode

from adapters.recursion_limit import restore_recursion_limit
from ledger import strict_rlp
from ledger.digest import Digest
from ledger.errors import Conflict, Corrupt, MalformedInput, OnceledgerError
from ledger.qbft import MIX_HASH
from ledger.receipt_proof import Log

restore_recursion_limit()
# py-evm raised it so that contracts can call one another 1,024 deep; a transaction whose calls nest deeper than Python
# then follows (some 150 deep) is refused.

MAX_TRANSACTION_SIZE = 128 * 1024
"""Largest transaction taken, in bytes: what other nodes take."""

_FOREIGN = (PyEVMError, ValidationError, RLPException, ValueError, TypeError, OverflowError)
_Builder = LondonVM.get_transaction_builder()


@dataclass(frozen=True, slots=True)
class BlockContext:
    """What a contract can see of the block. ``ancestors``: hashes of the blocks before it, the parent's first."""

    number: int
    time: int
    proposer: bytes
    gas_limit: int
    chain_id: int
    ancestors: Iterable[bytes]


@dataclass(frozen=True, slots=True)
class Executed:
    """Result of a transaction. ``gas_used`` is after refunds; ``logs`` are empty when ``status`` is False."""

    status: bool
    gas_used: int
    logs: tuple[Log, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A call that nobody signed; free, and from whatever nonce the sender has."""

    sender: bytes
    to: bytes
    data: bytes
    gas: int
    value: int = 0
    nonce: int = 0
    access_list: tuple[Any, ...] = ()
    max_fee_per_gas: int = 0
    max_priority_fee_per_gas: int = 0

    @property
    def intrinsic_gas(self) -> int:
        """Gas that is due before the first instruction."""
        unsigned = _Builder.create_unsigned_transaction(
            nonce=0, gas_price=0, gas=self.gas, to=Address(self.to), value=0, data=self.data
        )
        return int(unsigned.intrinsic_gas)


@dataclass(frozen=True, slots=True)
class CallResult:
    """``output`` is what the call returned, or what it reverted with; ``error`` is empty when it succeeded."""

    output: bytes
    error: str
    reverted: bool
    gas_used: int


def decode_transaction(raw: bytes, chain_id: int) -> SignedTransactionAPI:
    """The transaction of types 0 to 2 that ``raw`` spells, its signature and chain id checked.

    Raises MalformedInput ``chain.transaction-malformed`` or ``chain.other-chain``.
    """
    try:
        # Read strictly first: py-evm's own reader follows nested lists without end.
        strict_rlp.decode_list(raw[1:] if raw[:1] < b"\x80" else raw, max_size=MAX_TRANSACTION_SIZE)
        transaction = _Builder.decode(raw)
        transaction.check_signature_validity()
        told = transaction.chain_id
    except (*_FOREIGN, MalformedInput):
        raise MalformedInput(
            "chain.transaction-malformed",
            "The bytes are not a signed transaction of type 0, 1 or 2.",
            "Sign the transaction again.",
        ) from None
    if told != chain_id:
        raise MalformedInput(
            "chain.other-chain",
            f"The transaction is signed for another chain (this one has the id {chain_id}).",
            "Sign it with this chain's id.",
        )
    return transaction


class Execution:
    """A state and what is done to it. Errors: Corrupt ``chain.store-damaged`` when a node is missing."""

    def __init__(self, read_node: Callable[[bytes], bytes | None], state_root: bytes, context: BlockContext) -> None:
        self._nodes = _Nodes(read_node)
        self._gas_limit = context.gas_limit
        self._state: Any = LondonVM.get_state_class()(
            self._nodes,
            ExecutionContext(
                coinbase=Address(context.proposer),
                timestamp=context.time,
                block_number=BlockNumber(context.number),
                difficulty=1,
                mix_hash=Hash32(MIX_HASH),
                gas_limit=context.gas_limit,
                prev_hashes=map(Hash32, context.ancestors),
                chain_id=context.chain_id,
                base_fee_per_gas=0,
            ),
            state_root,
        )

    def apply(self, transaction: SignedTransactionAPI) -> Executed:
        """Runs a transaction that ``decode_transaction`` gave. A reverted one is a result, not an error.

        Raises MalformedInput ``chain.intrinsic-gas`` or ``chain.gas-limit``, Conflict ``chain.nonce-too-low``,
        ``chain.nonce-gap``, ``chain.no-funds`` or ``chain.refused``: then this execution is of no more use.
        """
        with _missing_nodes():
            self._check(transaction)
            self._state.lock_changes()
            try:
                computation = self._state.apply_transaction(transaction)
            except EVMMissingData:
                raise
            except (ValidationError, PyEVMError, RecursionError) as error:
                raise Conflict(
                    "chain.refused",
                    "The transaction breaks a rule of the chain, or its calls nest too deep.",
                    "Sign another one.",
                    reason=str(error),
                ) from None
            return Executed(
                status=bool(computation.is_success),
                gas_used=LondonVM.finalize_gas_used(transaction, computation),
                logs=tuple(
                    Log(address, tuple(topic.to_bytes(32, "big") for topic in topics), data)
                    for address, topics, data in computation.get_log_entries()
                ),
            )

    def call(self, call: Call) -> CallResult:
        """What ``call`` would do; the state is as before."""
        with _missing_nodes():
            if call.gas < call.intrinsic_gas:
                return CallResult(b"", "out of gas", False, call.gas)
            self._state.lock_changes()
            snapshot = self._state.snapshot()
            try:
                executor = self._state.get_transaction_executor()
                computation: ComputationAPI = executor.build_computation(executor.build_evm_message(call), call)
                reverted = isinstance(computation.error, Revert) if computation.is_error else False
                return CallResult(
                    output=bytes(computation.output),
                    error="" if computation.is_success else type(computation.error).__name__,
                    reverted=reverted,
                    gas_used=call.gas - computation.get_gas_remaining(),
                )
            except RecursionError:
                return CallResult(b"", "calls nest too deep", False, call.gas)
            finally:
                self._state.revert(snapshot)

    def estimate(self, call: Call) -> tuple[int, CallResult]:
        """Least gas with which ``call`` succeeds as a transaction, within one part in 64, and its result.

        When it fails with a whole block's gas, that result is returned and the gas means nothing.
        """
        most = self._gas_limit
        result = self.call(_with_gas(call, most))
        if result.error:
            return most, result
        # A called contract gets 63/64 of what is left, so what was used may not be enough: search above it.
        least, enough = result.gas_used - 1, most
        trial = result.gas_used
        while True:
            if self.call(_with_gas(call, trial)).error:
                least = trial
            else:
                enough = trial
            if enough - least <= max(1, enough // 64):
                return enough, result
            trial = min(least + max(1, least // 64), math.ceil((least + enough) / 2))

    def commit(self) -> tuple[Digest, dict[bytes, bytes]]:
        """State root after everything applied, and the new nodes it needs."""
        with _missing_nodes():
            self._state.persist()
            return Digest(self._state.state_root), self._nodes.written

    def nonce(self, account: bytes) -> int:
        """Transactions that ``account`` has sent."""
        with _missing_nodes():
            return int(self._state.get_nonce(account))

    def balance(self, account: bytes) -> int:
        """Wei that ``account`` holds."""
        with _missing_nodes():
            return int(self._state.get_balance(account))

    def code(self, account: bytes) -> bytes:
        """Code of a contract; empty for any other account."""
        with _missing_nodes():
            return bytes(self._state.get_code(account))

    def storage(self, account: bytes, slot: int) -> int:
        """Value of a contract's storage slot."""
        with _missing_nodes():
            return int(self._state.get_storage(account, slot))

    def _check(self, transaction: SignedTransactionAPI) -> None:
        if transaction.gas < transaction.intrinsic_gas:
            raise MalformedInput(
                "chain.intrinsic-gas",
                f"The transaction offers {transaction.gas} gas; {transaction.intrinsic_gas} are due before it starts.",
                "Sign it with more gas.",
            )
        if transaction.gas > self._gas_limit:
            raise MalformedInput(
                "chain.gas-limit",
                f"The transaction wants more gas than a block holds ({self._gas_limit}).",
                "Split the work over several transactions.",
            )
        nonce = self._state.get_nonce(transaction.sender)
        if transaction.nonce < nonce:
            raise Conflict(
                "chain.nonce-too-low",
                f"Another transaction of the account has the nonce {transaction.nonce}.",
                f"Sign it with the nonce {nonce}.",
                expected=nonce,
            )
        if transaction.nonce > nonce:
            raise Conflict(
                "chain.nonce-gap",
                f"A transaction of the account before the nonce {transaction.nonce} is missing.",
                f"Send the one with the nonce {nonce} first.",
                expected=nonce,
            )
        cost = transaction.value + transaction.gas * self._state.get_gas_price(transaction)
        if cost > self._state.get_balance(transaction.sender):
            raise Conflict(
                "chain.no-funds",
                "The account cannot pay: no account of this chain is funded, and gas is free.",
                "Sign it with a gas price and a value of zero.",
            )


def contract_address(sender: bytes, nonce: int) -> bytes:
    """Address of the contract that the transaction of ``sender`` with that nonce deploys."""
    return bytes(generate_contract_address(Address(sender), nonce))


class _Nodes(BaseAtomicDB, AtomicWriteBatchAPI):
    """py-evm's database: reads fall through to the store, writes stay here. Content is named by its hash."""

    def __init__(self, read: Callable[[bytes], bytes | None]) -> None:
        self._read = read
        self.written: dict[bytes, bytes] = {}

    def __getitem__(self, key: bytes) -> bytes:
        value = self.written.get(key)
        if value is None:
            value = self._read(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self.written[key] = value

    def __delitem__(self, key: bytes) -> None:
        del self.written[key]

    def _exists(self, key: bytes) -> bool:
        return key in self.written or self._read(key) is not None

    @contextmanager
    def atomic_batch(self) -> Iterator[AtomicWriteBatchAPI]:
        """All of it is one batch: nothing leaves before ``Execution.commit``."""
        yield self


@contextmanager
def _missing_nodes() -> Iterator[None]:
    try:
        yield
    except OnceledgerError:
        raise
    except (EVMMissingData, MissingTrieNode, KeyError) as error:
        raise Corrupt(
            "chain.store-damaged", "A part of the chain's state is missing.", "Restore the folder from a backup."
        ) from error


def _with_gas(call: Call, gas: int) -> Call:
    return Call(call.sender, call.to, call.data, gas)
