"""The first tables.

Spelled out here and not taken from ``adapters.schema``: that one goes on, this revision stays what it was.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make everything."""
    op.create_table(
        "agencies",
        sa.Column("agency_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("did", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("name_zh", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("admin", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("wrapping_key", sa.String(), nullable=False),
    )
    op.create_table(
        "types",
        sa.Column("type_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type_version", sa.String(), nullable=False),
        sa.Column("context_url", sa.String(), nullable=False),
        sa.Column("definition", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "keys",
        sa.Column("key_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("key_name", sa.String(), nullable=False),
        sa.Column("multikey", sa.String(), nullable=False),
        sa.Column("valid_until", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_keys_agency_id", "keys", ["agency_id"])
    op.create_table(
        "imports",
        sa.Column("import_id", ROW_ID, primary_key=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("type_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("file_digest", sa.LargeBinary(), nullable=False),
        sa.Column("clerk", sa.String(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("first_pk", sa.BigInteger(), nullable=False),
        sa.Column("last_pk", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "batches",
        sa.Column("batch_id", ROW_ID, primary_key=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("type_id", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("credentials", sa.BigInteger(), nullable=False),
        sa.Column("padding_seed", sa.LargeBinary(), nullable=False),
        sa.Column("tree", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(), nullable=True),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("block_time", sa.BigInteger(), nullable=True),
        sa.Column("log_position", sa.BigInteger(), nullable=True),
        sa.Column("gas_used", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
        sa.Column("refusal", sa.String(), nullable=True),
    )
    op.create_index("batches_root", "batches", ["agency_id", "root"], unique=True)
    op.create_index("batches_state", "batches", ["state", "agency_id"])
    op.create_table(
        "credentials",
        sa.Column("pk", ROW_ID, primary_key=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("type_id", sa.BigInteger(), nullable=False),
        sa.Column("business_number", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.String(), nullable=False),
        sa.Column("valid_until", sa.String(), nullable=True),
        sa.Column("import_id", sa.BigInteger(), sa.ForeignKey("imports.import_id"), nullable=False),
        sa.Column("source_row", sa.BigInteger(), nullable=False),
        sa.Column("supersedes", sa.BigInteger(), sa.ForeignKey("credentials.pk"), nullable=True),
        sa.Column("superseded_by", sa.BigInteger(), sa.ForeignKey("credentials.pk"), nullable=True),
        sa.Column("correction_open", sa.Integer(), nullable=True),
        sa.Column("key_id", sa.BigInteger(), nullable=True),
        sa.Column("issued_at", sa.BigInteger(), nullable=True),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("leaf_index", sa.BigInteger(), nullable=True),
    )
    _partial("credentials_approved", "credentials", ["agency_id", "type_id", "pk"], "state = 3")
    _partial("credentials_corrections", "credentials", ["agency_id", "supersedes"], "correction_open = 1")
    _partial("credentials_in_batch", "credentials", ["batch_id", "leaf_index"], "batch_id IS NOT NULL", unique=True)
    op.create_index(
        "credentials_number", "credentials", ["agency_id", "type_id", "business_number", "version"], unique=True
    )
    _partial(
        "credentials_pending",
        "credentials",
        ["agency_id", "type_id", "key_id", "pk"],
        "state = 4 AND batch_id IS NULL",
    )
    _partial("credentials_refused", "credentials", ["agency_id", "type_id", "pk"], "state = 5")
    op.create_table(
        "drafts",
        sa.Column("credential_pk", ROW_ID, sa.ForeignKey("credentials.pk"), primary_key=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("claims", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "issued",
        sa.Column("credential_pk", ROW_ID, sa.ForeignKey("credentials.pk"), primary_key=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("status_index", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("cid", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("subject_commitment", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "state_counts",
        sa.Column("agency_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("type_id", sa.BigInteger(), primary_key=True),
        sa.Column("state", sa.Integer(), primary_key=True),
        sa.Column("credentials", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "status_lists",
        sa.Column("list_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("type_id", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("suspension_revision", sa.BigInteger(), nullable=False),
    )
    op.create_index("status_lists_of_type", "status_lists", ["agency_id", "type_id"])
    op.create_table(
        "status_changes",
        sa.Column("change_id", ROW_ID, primary_key=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("list_index", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("successor", sa.LargeBinary(), nullable=True),
        sa.Column("credential_pk", sa.BigInteger(), sa.ForeignKey("credentials.pk"), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
    )
    op.create_index("status_changes_of_list", "status_changes", ["list_id", "list_index", "since", "change_id"])
    op.create_table(
        "publications",
        sa.Column("list_id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("version", sa.BigInteger(), primary_key=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("chunks", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(), nullable=True),
        sa.Column("block_time", sa.BigInteger(), nullable=True),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.Column("reasons", sa.LargeBinary(), nullable=False),
        sa.Column("evidence", sa.LargeBinary(), nullable=True),
    )
    op.create_table(
        "outgoing",
        sa.Column("purpose", sa.String(), primary_key=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("sender", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
    )
    _partial("outgoing_unsettled", "outgoing", ["sender", "nonce"], "state = 'signed'")
    op.create_table(
        "notes",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
    )


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
