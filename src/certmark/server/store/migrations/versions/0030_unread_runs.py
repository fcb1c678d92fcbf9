"""Runs that are not read yet, or could not be, are found for their sender."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0026"


def upgrade() -> None:
    """One step on."""
    where = sa.text("state <> 1")
    op.create_index("ix_runs_unread", "runs", ["owner", "id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Nothing but an index is gone."""
    op.drop_index("ix_runs_unread", "runs")
