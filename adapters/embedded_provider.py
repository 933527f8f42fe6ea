"""A web3.py provider over the embedded chain: it answers JSON-RPC as a node would, in the same process.

    web3 = Web3(EmbeddedProvider(chain))

Answers and errors are those of the Ethereum execution API in the words of the common nodes, so that callers need one
code path. What breaks the chain itself (disk, damage, clock) is no answer but an exception, as a node that cannot be
reached is: Unavailable, Corrupt and Misconfigured pass through unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from adapters.chain_store import StoredBlock, StoredLog
from adapters.embedded_chain import EmbeddedChain
from adapters.evm_execution import CallResult
from adapters.node_answers import Json, block_answer, data, log_answer, receipt_answer, transaction_answer
from adapters.recursion_limit import restore_recursion_limit
from ledger.errors import Conflict, MalformedInput

restore_recursion_limit()

_WORDS = {
    "chain.nonce-too-low": "nonce too low",
    "chain.nonce-gap": "nonce too high",
    "chain.intrinsic-gas": "intrinsic gas too low",
    "chain.gas-limit": "exceeds block gas limit",
    "chain.no-funds": "insufficient funds for gas * price + value",
    "chain.other-chain": "invalid chain id for signer",
    "chain.transaction-malformed": "invalid transaction: rlp or signature",
}
"""How nodes say it."""

_LATEST = ("latest", "pending", "safe", "finalized")
_REVERTED, _SERVER_ERROR, _INVALID_PARAMS, _NO_METHOD = 3, -32000, -32602, -32601


class _Refused(Exception):  # an answer of the interface, not a failure
    """An error answer."""

    def __init__(self, code: int, message: str, content: str | None = None) -> None:
        super().__init__(message)
        self.answer: Json = {"code": code, "message": message}
        if content is not None:
            self.answer["data"] = content


class EmbeddedProvider(BaseProvider):
    """Answers for one ``EmbeddedChain``, which stays the caller's to close."""

    def __init__(self, chain: EmbeddedChain) -> None:
        super().__init__()
        self._chain = chain
        self._methods: dict[str, Callable[..., Any]] = {
            "web3_clientVersion": lambda: "onceledger-embedded/1",
            "net_version": lambda: str(chain.chain_id),
            "eth_chainId": lambda: hex(chain.chain_id),
            "eth_syncing": lambda: False,
            "eth_accounts": list,
            "eth_gasPrice": lambda: "0x0",
            "eth_maxPriorityFeePerGas": lambda: "0x0",
            "eth_blockNumber": lambda: hex(chain.head().number),
            "eth_getBlockByNumber": self._block_by_number,
            "eth_getBlockByHash": self._block_by_hash,
            "eth_getTransactionByHash": self._transaction,
            "eth_getTransactionReceipt": self._receipt,
            "eth_getBlockReceipts": self._receipts,
            "eth_getTransactionCount": lambda account, at="latest": hex(chain.nonce(_address(account), self._at(at))),
            "eth_getBalance": lambda account, at="latest": hex(chain.balance(_address(account), self._at(at))),
            "eth_getCode": lambda account, at="latest": data(chain.code(_address(account), self._at(at))),
            "eth_getStorageAt": self._storage,
            "eth_call": self._call,
            "eth_estimateGas": self._estimate,
            "eth_sendRawTransaction": lambda raw: data(chain.submit(_bytes(raw))),
            "eth_getLogs": self._logs,
            "qbft_getValidatorsByBlockNumber": lambda _at: [data(validator) for validator in chain.validators],
        }

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """The answer to one request."""
        answer: RPCResponse = {"jsonrpc": "2.0", "id": 1}
        try:
            answer["result"] = self._result(method, list(params or ()))
        except _Refused as refused:
            answer["error"] = refused.answer  # type: ignore[typeddict-item]  # web3 types it for its own use
        return answer

    def is_connected(self, show_traceback: bool = False) -> bool:
        """Always: the chain is in this process."""
        return True

    def _result(self, method: str, params: list[Any]) -> Any:
        answering = self._methods.get(method)
        if answering is None:
            raise _Refused(_NO_METHOD, f"the method {method} does not exist/is not available")
        try:
            return answering(*params)
        except (Conflict, MalformedInput) as error:
            words = _WORDS.get(error.code, f"transaction refused: {error.detail.get('reason', error.cause)}")
            raise _Refused(_SERVER_ERROR, words) from None
        except (TypeError, ValueError, AttributeError, KeyError):
            raise _Refused(_INVALID_PARAMS, "invalid argument") from None

    def _at(self, tag: Any) -> int | None:
        """Number of the block that ``tag`` names; None for the newest."""
        if isinstance(tag, dict):
            block = self._chain.block_of_hash(_bytes(tag["blockHash"])) if "blockHash" in tag else None
            if block is None:
                return self._at(tag["blockNumber"])
            return block.number
        if tag in _LATEST:
            return None
        number = 0 if tag == "earliest" else _number(tag)
        if self._chain.block(number) is None:
            raise _Refused(_SERVER_ERROR, "header not found")
        return number

    def _named(self, tag: Any) -> StoredBlock | None:
        if tag in _LATEST:
            return self._chain.head()
        return self._chain.block(0 if tag == "earliest" else _number(tag))

    def _block(self, block: StoredBlock | None, full: bool) -> Json | None:
        if block is None:
            return None
        transactions = self._chain.transactions_of(block.number)
        return block_answer(block, transactions, chain_id=self._chain.chain_id, full=full)

    def _block_by_number(self, tag: str, full: bool = False) -> Json | None:
        return self._block(self._named(tag), full)

    def _block_by_hash(self, block_hash: str, full: bool = False) -> Json | None:
        return self._block(self._chain.block_of_hash(_bytes(block_hash)), full)

    def _transaction(self, tx_hash: str) -> Json | None:
        found = self._chain.transaction(_bytes(tx_hash))
        block = self._chain.block(found.block) if found else None
        return transaction_answer(found, block, chain_id=self._chain.chain_id) if found and block else None

    def _receipt(self, tx_hash: str) -> Json | None:
        found = self._chain.transaction(_bytes(tx_hash))
        block = self._chain.block(found.block) if found else None
        if found is None or block is None:
            return None
        return receipt_answer(found, block, self._chain.logs_of(block.number), chain_id=self._chain.chain_id)

    def _receipts(self, tag: str) -> list[Json] | None:
        block = self._named(tag)
        if block is None:
            return None
        logs = self._chain.logs_of(block.number)
        return [
            receipt_answer(transaction, block, logs, chain_id=self._chain.chain_id)
            for transaction in self._chain.transactions_of(block.number)
        ]

    def _storage(self, account: str, slot: str, at: Any = "latest") -> str:
        value = self._chain.storage(_address(account), int(slot, 16), self._at(at))
        return data(value.to_bytes(32, "big"))

    def _call(self, call: Json, at: Any = "latest", *_overrides: Any) -> str:
        return data(_output(self._chain.call(*_parts(call), self._at(at))))

    def _estimate(self, call: Json, *_at: Any) -> str:
        gas, result = self._chain.estimate(*_parts(call))
        _output(result)
        return hex(gas)

    def _logs(self, wanted: Json) -> list[Json]:
        if "blockHash" in wanted:
            block = self._chain.block_of_hash(_bytes(wanted["blockHash"]))
            if block is None:
                raise _Refused(_SERVER_ERROR, "unknown block")
            first = last = block.number
        else:
            head = self._chain.head().number
            first, last = (
                head if tag in _LATEST else 0 if tag == "earliest" else _number(tag)
                for tag in (wanted.get("fromBlock", "latest"), wanted.get("toBlock", "latest"))
            )
        told = wanted.get("address") or []
        addresses = [_address(address) for address in ([told] if isinstance(told, str) else told)]
        topics = [_alternatives(topic) for topic in wanted.get("topics") or []]
        found = self._chain.logs_between(first, last, addresses)
        return [self._log(log) for log in found if _matches(log.topics, topics)]

    def _log(self, log: StoredLog) -> Json:
        block = self._chain.block(log.block)
        if block is None:
            raise _Refused(_SERVER_ERROR, "header not found")
        return log_answer(log, block, self._chain.transactions_of(log.block)[log.transaction_position])


