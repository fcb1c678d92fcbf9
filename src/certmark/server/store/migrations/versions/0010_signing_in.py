"""People sign in: accounts, sessions, tries to sign in; tokens have scopes, a maker and a last use."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_BYTES = sa.LargeBinary


def upgrade() -> None:
    """Make the tables; tokens that there are may do what they could."""
    scopes = sa.Column("scopes", sa.Text, nullable=False, server_default=sa.text("'read submit'"))
    op.add_column("tokens", scopes)
    op.add_column("tokens", sa.Column("maker", _BYTES))
    op.add_column("tokens", sa.Column("used", _NUMBER))
    op.add_column("tokens", sa.Column("refused", _NUMBER))
    op.create_table(
        "accounts",
        sa.Column("issuer", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("identity", _BYTES, sa.ForeignKey("identities.id", name="fk_accounts_identity"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("seen", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_accounts"),
        sa.UniqueConstraint("identity", name="uq_accounts_identity"),
        sqlite_strict=True,
    )
    op.create_table(
        "sign_ins",
        sa.Column("state", _BYTES, nullable=False),
        sa.Column("browser", _BYTES, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("provider", "nonce", "verifier", "destination")),
        sa.Column("created", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("state", name="pk_sign_ins"),
        sqlite_strict=True,
    )
    op.create_index("ix_sign_ins_created", "sign_ins", ["created"])
    op.create_table(
        "sessions",
        sa.Column("digest", _BYTES, nullable=False),
        sa.Column("id", _BYTES, nullable=False),
        sa.Column("identity", _BYTES, sa.ForeignKey("identities.id", name="fk_sessions_identity"), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("provider", "token", "agent")),
        *(sa.Column(name, _NUMBER, nullable=False) for name in ("created", "touched")),
        *(sa.Column(name, _NUMBER) for name in ("ended", "refused")),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
        sa.UniqueConstraint("id", name="uq_sessions_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_sessions_identity_created", "sessions", ["identity", "created"])
    op.create_index("ix_sessions_created", "sessions", ["created"])


def downgrade() -> None:
    """Everybody is signed out, and accounts are forgotten; what they sent stays theirs by the name of the identity."""
    for name in ("sessions", "sign_ins", "accounts"):
        op.drop_table(name)
    for name in ("scopes", "maker", "used", "refused"):
        op.drop_column("tokens", name)
