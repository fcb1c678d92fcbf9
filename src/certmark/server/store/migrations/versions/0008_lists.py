"""Lists by product and by tag are read in their order."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_IS_NAMED = sa.text("product is not null")


def upgrade() -> None:
    """Make the indexes."""
    op.create_index(
        "ix_runs_products",
        "runs",
        ["vendor", "product", "id"],
        sqlite_where=_IS_NAMED,
        postgresql_where=_IS_NAMED,
    )
    op.create_index("ix_tags_key_value_run", "tags", ["key", "value", "run"])
    op.drop_index("ix_tags_key_value", "tags")


def downgrade() -> None:
    """Make them as they were."""
    op.create_index("ix_tags_key_value", "tags", ["key", "value"])
    op.drop_index("ix_tags_key_value_run", "tags")
    op.drop_index("ix_runs_products", "runs")
