"""Runs that are deleted for their age, and attached runs that a foreign key signed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0016"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """One step on."""
    op.add_column("attachments", sa.Column("is_foreign", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.create_table(
        "retirements",
        sa.Column(
            "run",
            sa.LargeBinary,
            sa.ForeignKey("runs.id", name="fk_retirements_run", ondelete="cascade"),
            nullable=False,
        ),
        sa.Column("due", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("run", name="pk_retirements"),
        sqlite_strict=True,
    )
    op.create_index("ix_retirements_due_run", "retirements", ["due", "run"])
    _partial("ix_runs_private", "runs", ["created", "id"], "is_public = 0")
    _partial("ix_vendors_merged_into", "vendors", ["merged_into"], "merged_into is not null")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    """One step back."""
    op.drop_index("ix_vendors_merged_into", "vendors")
    op.drop_index("ix_runs_private", "runs")
    op.drop_table("retirements")
    op.drop_column("attachments", "is_foreign")
