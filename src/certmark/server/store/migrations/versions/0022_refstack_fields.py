"""What vendors, products and versions have in RefStack's API: properties, and what its client calls a cloud."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0020"

_IS_NAMED = sa.text("cpid <> ''")
_EMPTY = sa.text("''")


def upgrade() -> None:
    """Make the columns."""
    op.add_column("vendors", sa.Column("properties", sa.Text, nullable=False, server_default=_EMPTY))
    op.add_column("vendors", sa.Column("is_programme", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.add_column("products", sa.Column("properties", sa.Text, nullable=False, server_default=_EMPTY))
    op.add_column("product_versions", sa.Column("cpid", sa.Text, nullable=False, server_default=_EMPTY))
    op.create_index(
        "ix_product_versions_cpid",
        "product_versions",
        ["cpid"],
        sqlite_where=_IS_NAMED,
        postgresql_where=_IS_NAMED,
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_index("ix_product_versions_cpid", "product_versions")
    for table, column in (
        ("product_versions", "cpid"),
        ("products", "properties"),
        ("vendors", "is_programme"),
        ("vendors", "properties"),
    ):
        op.drop_column(table, column)
