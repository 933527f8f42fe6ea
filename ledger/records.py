"""The rows that an installation remembers; the port ``ledger.records_port`` keeps them.

``NewDraft``, ``ApprovedDraft`` and ``Issued`` come by the hundred thousand and are named tuples: making one costs a
third of making a frozen dataclass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ledger.credential_states import State


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """An agency this installation works for. ``host`` is its did:web host; ``admin``, ``sender`` and
    ``wrapping_key`` are names of keys; the secret of its holder commitments bears the wrapping key's name too."""

    agency_id: int
    did: str
    host: str
    name_zh: str
    name_en: str
    admin: str
    sender: str
    wrapping_key: str


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A credential type as registered on the chain under ``type_id``; ``definition`` is its exact document."""

    type_id: int
    name: str
    type_version: str
    context_url: str
    definition: bytes


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An issuing key of an agency, registered on the chain as ``key_id``; ``key_name`` finds it in the key store."""

    agency_id: int
    key_id: int
    key_name: str
    multikey: str
    valid_until: int


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One import of a register: who brought it, from which file, with which outcome (``report`` is JSON)."""

    import_id: int
    agency_id: int
    type_id: int
    source: str
    file_digest: bytes
    clerk: str
    created_at: int
    accepted: int
    refused: int
    report: bytes


@dataclass(frozen=True, slots=True)
class WaitingImport:
    """An import with drafts that nobody approved or rejected yet; ``accepted`` is how many rows it brought."""

    import_id: int
    type_id: int
    source: str
    clerk: str
    created_at: int
    accepted: int


class NewDraft(NamedTuple):
    """A draft to be stored. ``claims`` is canonical JSON of the credential subject; ``row`` its row in the source."""

    row: int
    business_number: str
    claims: bytes
    valid_from: str
    valid_until: str | None
    supersedes: int | None = None
    version: int = 1


class ApprovedDraft(NamedTuple):
    """A draft that may be issued."""

    credential_pk: int
    claims: bytes
    valid_from: str
    valid_until: str | None


class Issued(NamedTuple):
    """What issuing adds to a credential: identifiers, leaf, where the sealed content is and its wrapped key."""

    credential_pk: int
    uuid: bytes
    leaf: bytes
    status_index: int
    cid: bytes
    wrapped_key: bytes
    subject_commitment: bytes


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """A credential as found by its number or key."""

    credential_pk: int
    agency_id: int
    type_id: int
    business_number: str
    version: int
    state: State
    valid_from: str
    valid_until: str | None
    uuid: bytes | None
    leaf: bytes | None
    key_id: int | None
    revocation_list: int | None
    status_index: int | None
    cid: bytes | None
    wrapped_key: bytes | None
    batch_id: int | None
    leaf_index: int | None
    supersedes: int | None
    superseded_by: int | None
    import_id: int | None
    source_row: int | None
    clerk: str
    reviewer: str | None
    issued_at: int | None


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch: one (agency, type, key), its tree and, once final, the proof of its anchor.

    ``state``: prepared -> submitted -> anchored | refused. ``tree`` is the content id of the serialised tree.
    """

    batch_id: int
    agency_id: int
    type_id: int
    key_id: int
    state: str
    root: bytes
    size: int
    credentials: int
    padding_seed: bytes
    tree: bytes
    created_at: int
    tx_hash: bytes | None = None
    block_number: int | None = None
    block_time: int | None = None
    log_position: int | None = None
    gas_used: int | None = None
    evidence: bytes | None = None
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class StatusListRow:
    """A pair of status lists shares its indexes: ``list_id`` revocation, ``list_id + 1`` suspension."""

    list_id: int
    agency_id: int
    type_id: int
    size: int
    seed: bytes
    used: int


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One row of a list's reasons: ``until`` closes a hold, ``successor`` is the leaf of the replacing credential."""

    list_id: int
    index: int
    reason: str
    since: int
    until: int | None
    successor: bytes | None
    credential_pk: int
    actor: str


@dataclass(frozen=True, slots=True)
class PublicationRow:
    """One version of one list as put on the chain. ``state``: prepared -> submitted -> published. A version whose
    number somebody else used first stays as it is, below the one that took its place.

    ``key_hash`` (32 bytes) names the issuing key whose ``signature`` stands behind it (``ledger.status_statement``).
    ``revision`` says which changes it shows: ``revision(changes)`` of the ``status_changes`` that it was made from. A
    change noted after those were read then keeps the list due. None: as of the moment of saving.
    """

    list_id: int
    version: int
    agency_id: int
    state: str
    root: bytes
    chunks: int
    bits: bytes
    reasons: bytes
    created_at: int
    key_hash: bytes
    signature: bytes
    tx_hash: bytes | None = None
    block_time: int | None = None
    evidence: bytes | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class OutgoingRow:
    """A signed transaction, kept before it is sent. ``purpose`` is its idempotency key; ``state``: signed | settled."""

    purpose: str
    agency_id: int
    sender: bytes
    nonce: int
    raw: bytes
    tx_hash: bytes
    state: str


def revision(changes: Sequence[StatusChange]) -> int:
    """How many events a list's changes hold: each row is one, and the end of a hold is another. It only rises."""
    return len(changes) + sum(change.until is not None for change in changes)
