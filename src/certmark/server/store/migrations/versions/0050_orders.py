"""Standing orders, what became of them each time, and the runners that carry them out."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0045"
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Nothing is ordered so far."""
    op.create_table(
        "orders",
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("vendor", sa.LargeBinary, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("schedule", sa.Text, nullable=False),
        sa.Column("window", _NUMBER, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("next", _NUMBER),
        sa.Column("aside", sa.Text),
        sa.Column("aside_until", _NUMBER),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("revision", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
        sqlite_strict=True,
    )
    op.create_index("ix_orders_vendor_id", "orders", ["vendor", "id"])
    _partial("ix_orders_waiting", "orders", ["next", "id"], "next is not null")
    op.create_table(
        "assignments",
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("standing_order", sa.LargeBinary, nullable=False),
        sa.Column("vendor", sa.LargeBinary, nullable=False),
        sa.Column("cloud", sa.Text, nullable=False),
        sa.Column("program", sa.Text, nullable=False),
        sa.Column("due", _NUMBER, nullable=False),
        sa.Column("until", _NUMBER, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempt", _NUMBER, nullable=False),
        sa.Column("runner", sa.LargeBinary),
        sa.Column("lease", _NUMBER),
        sa.Column("ended", _NUMBER),
        sa.Column("is_cancelled", _NUMBER, nullable=False),
        sa.Column("result", sa.Text),
        sa.Column("run", sa.LargeBinary),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("revision", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
        sa.ForeignKeyConstraint(["standing_order"], ["orders.id"], name="fk_assignments_standing_order"),
        sqlite_strict=True,
    )
    op.create_index("ix_assignments_standing_order_id", "assignments", ["standing_order", "id"])
    _partial("ix_assignments_leased", "assignments", ["lease"], "lease > 0")
    _partial("ix_assignments_open", "assignments", ["standing_order"], "ended is null", unique=True)
    _partial("ix_assignments_at_work", "assignments", ["vendor", "cloud"], "lease is not null", unique=True)
    _partial("ix_assignments_due", "assignments", ["vendor", "due", "id"], "state = 'due'")
    _partial("ix_assignments_overdue", "assignments", ["until", "id"], "ended is null and lease is null")
    op.create_table(
        "runners",
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("vendor", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("labels", sa.Text, nullable=False),
        sa.Column("clouds", sa.Text, nullable=False),
        sa.Column("software", sa.Text, nullable=False),
        sa.Column("seen", _NUMBER, nullable=False),
        sa.Column("is_drained", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runners"),
        sa.UniqueConstraint("vendor", "name", name="uq_runners_vendor_name"),
        sqlite_strict=True,
    )


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    text = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=text, postgresql_where=text)


def downgrade() -> None:
    """Nothing is ordered any more."""
    for name in ("runners", "assignments", "orders"):
        op.drop_table(name)
