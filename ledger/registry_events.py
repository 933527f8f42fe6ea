"""The events of the three registries, from a log's (address, topics, data) to typed values.

    topic 0      Keccak-256 of the signature, e.g. "Anchored(uint64,uint64,bytes32,uint64,bytes32,uint64,uint256)"
    topics 1..3  the indexed parameters          data  the others, ABI-encoded (``ledger.event_abi``)

Each class below is one event, its fields the parameters in order. The address decides which events a log may be, so a
decoded event is always of the registry it belongs to: an ``Anchored`` of somebody's own contract is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, get_args

from ledger.digest import Digest
from ledger.errors import MalformedInput
from ledger.event_abi import (
    Address,
    Bool,
    Bytes,
    Bytes32,
    IndexedAddress,
    IndexedBytes32,
    IndexedUint64,
    Layout,
    Uint8,
    Uint64,
    Uint256,
    layout_of,
    signature,
)
from ledger.keccak import keccak256


@dataclass(frozen=True, slots=True)
class RootCalled:
    """TrustRegistry: the root authority's call number ``nonce``, by Keccak-256; what it did comes next."""

    nonce: Uint256
    call_digest: Bytes32


@dataclass(frozen=True, slots=True)
class MemberAdded:
    """TrustRegistry: an account joined the root authority."""

    member: IndexedAddress


@dataclass(frozen=True, slots=True)
class MemberRemoved:
    """TrustRegistry: an account left the root authority."""

    member: IndexedAddress


@dataclass(frozen=True, slots=True)
class MemberRotated:
    """TrustRegistry: a member of the root authority changed its account."""

    from_account: IndexedAddress
    to_account: IndexedAddress


@dataclass(frozen=True, slots=True)
class ThresholdChanged:
    """TrustRegistry: so many members must agree from now on."""

    threshold: Uint256


@dataclass(frozen=True, slots=True)
class AgencyAdded:
    """TrustRegistry: a new agency. ``did_digest`` is SHA-256 of its DID in UTF-8; ``accreditor_id`` 0 is the root."""

    agency_id: IndexedUint64
    did_digest: Bytes32
    admin: Address
    accreditor_id: Uint64


@dataclass(frozen=True, slots=True)
class AdminChanged:
    """TrustRegistry: an agency is administered by another account."""

    agency_id: IndexedUint64
    from_account: Address
    to_account: Address


@dataclass(frozen=True, slots=True)
class SenderAdded:
    """TrustRegistry: the account may anchor and publish for the agency."""

    agency_id: IndexedUint64
    sender: IndexedAddress


@dataclass(frozen=True, slots=True)
class SenderRemoved:
    """TrustRegistry: the account may no longer anchor and publish for the agency."""

    agency_id: IndexedUint64
    sender: IndexedAddress


@dataclass(frozen=True, slots=True)
class AgencySuspended:
    """TrustRegistry: the agency can do nothing until it is readmitted, by the root if ``by_root``."""

    agency_id: IndexedUint64
    by_root: Bool


@dataclass(frozen=True, slots=True)
class AgencyReadmitted:
    """TrustRegistry: the agency's suspension is over."""

    agency_id: IndexedUint64


@dataclass(frozen=True, slots=True)
class AgencyMerged:
    """TrustRegistry: the agency went up in its successor."""

    agency_id: IndexedUint64
    successor_id: IndexedUint64


@dataclass(frozen=True, slots=True)
class TypeAdded:
    """TrustRegistry: a new type. ``name_digest`` is SHA-256 of its name; ``kind`` is 1 credential, 2 record."""

    type_id: IndexedUint64
    name_digest: Bytes32
    kind: Uint8


@dataclass(frozen=True, slots=True)
class Accredited:
    """TrustRegistry: ``grantor_id`` (0: the root) lets the agency issue the type until ``until`` (Unix seconds)."""

    agency_id: IndexedUint64
    type_id: IndexedUint64
    grantor_id: Uint64
    until: Uint64
    may_delegate: Bool


@dataclass(frozen=True, slots=True)
class AccreditationEnded:
    """TrustRegistry: the agency may no longer issue the type."""

    agency_id: IndexedUint64
    type_id: IndexedUint64


