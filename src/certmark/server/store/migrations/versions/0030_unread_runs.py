"""Runs that are not read yet, or could not be, are found for their sender; any run by the SHA-256 of its bytes."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0028"


def upgrade() -> None:
    """One step on."""
    where = sa.text("state <> 1")
    op.create_index("ix_runs_unread", "runs", ["owner", "id"], sqlite_where=where, postgresql_where=where)
    op.create_index("ix_runs_digest_id", "runs", ["digest", "id"])


def downgrade() -> None:
    """Nothing but indexes is gone."""
    op.drop_index("ix_runs_digest_id", "runs")
    op.drop_index("ix_runs_unread", "runs")
