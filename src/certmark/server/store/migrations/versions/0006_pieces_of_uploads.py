"""Pieces of uploads are objects in the evidence store."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_UPLOAD = sa.ForeignKey("uploads.id", name="fk_pieces_upload", ondelete="cascade")


def upgrade() -> None:
    """Unfinished uploads, whose bytes lay in a folder of one machine, are begun again."""
    op.execute("delete from uploads")
    op.create_table(
        "pieces",
        sa.Column("upload", sa.LargeBinary, _UPLOAD, nullable=False),
        sa.Column("start", _NUMBER, nullable=False),
        sa.Column("digest", sa.LargeBinary, sa.ForeignKey("evidence.digest", name="fk_pieces_digest"), nullable=False),
        sa.PrimaryKeyConstraint("upload", "start", name="pk_pieces"),
        sqlite_strict=True,
    )
    op.create_index("ix_pieces_digest", "pieces", ["digest"])


def downgrade() -> None:
    """Likewise."""
    op.execute("delete from uploads")
    op.drop_table("pieces")
