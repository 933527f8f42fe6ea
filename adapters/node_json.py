"""Reading a node's JSON-RPC answers: every field is checked for its shape before it is used.

A field that is missing or of another shape raises Corrupt ``chain.bad-answer``.
"""

from __future__ import annotations

import re
from typing import Any

from ledger import strict_rlp
from ledger.errors import Corrupt
from ledger.receipt_proof import Log, Receipt

Json = dict[str, Any]

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")

# Of the header fields in the order of their RLP: name in JSON, and whether it is a number. From the sixteenth on a
# network has them or not, but none without those before it.
_HEADER = (
    ("parentHash", False),
    ("sha3Uncles", False),
    ("miner", False),
    ("stateRoot", False),
    ("transactionsRoot", False),
    ("receiptsRoot", False),
    ("logsBloom", False),
    ("difficulty", True),
    ("number", True),
    ("gasLimit", True),
    ("gasUsed", True),
    ("timestamp", True),
    ("extraData", False),
    ("mixHash", False),
    ("nonce", False),
    ("baseFeePerGas", True),
    ("withdrawalsRoot", False),
    ("blobGasUsed", True),
    ("excessBlobGas", True),
    ("parentBeaconBlockRoot", False),
    ("requestsHash", False),
)
_ALWAYS = 15


def bad_answer(what: str) -> Corrupt:
    """The error of an answer that is not of its shape, or contradicts itself."""
    return Corrupt(
        "chain.bad-answer",
        f"The node's answer cannot be right: {what}.",
        "Ask another node, and have this one looked after.",
    )


def quantity(value: Any, *, bits: int = 64) -> int:
    """A number, written 0x-hexadecimal."""
    if not isinstance(value, str) or not _QUANTITY.fullmatch(value):
        raise bad_answer("a number is missing or malformed")
    number = int(value, 16)
    if number >> bits:
        raise bad_answer("a number is too large")
    return number


def data(value: Any, size: int | None = None) -> bytes:
    """Bytes, written 0x-hexadecimal; exactly ``size`` of them where given."""
    if not isinstance(value, str) or value[:2] != "0x":
        raise bad_answer("bytes are missing or malformed")
    try:
        content = bytes.fromhex(value[2:])
    except ValueError:
        raise bad_answer("bytes are missing or malformed") from None
    if 2 * len(content) != len(value) - 2:  # fromhex passes over blanks
        raise bad_answer("bytes are missing or malformed")
    if size is not None and len(content) != size:
        raise bad_answer(f"{size} bytes are wanted")
    return content


def objects(value: Any) -> list[Json]:
    """A list of objects."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise bad_answer("a list of objects is wanted")
    return value


def header_rlp(block: Json) -> bytes:
    """RLP of the header in a block answer, seals included."""
    present = [name in block and block[name] is not None for name, _ in _HEADER]
    count = present.index(False) if False in present else len(_HEADER)
    if count < _ALWAYS or any(present[count:]):
        raise bad_answer("the header lacks a field")
    return strict_rlp.encode(
        [
            strict_rlp.encode_uint(quantity(block[name], bits=256)) if is_number else data(block[name])
            for name, is_number in _HEADER[:count]
        ]
    )


def receipt(answer: Json, kind: int) -> Receipt:
    """The receipt of a transaction of type ``kind`` (receipts of some nodes do not tell it)."""
    return Receipt(
        kind=kind,
        status=bool(quantity(answer.get("status"), bits=1)),
        cumulative_gas_used=quantity(answer.get("cumulativeGasUsed")),
        logs_bloom=data(answer.get("logsBloom"), 256),
        logs=tuple(_log(log) for log in objects(answer.get("logs"))),
    )


def _log(log: Json) -> Log:
    topics: Any = log.get("topics")
    if not isinstance(topics, list):
        raise bad_answer("a log's topics are a list")
    return Log(data(log.get("address"), 20), tuple(data(topic, 32) for topic in topics), data(log.get("data")))
