"""The port ``Chain`` over any web3.py provider: a node over HTTP, or the embedded chain in the process.

Requests go to the provider as they are, past web3.py's formatters: those refuse QBFT's long extraData, and what comes
back is checked more strictly here. A node that lacks ``eth_getBlockReceipts`` is asked for each receipt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from web3 import Web3
from web3.exceptions import Web3Exception
from web3.types import RPCEndpoint

from adapters import node_json
from adapters.node_http import NodeProvider
from adapters.node_json import Json, bad_answer, header_rlp, objects, quantity
from adapters.node_refusals import NodeError, is_known, refusal, reverted
from adapters.recursion_limit import restore_recursion_limit
from ledger import qbft
from ledger.block_header import Header, encode_header, parse_header
from ledger.chain_port import BlockEvidence, BlockRef, LogEntry, TransactionOutcome
from ledger.digest import Digest
from ledger.errors import Corrupt, MalformedInput, Misconfigured, NotFound, OnceledgerError, Unavailable
from ledger.keccak import keccak256
from ledger.receipt_proof import Receipt, encode_receipt, receipts_root
from ledger.trusted_validators import SealCheck

restore_recursion_limit()

LOG_PAGE = 2_000
"""Blocks asked for at once by ``logs``; halved when a node finds it too many."""

_NO_METHOD = -32601
_OTHER_NODE = "Ask another node, and have this one looked after."


class EvmChain:
    """See ``ledger.chain_port.Chain``. Safe to call from several threads if the provider is."""

    def __init__(self, web3: Web3, seals: SealCheck, *, error_names: Mapping[bytes, str] | None = None) -> None:
        """``seals`` says which headers may be believed; ``error_names``: selector (4 bytes) to name, for the contracts'
        own errors in ``chain.reverted``."""
        self._web3 = web3
        self._seals = seals
        self._error_names = dict(error_names or {})
        self._has_block_receipts = True

    def chain_id(self) -> int:
        """See the port."""
        return quantity(self._answer("eth_chainId"), bits=256)

    def genesis_hash(self) -> Digest:
        """See the port."""
        return self.block(0).hash

    def head(self) -> BlockRef:
        """See the port."""
        block = self._block("latest", full=False)
        return self._reference(_consistent_header(block, quantity(block.get("number"))))

    def block(self, number: int) -> BlockRef:
        """See the port."""
        return self._reference(self.unverified_header(number))

    def unverified_header(self, number: int) -> Header:
        """See the port."""
        return _consistent_header(self._numbered_block(number, full=False), number)

    def trusting(self, seals: SealCheck) -> EvmChain:
        """See the port."""
        other = EvmChain(self._web3, seals, error_names=self._error_names)
        other._has_block_receipts = self._has_block_receipts
        return other

    def next_nonce(self, account: bytes) -> int:
        """See the port."""
        return quantity(self._answer("eth_getTransactionCount", _hex(account), "pending"))

    def submit(self, signed_transaction: bytes) -> Digest:
        """See the port."""
        tx_hash = keccak256(signed_transaction)
        try:
            told = node_json.data(self._ask("eth_sendRawTransaction", _hex(signed_transaction)), 32)
        except NodeError as error:
            # A node that has the transaction says so in many words; once it is in a block, with "nonce too low".
            if is_known(error) or self._answer("eth_getTransactionByHash", _hex(tx_hash)) is not None:
                return tx_hash
            raise refusal(error) from None
        if told != tx_hash:
            raise bad_answer("it names another transaction than the one handed in")
        return tx_hash

    def outcome(self, tx_hash: bytes) -> TransactionOutcome | None:
        """See the port."""
        receipt = self._answer("eth_getTransactionReceipt", _hex(tx_hash))
        if receipt is None:
            return None
        if not isinstance(receipt, dict) or node_json.data(receipt.get("transactionHash"), 32) != tx_hash:
            raise bad_answer("it is the receipt of another transaction")
        if receipt.get("blockNumber") is None:
            return None
        block = self.block(quantity(receipt["blockNumber"]))
        if node_json.data(receipt.get("blockHash"), 32) != block.hash:
            raise bad_answer("the receipt is of another block than the chain's")
        created = receipt.get("contractAddress")
        return TransactionOutcome(
            tx_hash=Digest(tx_hash),
            block=block,
            index=quantity(receipt.get("transactionIndex")),
            status=bool(quantity(receipt.get("status"), bits=1)),
            gas_used=quantity(receipt.get("gasUsed")),
            created=None if created is None else node_json.data(created, 20),
        )

    def simulate(self, sender: bytes, to: bytes | None, data: bytes) -> bytes:
        """See the port."""
        try:
            return node_json.data(self._ask("eth_call", _call(sender, to, data), "latest"))
        except NodeError as error:
            raise reverted(error, self._error_names) from None

    def estimate_gas(self, sender: bytes, to: bytes | None, data: bytes) -> int:
        """See the port."""
        try:
            return quantity(self._ask("eth_estimateGas", _call(sender, to, data)))
        except NodeError as error:
            raise reverted(error, self._error_names) from None

    def code(self, address: bytes) -> bytes:
        """See the port."""
        return node_json.data(self._answer("eth_getCode", _hex(address), "latest"))

    def logs(self, addresses: Sequence[bytes], from_block: int, to_block: int) -> Iterator[LogEntry]:
        """See the port. The node's list of events says which blocks to look at; the events come from their receipts,
        which are checked, and must be as many as the node's list had."""
        wanted, page, first = set(addresses), LOG_PAGE, from_block
        while wanted and first <= to_block:
            last = min(first + page - 1, to_block)
            try:
                found = objects(
                    self._ask(
                        "eth_getLogs",
                        {"fromBlock": hex(first), "toBlock": hex(last), "address": [_hex(each) for each in wanted]},
                    )
                )
            except (NodeError, Corrupt) as error:
                if isinstance(error, Corrupt) and error.code != "chain.answer-too-long":
                    raise
                if page == 1:
                    raise (error if isinstance(error, Corrupt) else error.unavailable()) from None
                page = max(1, (last - first + 1) // 2)
                continue
            listed: dict[int, int] = {}
            for log in found:
                number = quantity(log.get("blockNumber"))
                if not first <= number <= last or node_json.data(log.get("address"), 20) not in wanted:
                    raise bad_answer("events that were not asked for")
                listed[number] = listed.get(number, 0) + 1
            for number in sorted(listed):
                entries = [entry for entry in self._logs_of(number) if entry.address in wanted]
                if len(entries) != listed[number]:
                    raise bad_answer("its list of events and its receipts differ")
                yield from entries
            first = last + 1

    def block_evidence(self, number: int) -> BlockEvidence:
        """See the port."""
        header, receipts, _ = self._sealed(number)
        return BlockEvidence(encode_header(header), tuple(map(encode_receipt, receipts)))

    def unverified_evidence(self, number: int) -> BlockEvidence:
        """See the port."""
        header, receipts, _ = self._consistent(number)
        return BlockEvidence(encode_header(header), tuple(map(encode_receipt, receipts)))

    def _reference(self, header: Header) -> BlockRef:
        self._seals(header)
        return BlockRef(header.number, qbft.block_hash(header), header.time)

    def _sealed(self, number: int) -> tuple[Header, list[Receipt], list[Digest]]:
        """Header and receipts of the block, checked, and the hashes of its transactions as the node tells them."""
        found = self._consistent(number)
        self._seals(found[0])
        return found

    def _consistent(self, number: int) -> tuple[Header, list[Receipt], list[Digest]]:
        """The same of whatever fits together, sealed or not."""
        block = self._numbered_block(number, full=True)
        header = _consistent_header(block, number)
        transactions = objects(block.get("transactions"))
        hashes = [Digest(node_json.data(transaction.get("hash"), 32)) for transaction in transactions]
        receipts = [
            node_json.receipt(answer, quantity(transaction.get("type") or "0x0", bits=7))
            for answer, transaction in zip(self._receipts(number, hashes), transactions, strict=True)
        ]
        if receipts_root([encode_receipt(receipt) for receipt in receipts]) != header.receipts_root:
            raise Corrupt(
                "chain.false-receipts",
                f"The receipts of block {number} are not those that its header commits to.",
                _OTHER_NODE,
                number=number,
            )
        return header, receipts, hashes

    def _receipts(self, number: int, hashes: Sequence[Digest]) -> list[Json]:
        """The node's receipts of the block, in order."""
        if not hashes:
            return []
        answers: list[Json] | None = None
        if self._has_block_receipts:
            try:
                answers = objects(self._ask("eth_getBlockReceipts", hex(number)))
            except NodeError as error:
                if error.code != _NO_METHOD:
                    raise error.unavailable() from None
                self._has_block_receipts = False
        if answers is None:
            answers = objects([self._answer("eth_getTransactionReceipt", _hex(tx_hash)) for tx_hash in hashes])
        if [node_json.data(answer.get("transactionHash"), 32) for answer in answers] != list(hashes):
            raise bad_answer("the receipts are not those of the block's transactions")
        return answers

    def _logs_of(self, number: int) -> Iterator[LogEntry]:
        header, receipts, hashes = self._sealed(number)
        in_block = 0
        for index, (receipt, tx_hash) in enumerate(zip(receipts, hashes, strict=True)):
            for in_receipt, log in enumerate(receipt.logs):
                yield LogEntry(
                    address=log.address,
                    topics=log.topics,
                    data=log.data,
                    block_number=number,
                    block_time=header.time,
                    tx_hash=tx_hash,
                    tx_index=index,
                    log_index_in_block=in_block,
                    log_index_in_receipt=in_receipt,
                )
                in_block += 1

    def _numbered_block(self, number: int, *, full: bool) -> Json:
        block = self._block(hex(number), full=full)
        if quantity(block.get("number")) != number:
            raise bad_answer("it is another block than the one asked for")
        return block

    def _block(self, tag: str, *, full: bool) -> Json:
        block = self._answer("eth_getBlockByNumber", tag, full)
        if block is None:
            raise NotFound(
                "chain.no-such-block", "The chain has no block of that number.", "Ask for one up to its head."
            )
        if not isinstance(block, dict):
            raise bad_answer("a block is wanted")
        return block

    def _answer(self, method: str, *params: Any) -> Any:
        """The result of a request that a healthy node does not refuse."""
        try:
            return self._ask(method, *params)
        except NodeError as error:
            raise error.unavailable() from None

    def _ask(self, method: str, *params: Any) -> Any:
        """The result of a request; raises NodeError for an error answer."""
        try:
            answer = self._web3.provider.make_request(RPCEndpoint(method), list(params))
        except OnceledgerError:
            raise
        # requests' errors are OSErrors; bad JSON is a ValueError, and too much of it for this machine a MemoryError
        except (OSError, ValueError, MemoryError, RecursionError, Web3Exception) as error:
            raise Unavailable(
                "chain.unavailable",
                f"The node did not answer {method} ({type(error).__name__}).",
                "Check that the node runs and that its address is right, then try again.",
            ) from error
        if not isinstance(answer, dict):
            raise bad_answer("it is not a JSON-RPC answer")
        if answer.get("error") is not None:
            raise NodeError(method, answer["error"])
        if "result" not in answer:
            raise bad_answer("it holds neither a result nor an error")
        return answer["result"]


def connect(url: str, seals: SealCheck, *, timeout: float, error_names: Mapping[bytes, str] | None = None) -> EvmChain:
    """The network behind a node's JSON-RPC address (http or https). Nothing is asked yet.

    ``timeout``: seconds to wait for a connection, and again for each piece of an answer, which has to be whole within
    ``node_http.WHOLE`` times that; ``seals`` and ``error_names`` as in ``EvmChain``. Raises Misconfigured
    ``chain.bad-address``.
    """
    if not url.startswith(("http://", "https://")):
        raise Misconfigured(
            "chain.bad-address", "The node's address is not an http or https URL.", "Set the node's JSON-RPC address."
        )
    return EvmChain(Web3(NodeProvider(url, timeout=timeout)), seals, error_names=error_names)


def _consistent_header(block: Json, number: int) -> Header:
    try:
        header = parse_header(header_rlp(block))
        if header.number == number and qbft.block_hash(header) == node_json.data(block.get("hash"), 32):
            return header
        reason = "its hash is not the one by which the node names the block"
    except MalformedInput as error:
        reason = error.cause
    raise Corrupt("chain.false-header", f"The header of block {number} is false: {reason}", _OTHER_NODE, number=number)


def _call(sender: bytes, to: bytes | None, content: bytes) -> Json:
    call = {"from": _hex(sender), "data": _hex(content)}
    return call if to is None else {**call, "to": _hex(to)}


def _hex(content: bytes) -> str:
    return "0x" + content.hex()
