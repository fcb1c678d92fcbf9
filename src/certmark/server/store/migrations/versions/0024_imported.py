"""What was taken from another server, by the id that it had there."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "imported",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("old", sa.Text, nullable=False),
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("taken", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("kind", "old", name="pk_imported"),
        sqlite_strict=True,
    )
    op.create_index("ix_imported_id", "imported", ["id"])


def downgrade() -> None:
    """Ids of old are forgotten: old addresses lead nowhere, and another import takes everything once more."""
    op.drop_table("imported")