@dataclass(frozen=True, slots=True)
class KeyRegistered:
    """TrustRegistry: a signing key. ``key_hash`` is SHA-256 of ``multikey`` (34 bytes); times in Unix seconds."""

    agency_id: IndexedUint64
    key_id: IndexedUint64
    key_hash: Bytes32
    multikey: Bytes
    valid_from: Uint64
    valid_until: Uint64


@dataclass(frozen=True, slots=True)
class KeyLimitChanged:
    """TrustRegistry: the agency may register ``limit`` keys in all, those that ended counted."""

    agency_id: IndexedUint64
    limit: Uint64


@dataclass(frozen=True, slots=True)
class KeyRetired:
    """TrustRegistry: the key anchors nothing more."""

    agency_id: IndexedUint64
    key_id: IndexedUint64


@dataclass(frozen=True, slots=True)
class CompromiseConsented:
    """TrustRegistry: the accreditor lets the agency date the key's compromise back to ``since`` (Unix seconds)."""

    key_id: IndexedUint64
    since: Uint64


@dataclass(frozen=True, slots=True)
class KeyCompromised:
    """TrustRegistry: the key is not trusted from ``since`` (Unix seconds) on."""

    agency_id: IndexedUint64
    key_id: IndexedUint64
    since: Uint64


@dataclass(frozen=True, slots=True)
class Anchored:
    """AnchorRegistry: the agency was entitled to anchor ``root`` for the type with that key; ``index`` counts all."""

    agency_id: IndexedUint64
    type_id: IndexedUint64
    root: IndexedBytes32
    size: Uint64
    key_hash: Bytes32
    index: Uint64
    chain_id: Uint256


@dataclass(frozen=True, slots=True)
class Published:
    """StatusRegistry: version ``version`` of a status list, its tree of ``chunks`` chunks, and its reasons' digest."""

    agency_id: IndexedUint64
    list_id: IndexedUint64
    version: Uint64
    root: Bytes32
    chunks: Uint64
    reasons_digest: Bytes32
    chain_id: Uint256


TrustEvent: TypeAlias = (
    RootCalled
    | MemberAdded
    | MemberRemoved
    | MemberRotated
    | ThresholdChanged
    | AgencyAdded
    | AdminChanged
    | SenderAdded
    | SenderRemoved
    | AgencySuspended
    | AgencyReadmitted
    | AgencyMerged
    | TypeAdded
    | Accredited
    | AccreditationEnded
    | KeyRegistered
    | KeyLimitChanged
    | KeyRetired
    | CompromiseConsented
    | KeyCompromised
)
RegistryEvent: TypeAlias = TrustEvent | Anchored | Published


@dataclass(frozen=True, slots=True)
class Contracts:
    """Addresses (20 bytes each) of the three registries of one network."""

    trust: bytes
    anchor: bytes
    status: bytes


def topic_of(event: type[RegistryEvent]) -> Digest:
    """Topic 0 of an event class."""
    return keccak256(signature(event).encode())


def decode_event(address: bytes, topics: Sequence[bytes], data: bytes, contracts: Contracts) -> RegistryEvent:
    """The event that a log of one of ``contracts`` carries.

    Raises MalformedInput ``registry-event.other-contract`` (the log is of no registry), ``registry-event.unknown`` (not
    an event of that registry) or ``registry-event.malformed`` (its topics or data are not the ABI's).
    """
    if address == contracts.anchor:
        layouts = _ANCHOR
    elif address == contracts.status:
        layouts = _STATUS
    elif address == contracts.trust:
        layouts = _TRUST
    else:
        raise MalformedInput(
            "registry-event.other-contract",
            "The event was not emitted by one of the network's registries.",
            "Use the contract addresses of the trust pack.",
        )
    layout = layouts.get(topics[0]) if topics else None
    if layout is None:
        raise MalformedInput(
            "registry-event.unknown", "The registry has no such event.", "Update the software if the registry is newer."
        )
    return layout.decode(topics, data)


def _layouts(*events: type[RegistryEvent]) -> dict[bytes, Layout[RegistryEvent]]:
    return {topic_of(event): layout_of(event) for event in events}


_TRUST, _ANCHOR, _STATUS = _layouts(*get_args(TrustEvent)), _layouts(Anchored), _layouts(Published)
