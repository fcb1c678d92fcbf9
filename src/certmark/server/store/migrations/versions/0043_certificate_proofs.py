"""Receipts of the log for signed certificates; which certificates changed last."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0040"
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """No certificate was signed so far."""
    op.create_table(
        "certificate_proofs",
        sa.Column("certificate", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("receipt", sa.LargeBinary),
        sa.ForeignKeyConstraint(
            ["certificate"], ["certificates.id"], name="fk_certificate_proofs_certificate_certificates"
        ),
        sa.PrimaryKeyConstraint("certificate", name="pk_certificate_proofs"),
        sqlite_strict=True,
    )
    where = sa.text("receipt is null and created > 0")
    op.create_index(
        "ix_certificate_proofs_waiting",
        "certificate_proofs",
        ["certificate"],
        sqlite_where=where,
        postgresql_where=where,
    )
    op.create_index("ix_certificates_since_id", "certificates", ["since", "id"])


def downgrade() -> None:
    """Receipts are gone; the certificates stay."""
    op.drop_index("ix_certificates_since_id", "certificates")
    op.drop_table("certificate_proofs")
