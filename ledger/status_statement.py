"""What an agency signs of every version of a status list (``docs/formats/status-list.md``, Statement).

    onceledger-status-v1\\n ‖ StatusRegistry ‖ agency ‖ list ‖ version ‖ root ‖ chunks ‖ reasons digest ‖ chain id

A sender may publish, and a sender's key lies on a server. So a publication counts for nothing by itself: behind each
stands the agency's issuing key, over exactly what the ``Published`` event says. Versions count up by one and each is
there once, so a statement fits one event and no later one.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import Final

from ledger.data_integrity import SIGNATURE_SIZE, verify_signature
from ledger.digest import DIGEST_SIZE, Digest
from ledger.errors import MalformedInput
from ledger.registry_events import Published
from ledger.trust_description import Agency, AgencyKey, TrustDescription

STATEMENT_SIZE: Final = 145
"""Bytes of a statement. A credential's signature is over 64 bytes, so neither can be passed off as the other."""

_STATEMENT: Final = Struct(">21s20sQQQ32sQ32sQ")
_DOMAIN: Final = b"onceledger-status-v1\n"


@dataclass(frozen=True, slots=True)
class SignedBy:
    """The signature of a statement, *unverified*: SHA-256 of the signer's Multikey bytes, and 64 bytes of Ed25519."""

    key_hash: Digest
    signature: bytes

    def __post_init__(self) -> None:
        if len(self.key_hash) != DIGEST_SIZE or len(self.signature) != SIGNATURE_SIZE:
            raise MalformedInput(
                "status-statement.size",
                "A status list's signature is not a key hash of 32 and a signature of 64 bytes.",
                "Get the status list again from its agency.",
            )


def statement(status_registry: bytes, published: Published) -> bytes:
    """The 145 bytes to sign: which contract (``status_registry``, 20 bytes), then all that its event says, in the
    event's order."""
    return _STATEMENT.pack(
        _DOMAIN,
        status_registry,
        published.agency_id,
        published.list_id,
        published.version,
        published.root,
        published.chunks,
        published.reasons_digest,
        published.chain_id,
    )


def refusal(trust: TrustDescription, published: Published, time: int, signed: SignedBy) -> str | None:
    """None when ``published``, of a block of ``time`` (Unix seconds), is signed by who may speak for the list's agency;
    else the reason (``ledger.reasons``).

    The key is one that ``trust`` lists for that agency or for the one that acted for it at ``time``; it was within its
    validity then, not retired and not compromised.
    """
    key = _key(trust, published.list_id >> 32, time, signed.key_hash)
    if key is None:
        return "status.key-newer-than-pack" if time > trust.time else "status.not-signed"
    if key.compromised_before(time) or not key.could_anchor_at(time):
        return "status.not-signed"
    try:
        verify_signature(signed.signature, statement(trust.chain.status_registry, published), key.public_key)
    except MalformedInput:
        return "status.not-signed"
    return None


def _key(trust: TrustDescription, agency_id: int, time: int, key_hash: Digest) -> AgencyKey | None:
    owner = trust.agency_by_id(agency_id)
    if owner is None:
        return None
    return owner.key_by_hash(key_hash) or _acting(trust, owner, time).key_by_hash(key_hash)


def _acting(trust: TrustDescription, agency: Agency, time: int) -> Agency:
    """Who acted for ``agency`` at ``time``: itself, or from each merger on the one that it went up in. The line ends:
    a description in which it did not was refused (``ledger.trust_rules``)."""
    while agency.status == "merged" and agency.status_since <= time:
        successor = None if agency.successor_id is None else trust.agency_by_id(agency.successor_id)
        if successor is None:
            break
        agency = successor
    return agency
