"""What RefStack's API knows of a run, and nothing else does."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0018"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "refstack_runs",
        sa.Column(
            "run",
            sa.LargeBinary,
            sa.ForeignKey("runs.id", name="fk_refstack_runs_run", ondelete="cascade"),
            nullable=False,
        ),
        sa.Column("duration", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
        sa.Column("guideline", sa.Text),
        sa.Column("target", sa.Text),
        sa.PrimaryKeyConstraint("run", name="pk_refstack_runs"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_table("refstack_runs")
