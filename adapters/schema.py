"""The tables of the records. ``migrations/`` makes them; a test holds the two to each other.

What a credential is made of is spread by how often it is rewritten. ``credentials`` holds what changes at every step of
its life and stays narrow; ``drafts`` holds the claims until they are issued and is emptied then; ``issued`` is written
once. An index exists where a method needs it, and where a state is what is looked for, over that state alone: it is
empty when no work is waiting, however many credentials there are.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Index, Integer, Table
from sqlmodel import Field

from adapters.schema_conventions import GIVEN, ROW_ID, Base, partial


class Agencies(Base, table=True):
    """``AgencyRow``."""

    agency_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    did: str
    host: str
    name_zh: str
    name_en: str
    admin: str
    sender: str
    wrapping_key: str


class Types(Base, table=True):
    """``TypeRow``: the version of each type that is issued now."""

    type_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    agency_id: int = Field(sa_type=BigInteger)
    name: str
    type_version: str
    context_url: str
    definition: bytes


class TypeVersions(Base, table=True):
    """``TypeRow``: every version that a type has had, oldest first; what was issued under it needs its context."""

    __tablename__ = "type_versions"
    __table_args__ = (Index("type_versions_of_type", "type_id", "type_version", unique=True),)

    version_id: int = Field(primary_key=True, sa_type=ROW_ID)
    type_id: int = Field(sa_type=BigInteger)
    agency_id: int = Field(sa_type=BigInteger)
    name: str
    type_version: str
    context_url: str
    definition: bytes


class Keys(Base, table=True):
    """``KeyRow``."""

    key_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    agency_id: int = Field(sa_type=BigInteger, index=True)
    key_name: str
    multikey: str
    valid_until: int = Field(sa_type=BigInteger)


class Imports(Base, table=True):
    """``ImportRow``, who approved it, and the range of ``credentials.pk`` that its drafts lie in."""

    import_id: int = Field(primary_key=True, sa_type=ROW_ID)
    agency_id: int = Field(sa_type=BigInteger)
    type_id: int = Field(sa_type=BigInteger)
    source: str
    file_digest: bytes
    clerk: str
    reviewer: str | None = None
    created_at: int = Field(sa_type=BigInteger)
    accepted: int = Field(sa_type=BigInteger)
    refused: int = Field(sa_type=BigInteger)
    first_pk: int = Field(sa_type=BigInteger)
    last_pk: int = Field(sa_type=BigInteger)
    report: bytes


class Credentials(Base, table=True):
    """One version of one certificate. ``correction_open`` is 1 while what it replaces may still be in force."""

    __table_args__ = (
        Index("credentials_number", "agency_id", "type_id", "business_number", "version", unique=True),
        partial("credentials_approved", "agency_id", "type_id", "pk", where="state = 3"),
        partial("credentials_pending", "agency_id", "type_id", "key_id", "pk", where="state = 4 AND batch_id IS NULL"),
        partial("credentials_refused", "agency_id", "type_id", "pk", where="state = 5"),
        partial("credentials_in_batch", "batch_id", "leaf_index", where="batch_id IS NOT NULL", unique=True),
        partial("credentials_corrections", "agency_id", "supersedes", where="correction_open = 1"),
    )

    pk: int = Field(primary_key=True, sa_type=ROW_ID)
    agency_id: int = Field(sa_type=BigInteger)
    type_id: int = Field(sa_type=BigInteger)
    business_number: str
    version: int = Field(sa_type=Integer)
    state: int = Field(sa_type=Integer)
    valid_from: str
    valid_until: str | None = None
    import_id: int = Field(sa_type=BigInteger, foreign_key="imports.import_id")
    source_row: int = Field(sa_type=BigInteger)
    supersedes: int | None = Field(default=None, sa_type=BigInteger, foreign_key="credentials.pk")
    superseded_by: int | None = Field(default=None, sa_type=BigInteger, foreign_key="credentials.pk")
    correction_open: int | None = Field(default=None, sa_type=Integer)
    key_id: int | None = Field(default=None, sa_type=BigInteger)
    issued_at: int | None = Field(default=None, sa_type=BigInteger)
    batch_id: int | None = Field(default=None, sa_type=BigInteger)
    leaf_index: int | None = Field(default=None, sa_type=BigInteger)


class Drafts(Base, table=True):
    """Claims of a credential until it is issued or rejected; then the row goes."""

    credential_pk: int = Field(primary_key=True, sa_type=ROW_ID, foreign_key="credentials.pk")
    agency_id: int = Field(sa_type=BigInteger)
    claims: bytes


class IssuedCredentials(Base, table=True):
    """``Issued``: written once."""

    __tablename__ = "issued"

    credential_pk: int = Field(primary_key=True, sa_type=ROW_ID, foreign_key="credentials.pk")
    agency_id: int = Field(sa_type=BigInteger)
    list_id: int = Field(sa_type=BigInteger)
    status_index: int = Field(sa_type=BigInteger)
    uuid: bytes
    leaf: bytes
    cid: bytes
    wrapped_key: bytes
    subject_commitment: bytes


class IssueRuns(Base, table=True):
    """Which ``credentials.pk`` were noted as issued together, when, and with entries of which status list: how a
    credential is found by its status entry, at the price of one row for thousands (``docs/decisions/records.md``)."""

    __tablename__ = "issue_runs"
    __table_args__ = (Index("issue_runs_of_list", "list_id", "issued_at"),)

    run_id: int = Field(primary_key=True, sa_type=ROW_ID)
    agency_id: int = Field(sa_type=BigInteger)
    list_id: int = Field(sa_type=BigInteger)
    issued_at: int = Field(sa_type=BigInteger)
    first_pk: int = Field(sa_type=BigInteger)
    last_pk: int = Field(sa_type=BigInteger)


class StateCounts(Base, table=True):
    """How many credentials are in a state, kept by every step: counting a million rows for a page takes seconds."""

    __tablename__ = "state_counts"

    agency_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    type_id: int = Field(primary_key=True, sa_type=BigInteger)
    state: int = Field(primary_key=True, sa_type=Integer)
    credentials: int = Field(sa_type=BigInteger)


class Batches(Base, table=True):
    """``BatchRow``."""

    __table_args__ = (
        Index("batches_root", "agency_id", "root", unique=True),
        Index("batches_state", "state", "agency_id"),
    )

    batch_id: int = Field(primary_key=True, sa_type=ROW_ID)
    agency_id: int = Field(sa_type=BigInteger)
    type_id: int = Field(sa_type=BigInteger)
    key_id: int = Field(sa_type=BigInteger)
    state: str
    root: bytes
    size: int = Field(sa_type=BigInteger)
    credentials: int = Field(sa_type=BigInteger)
    padding_seed: bytes
    tree: bytes
    created_at: int = Field(sa_type=BigInteger)
    tx_hash: bytes | None = None
    block_number: int | None = Field(default=None, sa_type=BigInteger)
    block_time: int | None = Field(default=None, sa_type=BigInteger)
    log_position: int | None = Field(default=None, sa_type=BigInteger)
    gas_used: int | None = Field(default=None, sa_type=BigInteger)
    evidence: bytes | None = None
    refusal: str | None = None


class StatusLists(Base, table=True):
    """``StatusListRow``, and ``ledger.records.revision`` of both lists' changes, kept by every change."""

    __tablename__ = "status_lists"
    __table_args__ = (Index("status_lists_of_type", "agency_id", "type_id"),)

    list_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    agency_id: int = Field(sa_type=BigInteger)
    type_id: int = Field(sa_type=BigInteger)
    size: int = Field(sa_type=BigInteger)
    seed: bytes
    used: int = Field(sa_type=BigInteger)
    revision: int = Field(sa_type=BigInteger)
    suspension_revision: int = Field(sa_type=BigInteger)


