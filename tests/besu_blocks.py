"""The blocks of ``vectors/besu-qbft`` as the verifying code gets them: RLP headers and encoded receipts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ledger import strict_rlp
from ledger.receipt_proof import Log, Receipt, encode_receipt

VECTORS = Path(__file__).parent / "vectors"
NETWORK: dict[str, Any] = json.loads((VECTORS / "besu-qbft" / "blocks-0-47.json").read_text())
BLOCKS: list[dict[str, Any]] = NETWORK["blocks"]

_FIELDS = [
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
    "mixHash",
    "nonce",
    "baseFeePerGas",
]
_NUMBERS = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"}


def unhex(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def header_rlp(block: dict[str, Any]) -> bytes:
    """The header of a JSON-RPC block, seals included."""
    return strict_rlp.encode(
        [strict_rlp.encode_uint(int(block[name], 16)) if name in _NUMBERS else unhex(block[name]) for name in _FIELDS]
    )


def validators_before(number: int) -> list[bytes]:
    """The set in force after the parent of block ``number``."""
    return [unhex(validator) for validator in NETWORK["validatorsByBlock"][str(number - 1)]]


def receipts_of(block: dict[str, Any]) -> list[bytes]:
    """Encoded receipts of a block; Besu's receipts do not tell their type, the transactions do."""
    kinds = {transaction["hash"]: int(transaction.get("type", "0x0"), 16) for transaction in block["transactions"]}
    return [
        encode_receipt(
            Receipt(
                kind=kinds[receipt["transactionHash"]],
                status=receipt["status"] == "0x1",
                cumulative_gas_used=int(receipt["cumulativeGasUsed"], 16),
                logs_bloom=unhex(receipt["logsBloom"]),
                logs=tuple(
                    Log(unhex(log["address"]), tuple(unhex(topic) for topic in log["topics"]), unhex(log["data"]))
                    for log in receipt["logs"]
                ),
            )
        )
        for receipt in NETWORK["receipts"].get(str(int(block["number"], 16)), [])
    ]
