"""Accounts that became somebody else's; sessions by what their provider calls them."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_BYTES = sa.LargeBinary


def upgrade() -> None:
    """Make the table and the column."""
    op.create_table(
        "joined",
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("identity", _BYTES, sa.ForeignKey("identities.id", name="fk_joined_identity"), nullable=False),
        sa.Column("moment", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_joined"),
        sqlite_strict=True,
    )
    op.create_index("ix_joined_identity", "joined", ["identity"])
    op.add_column("sessions", sa.Column("sid", sa.Text))
    named = sa.text("sid is not null")
    op.create_index("ix_sessions_sid", "sessions", ["sid"], sqlite_where=named, postgresql_where=named)


def downgrade() -> None:
    """Joined accounts stay joined; whoever signs in with one is somebody new."""
    op.drop_index("ix_sessions_sid", "sessions")
    op.drop_column("sessions", "sid")
    op.drop_table("joined")