class StatusChanges(Base, table=True):
    """``StatusChange``."""

    __tablename__ = "status_changes"
    __table_args__ = (Index("status_changes_of_list", "list_id", "list_index", "since", "change_id"),)

    change_id: int = Field(primary_key=True, sa_type=ROW_ID)
    agency_id: int = Field(sa_type=BigInteger)
    list_id: int = Field(sa_type=BigInteger)
    list_index: int = Field(sa_type=BigInteger)
    reason: str
    since: int = Field(sa_type=BigInteger)
    until: int | None = Field(default=None, sa_type=BigInteger)
    successor: bytes | None = None
    credential_pk: int = Field(sa_type=BigInteger, foreign_key="credentials.pk")
    actor: str


class Publications(Base, table=True):
    """``PublicationRow``."""

    list_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=GIVEN)
    version: int = Field(primary_key=True, sa_type=BigInteger)
    agency_id: int = Field(sa_type=BigInteger)
    state: str
    revision: int = Field(sa_type=BigInteger)
    chunks: int = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    tx_hash: bytes | None = None
    block_time: int | None = Field(default=None, sa_type=BigInteger)
    root: bytes
    key_hash: bytes
    signature: bytes
    bits: bytes
    reasons: bytes
    evidence: bytes | None = None


class Outgoing(Base, table=True):
    """``OutgoingRow``."""

    __table_args__ = (partial("outgoing_unsettled", "sender", "nonce", where="state = 'signed'"),)

    purpose: str = Field(primary_key=True)
    agency_id: int = Field(sa_type=BigInteger)
    sender: bytes
    nonce: int = Field(sa_type=BigInteger)
    state: str
    tx_hash: bytes
    raw: bytes


class NotedValues(Base, table=True):
    """Small named values."""

    __tablename__ = "notes"

    name: str = Field(primary_key=True)
    agency_id: int = Field(sa_type=BigInteger)
    value: bytes


def _table(name: str) -> Table:
    return Base.metadata.tables[name]


agencies: Final = _table("agencies")
types: Final = _table("types")
type_versions: Final = _table("type_versions")
keys: Final = _table("keys")
imports: Final = _table("imports")
credentials: Final = _table("credentials")
drafts: Final = _table("drafts")
issued: Final = _table("issued")
issue_runs: Final = _table("issue_runs")
state_counts: Final = _table("state_counts")
batches: Final = _table("batches")
status_lists: Final = _table("status_lists")
status_changes: Final = _table("status_changes")
publications: Final = _table("publications")
outgoing: Final = _table("outgoing")
notes: Final = _table("notes")
