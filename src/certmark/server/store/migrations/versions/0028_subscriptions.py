"""Saved queries, and webhooks that follow them."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0026"
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Nobody saved or follows any so far."""
    op.create_table(
        "queries",
        sa.Column("short", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("identity", sa.LargeBinary, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("short", name="pk_queries"),
        sa.ForeignKeyConstraint(["identity"], ["identities.id"], name="fk_queries_identity"),
        sqlite_strict=True,
    )
    op.create_index("ix_queries_identity", "queries", ["identity"])
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("identity", sa.LargeBinary, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("condition", sa.Text, nullable=False),
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("seen", sa.LargeBinary, nullable=False),
        sa.Column("revision", _NUMBER, nullable=False),
        sa.Column("paused", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.ForeignKeyConstraint(["identity"], ["identities.id"], name="fk_subscriptions_identity"),
        sa.ForeignKeyConstraint(["query"], ["queries.short"], name="fk_subscriptions_query"),
        sqlite_strict=True,
    )
    op.create_index("ix_subscriptions_identity_id", "subscriptions", ["identity", "id"])
    op.create_index("ix_subscriptions_query", "subscriptions", ["query"])
    where = sa.text("paused is null")
    op.create_index(
        "ix_subscriptions_followed", "subscriptions", ["query", "id"], sqlite_where=where, postgresql_where=where
    )
    op.add_column("notices", sa.Column("subscription", sa.LargeBinary))
    op.add_column("notices", sa.Column("attempts", _NUMBER, nullable=False, server_default=sa.text("0")))
    op.add_column("notices", sa.Column("answer", sa.Text))
    where = sa.text("subscription is not null")
    columns = ["subscription", "created", "id"]
    op.create_index("ix_notices_of_subscription", "notices", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Nobody is told any more; what waits for them is dropped."""
    op.drop_index("ix_notices_of_subscription", table_name="notices")
    op.execute("delete from notices where subscription is not null")
    for name in ("answer", "attempts", "subscription"):
        op.drop_column("notices", name)
    op.drop_table("subscriptions")
    op.drop_table("queries")
