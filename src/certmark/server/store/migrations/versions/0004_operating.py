"""Work that is asked for again while it is done; sources of guidelines, the outbox, receipts of the log."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_BYTES = sa.LargeBinary


def upgrade() -> None:
    """Make the tables; no job was ever asked for before."""
    op.add_column("jobs", sa.Column("asks", sa.Integer, nullable=False, server_default=sa.text("1")))
    op.create_table(
        "sources",
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("looked", _NUMBER),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("problem", sa.Text),
        sa.PrimaryKeyConstraint("place", name="pk_sources"),
        sqlite_strict=True,
    )
    op.create_table(
        "notices",
        sa.Column("id", _BYTES, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("sent", _NUMBER),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
        sqlite_strict=True,
    )
    op.create_table(
        "receipts",
        sa.Column("attestation", _BYTES, nullable=False),
        sa.Column("run", _BYTES, sa.ForeignKey("runs.id", name="fk_receipts_run", ondelete="cascade"), nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("receipt", _BYTES),
        sa.PrimaryKeyConstraint("attestation", name="pk_receipts"),
        sqlite_strict=True,
    )
    op.create_index("ix_notices_created", "notices", ["created"])
    op.create_index("ix_receipts_run", "receipts", ["run"])
    _partial("ix_notices_waiting", "notices", ["created", "id"], "sent is null")
    _partial("ix_receipts_waiting", "receipts", ["attestation"], "receipt is null")


def downgrade() -> None:
    """What was sent and signed stays where it went; what waits is forgotten."""
    for name in ("receipts", "notices", "sources"):
        op.drop_table(name)
    op.drop_column("jobs", "asks")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
