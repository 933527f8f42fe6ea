"""The genesis file of the embedded chain: ``genesis.json`` in the format of Hyperledger Besu, written once.

    {"config": {"chainId": 1337, "londonBlock": 0, ..., "zeroBaseFee": true, "qbft": {...}},
     "timestamp": "0x..", "gasLimit": "0x1c9c380", "extraData": "0x..", "baseFeePerGas": "0x0", "alloc": {}, ...}

The file decides which chain it is: block 0 is made from it, and what other nodes would make of it is the same block.
Nobody owns anything in it (``alloc`` is empty) because gas is free.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.folder_ownership import os_error
from ledger import qbft, strict_rlp
from ledger.block_header import Header, header_of_fields
from ledger.errors import MalformedInput, Misconfigured
from ledger.keccak import keccak256
from ledger.receipt_proof import EMPTY_ROOT

GENESIS_FILE = "genesis.json"
GAS_LIMIT = 30_000_000
EMPTY_UNCLES = keccak256(b"\xc0")

_FORKS = (
    "homestead",
    "eip150",
    "eip155",
    "eip158",
    "byzantium",
    "constantinople",
    "petersburg",
    "istanbul",
    "muirGlacier",
    "berlin",
    "london",
)
_MAX_SIZE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Genesis:
    """A chain's beginning: its id, its validators (20 bytes each, as listed) and block 0."""

    chain_id: int
    validators: tuple[bytes, ...]
    header: Header


def genesis_text(chain_id: int, validators: Sequence[bytes], time: int) -> str:
    """Content of a new genesis file. ``time`` in Unix seconds."""
    extra = qbft.ExtraData(bytes(qbft.VANITY_SIZE), tuple(validators), None, 0, ())
    content = {
        "config": {
            "chainId": chain_id,
            **{f"{fork}Block": 0 for fork in _FORKS},
            "zeroBaseFee": True,
            "qbft": {"blockperiodseconds": 1, "epochlength": 30000, "requesttimeoutseconds": 4},
        },
        "nonce": "0x0",
        "timestamp": hex(time),
        "gasLimit": hex(GAS_LIMIT),
        "difficulty": "0x1",
        "mixHash": "0x" + qbft.MIX_HASH.hex(),
        "coinbase": "0x" + bytes(20).hex(),
        "baseFeePerGas": "0x0",
        "extraData": "0x" + qbft.encode_extra_data(extra).hex(),
        "alloc": {},
    }
    return json.dumps(content, indent=2) + "\n"


def write_genesis(folder: Path, text: str) -> None:
    """Writes the file whole and durably; the folder's owner calls it once. Raises Unavailable ``chain.disk-full`` or
    Misconfigured ``chain.not-writable``."""
    temporary = folder / (GENESIS_FILE + ".new")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / GENESIS_FILE)
        directory = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise os_error(error, folder) from None


def read_genesis(folder: Path) -> Genesis:
    """The chain that the folder's genesis file describes.

    Raises Misconfigured ``chain.no-genesis`` or ``chain.genesis-malformed``.
    """
    path = folder / GENESIS_FILE
    try:
        if path.stat().st_size > _MAX_SIZE:
            raise _malformed(folder)
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Misconfigured(
            "chain.no-genesis",
            f"There is no embedded chain in {folder}: {GENESIS_FILE} is missing.",
            "Create the chain first, or set the right data folder.",
        ) from None
    except (OSError, UnicodeDecodeError):
        raise _malformed(folder) from None
    return parse_genesis(text, folder)


def parse_genesis(text: str, folder: Path) -> Genesis:
    """The chain that ``text`` describes; ``folder`` is named in the error Misconfigured ``chain.genesis-malformed``."""
    try:
        content = json.loads(text)
        if content["alloc"] or content["config"]["zeroBaseFee"] is not True:
            raise ValueError("accounts are funded or gas is not free")
        chain_id = content["config"]["chainId"]
        header = _header(content)
        validators = qbft.decode_extra_data(header.extra_data).validators
        if type(chain_id) is not int or not 0 < chain_id < 2**63 or not validators:
            raise ValueError("chain id or validators")
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, MalformedInput):
        raise _malformed(folder) from None
    return Genesis(chain_id, validators, header)


def _malformed(folder: Path) -> Misconfigured:
    return Misconfigured(
        "chain.genesis-malformed",
        f"{GENESIS_FILE} in {folder} is not the genesis file of an embedded chain.",
        "Restore the file from a backup.",
    )


def _header(content: dict[str, Any]) -> Header:
    return header_of_fields(
        [
            bytes(32),
            EMPTY_UNCLES,
            _bytes(content["coinbase"]),
            EMPTY_ROOT,
            EMPTY_ROOT,
            EMPTY_ROOT,
            bytes(256),
            _scalar(content["difficulty"]),
            b"",
            _scalar(content["gasLimit"]),
            b"",
            _scalar(content["timestamp"]),
            _bytes(content["extraData"]),
            _bytes(content["mixHash"]),
            int(content["nonce"], 16).to_bytes(8, "big"),
            _scalar(content["baseFeePerGas"]),
        ]
    )


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def _scalar(text: str) -> bytes:
    return strict_rlp.encode_uint(int(text, 16))
