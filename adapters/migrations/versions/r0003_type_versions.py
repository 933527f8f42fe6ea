"""Every version of a type is kept, and runs of issuing lead from a status entry to its credential."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make both tables. The versions that were replaced before are gone; runs are told from what was issued."""
    op.create_table(
        "type_versions",
        sa.Column("version_id", ROW_ID, primary_key=True),
        sa.Column("type_id", sa.BigInteger(), nullable=False),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type_version", sa.String(), nullable=False),
        sa.Column("context_url", sa.String(), nullable=False),
        sa.Column("definition", sa.LargeBinary(), nullable=False),
    )
    op.create_index("type_versions_of_type", "type_versions", ["type_id", "type_version"], unique=True)
    op.execute(
        "INSERT INTO type_versions (type_id, agency_id, name, type_version, context_url, definition) "
        "SELECT type_id, agency_id, name, type_version, context_url, definition FROM types ORDER BY type_id"
    )
    op.create_table(
        "issue_runs",
        sa.Column("run_id", ROW_ID, primary_key=True),
        sa.Column("agency_id", sa.BigInteger(), nullable=False),
        sa.Column("list_id", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("first_pk", sa.BigInteger(), nullable=False),
        sa.Column("last_pk", sa.BigInteger(), nullable=False),
    )
    op.create_index("issue_runs_of_list", "issue_runs", ["list_id", "issued_at"])
    op.execute(
        "INSERT INTO issue_runs (agency_id, list_id, issued_at, first_pk, last_pk) "
        "SELECT i.agency_id, i.list_id, c.issued_at, min(c.pk), max(c.pk) "
        "FROM issued AS i JOIN credentials AS c ON c.pk = i.credential_pk "
        "WHERE c.issued_at IS NOT NULL GROUP BY i.agency_id, i.list_id, c.issued_at"
    )
