"""Calls to the three registries: Solidity signature and arguments to bytes, and the statement that root members sign.

call      = first 4 bytes of Keccak-256(signature) || ABI encoding of the arguments
statement = Keccak-256(0x19 0x01 || domain separator || struct hash)                              (EIP-712)
            of RootCall(bytes call, uint256 nonce, uint256 deadline) in the domain
            ("onceledger TrustRegistry", "1", chain id, address of the TrustRegistry)
"""

from __future__ import annotations

from typing import Any, Final

from eth_abi import abi

from ledger.digest import Digest
from ledger.keccak import keccak256

_DOMAIN_TYPE: Final = keccak256(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_ROOT_CALL_TYPE: Final = keccak256(b"RootCall(bytes call,uint256 nonce,uint256 deadline)")
_DOMAIN_NAME: Final = keccak256(b"onceledger TrustRegistry")
_DOMAIN_VERSION: Final = keccak256(b"1")


def call(signature: str, *arguments: Any) -> bytes:
    """Call data of e.g. ``call("anchor(bytes32,uint64,uint64,uint64)", root, size, type_id, key_id)``."""
    types = signature[signature.index("(") + 1 : -1]
    return keccak256(signature.encode())[:4] + abi.encode(types.split(",") if types else [], arguments)


def result(types: str, data: bytes) -> tuple[Any, ...]:
    """What a call returned, for e.g. ``"uint64,bool"``."""
    return tuple(abi.decode(types.split(","), data))


def root_statement(chain_id: int, trust_registry: bytes, inner: bytes, nonce: int, deadline: int) -> Digest:
    """The digest that each agreeing root member signs; ``deadline`` in Unix seconds."""
    domain = keccak256(
        _DOMAIN_TYPE + _DOMAIN_NAME + _DOMAIN_VERSION + chain_id.to_bytes(32, "big") + trust_registry.rjust(32, b"\0")
    )
    struct = keccak256(_ROOT_CALL_TYPE + keccak256(inner) + nonce.to_bytes(32, "big") + deadline.to_bytes(32, "big"))
    return keccak256(b"\x19\x01" + domain + struct)


def anchor(root: bytes, size: int, type_id: int, key_id: int) -> bytes:
    """AnchorRegistry.anchor."""
    return call("anchor(bytes32,uint64,uint64,uint64)", root, size, type_id, key_id)


def anchor_of(agency_id: int, root: bytes) -> bytes:
    """AnchorRegistry.anchorOf; returns ``"bool,uint64"``."""
    return call("anchorOf(uint64,bytes32)", agency_id, root)


def publish(list_id: int, version: int, root: bytes, chunks: int, reasons_digest: bytes) -> bytes:
    """StatusRegistry.publish."""
    return call("publish(uint64,uint64,bytes32,uint64,bytes32)", list_id, version, root, chunks, reasons_digest)


def acting_agency(agency_id: int) -> bytes:
    """TrustRegistry.actingAgency: who acts for a merged agency; returns ``"uint64"``."""
    return call("actingAgency(uint64)", agency_id)


def latest_version(list_id: int) -> bytes:
    """StatusRegistry.latest; returns ``"uint64"``."""
    return call("latest(uint64)", list_id)
