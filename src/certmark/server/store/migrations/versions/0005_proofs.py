"""The log moves into the database; an attestation stands with its run, with what was found of it."""

import sqlalchemy as sa
from alembic import op

from certmark.server.store.migrations.guards import guard, unguard

revision = "0005"
down_revision = "0004"

GUARDED = ("log_entries", "log_checkpoints")
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_BYTES = sa.LargeBinary


def upgrade() -> None:
    """Make the tables. Attestations of before were not verified, and are to be sent again; no log was released."""
    op.drop_table("receipts")
    op.create_table(
        "attestations",
        sa.Column("run", _BYTES, sa.ForeignKey("runs.id", name="fk_attestations_run", ondelete="cascade")),
        sa.Column("digest", _BYTES, nullable=False),
        sa.Column("signers", sa.Text, nullable=False),
        sa.Column("unchecked", sa.Text, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("receipt", _BYTES),
        sa.PrimaryKeyConstraint("run", name="pk_attestations"),
        sqlite_strict=True,
    )
    _partial("ix_attestations_waiting", "attestations", ["run"], "receipt is null")
    op.create_table(
        "log_entries",
        sa.Column("place", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("content", _BYTES, nullable=False),
        sa.Column("hashes", _BYTES, nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_log_entries"),
        sqlite_strict=True,
    )
    op.create_table(
        "log_checkpoints",
        sa.Column("size", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("note", _BYTES, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_log_checkpoints"),
        sqlite_strict=True,
    )
    op.create_table(
        "log_restorations",
        sa.Column("moment", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("agreed", _NUMBER),
        sa.PrimaryKeyConstraint("moment", name="pk_log_restorations"),
        sqlite_strict=True,
    )
    for name in GUARDED:
        guard(name)


def downgrade() -> None:
    """The log is forgotten: export it first."""
    for name in GUARDED:
        unguard(name)
    for name in ("log_restorations", "log_checkpoints", "log_entries", "attestations"):
        op.drop_table(name)
    op.create_table(
        "receipts",
        sa.Column("attestation", _BYTES, nullable=False),
        sa.Column("run", _BYTES, sa.ForeignKey("runs.id", name="fk_receipts_run", ondelete="cascade"), nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("receipt", _BYTES),
        sa.PrimaryKeyConstraint("attestation", name="pk_receipts"),
        sqlite_strict=True,
    )
    op.create_index("ix_receipts_run", "receipts", ["run"])
    _partial("ix_receipts_waiting", "receipts", ["attestation"], "receipt is null")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
