"""Lists by product and by tag are read in their order."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_IS_NAMED = sa.text("product is not null")
_IS_WHOLE = sa.text("is_partial = 0 and product is not null")


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
    op.drop_index("ix_runs_whole", "runs")


def downgrade() -> None:
    """Make them as they were."""
    columns = ["vendor", "product", "program", "id"]
    op.create_index("ix_runs_whole", "runs", columns, sqlite_where=_IS_WHOLE, postgresql_where=_IS_WHOLE)
    op.create_index("ix_tags_key_value", "tags", ["key", "value"])
    op.drop_index("ix_tags_key_value_run", "tags")
    op.drop_index("ix_runs_products", "runs")