def _output(result: CallResult) -> bytes:
    if result.reverted:
        raise _Refused(_REVERTED, "execution reverted", data(result.output))
    if result.error:
        raise _Refused(_SERVER_ERROR, f"VM execution error: {result.error}")
    return result.output


def _parts(call: Json) -> tuple[bytes, bytes | None, bytes]:
    """Sender, receiver and data of a call object."""
    if int(call.get("value") or "0x0", 16):
        raise _Refused(_SERVER_ERROR, _WORDS["chain.no-funds"])
    to = call.get("to")
    return (
        _address(call["from"]) if call.get("from") else bytes(20),
        _address(to) if to else None,
        _bytes(call.get("data") or call.get("input") or "0x"),
    )


def _alternatives(topic: Any) -> list[bytes]:
    """Values that a topic may have; none means any."""
    if topic is None:
        return []
    return [_bytes(each) for each in ([topic] if isinstance(topic, str) else topic)]


def _matches(topics: Sequence[bytes], wanted: list[list[bytes]]) -> bool:
    return len(topics) >= len(wanted) and all(
        not choices or topic in choices for topic, choices in zip(topics, wanted, strict=False)
    )


def _bytes(text: str) -> bytes:
    if not text.startswith("0x"):
        raise ValueError("no 0x")
    return bytes.fromhex(text[2:])


def _address(text: str) -> bytes:
    account = _bytes(text)
    if len(account) != 20:
        raise ValueError("not an address")
    return account


def _number(text: str) -> int:
    if not text.startswith("0x"):
        raise ValueError("no 0x")
    return int(text, 16)
