"""Runs that go on elsewhere are looked at here."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "live_runs",
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("owner", sa.LargeBinary, sa.ForeignKey("identities.id", name="fk_live_runs_owner"), nullable=False),
        sa.Column("touched", _NUMBER, nullable=False),
        sa.Column("is_public", sa.Integer, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_live_runs"),
        sqlite_strict=True,
    )
    op.create_index("ix_live_runs_owner_touched", "live_runs", ["owner", "touched"])
    op.create_index("ix_live_runs_touched", "live_runs", ["touched"])


def downgrade() -> None:
    """They are forgotten: what became of them was received as runs."""
    op.drop_table("live_runs")
