"""The outbox has webhooks, too, and says what was refused for good."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """What is there is mail."""
    op.add_column("notices", sa.Column("kind", sa.Text, nullable=False, server_default=sa.text("'mail'")))
    op.add_column("notices", sa.Column("problem", sa.Text))


def downgrade() -> None:
    """Only mail is known; what was refused would be tried again."""
    op.execute("delete from notices where kind <> 'mail' or problem is not null")
    op.drop_column("notices", "problem")
    op.drop_column("notices", "kind")
