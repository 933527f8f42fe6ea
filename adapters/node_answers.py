"""JSON-RPC answers (Ethereum execution API) about the embedded chain's blocks, transactions, receipts and events."""

from __future__ import annotations

from typing import Any

from adapters.chain_store import StoredBlock, StoredLog, StoredTransaction
from adapters.embedded_chain import sealed_header
from adapters.evm_execution import contract_address, decode_transaction
from ledger.block_header import parse_header
from ledger.receipt_proof import decode_receipt

Json = dict[str, Any]


def data(value: bytes) -> str:
    """Bytes as the interface writes them."""
    return "0x" + value.hex()


def block_answer(block: StoredBlock, transactions: list[StoredTransaction], *, chain_id: int, full: bool) -> Json:
    """A block; ``full`` puts in whole transactions instead of their hashes. extraData holds the seals."""
    sealed = sealed_header(block)
    header = parse_header(sealed)
    return {
        "number": hex(header.number),
        "hash": data(block.hash),
        "parentHash": data(header.parent_hash),
        "sha3Uncles": data(header.fields[1]),
        "miner": data(header.miner),
        "stateRoot": data(header.state_root),
        "transactionsRoot": data(header.transactions_root),
        "receiptsRoot": data(header.receipts_root),
        "logsBloom": data(header.logs_bloom),
        "difficulty": hex(header.difficulty),
        "totalDifficulty": hex(header.number + 1),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "timestamp": hex(header.time),
        "extraData": data(header.extra_data),
        "mixHash": data(header.mix_hash),
        "nonce": data(header.fields[14]),
        "baseFeePerGas": hex(header.base_fee or 0),
        "size": hex(len(sealed) + sum(len(transaction.raw) for transaction in transactions)),
        "uncles": [],
        "transactions": [
            transaction_answer(transaction, block, chain_id=chain_id) if full else data(transaction.hash)
            for transaction in transactions
        ],
    }


def transaction_answer(transaction: StoredTransaction, block: StoredBlock, *, chain_id: int) -> Json:
    """A transaction of ``block``."""
    content = decode_transaction(transaction.raw, chain_id)
    kind = content.type_id or 0
    answer: Json = {
        **_place(transaction, block),
        "hash": data(transaction.hash),
        "type": hex(kind),
        "from": data(transaction.sender),
        "to": data(content.to) if content.to else None,
        "nonce": hex(content.nonce),
        "gas": hex(content.gas),
        "gasPrice": hex(min(content.max_fee_per_gas, content.max_priority_fee_per_gas)),
        "value": hex(content.value),
        "input": data(content.data),
        "chainId": hex(chain_id),
        "v": hex(content.y_parity if kind else content.y_parity + chain_id * 2 + 35),
        "r": hex(content.r),
        "s": hex(content.s),
    }
    if kind:
        answer["yParity"] = hex(content.y_parity)
        answer["accessList"] = [
            {"address": data(address), "storageKeys": [data(slot.to_bytes(32, "big")) for slot in slots]}
            for address, slots in content.access_list
        ]
    if kind == 2:
        answer["maxFeePerGas"] = hex(content.max_fee_per_gas)
        answer["maxPriorityFeePerGas"] = hex(content.max_priority_fee_per_gas)
    return answer


def receipt_answer(transaction: StoredTransaction, block: StoredBlock, logs: list[StoredLog], *, chain_id: int) -> Json:
    """The receipt of a transaction; ``logs`` are all the block's."""
    content = decode_transaction(transaction.raw, chain_id)
    receipt = decode_receipt(transaction.receipt)
    return {
        **_place(transaction, block),
        "transactionHash": data(transaction.hash),
        "type": hex(receipt.kind),
        "from": data(transaction.sender),
        "to": data(content.to) if content.to else None,
        "contractAddress": None if content.to else data(contract_address(transaction.sender, content.nonce)),
        "status": hex(receipt.status),
        "gasUsed": hex(transaction.gas_used),
        "cumulativeGasUsed": hex(receipt.cumulative_gas_used),
        "effectiveGasPrice": hex(min(content.max_fee_per_gas, content.max_priority_fee_per_gas)),
        "logsBloom": data(receipt.logs_bloom),
        "logs": [
            log_answer(log, block, transaction) for log in logs if log.transaction_position == transaction.position
        ],
    }


def log_answer(log: StoredLog, block: StoredBlock, transaction: StoredTransaction) -> Json:
    """One event; ``logIndex`` counts within the block."""
    return {
        **_place(transaction, block),
        "transactionHash": data(transaction.hash),
        "address": data(log.address),
        "topics": [data(topic) for topic in log.topics],
        "data": data(log.data),
        "logIndex": hex(log.position),
        "removed": False,
    }


def _place(transaction: StoredTransaction, block: StoredBlock) -> Json:
    return {
        "blockHash": data(block.hash),
        "blockNumber": hex(block.number),
        "transactionIndex": hex(transaction.position),
    }
