"""Which shared runs changed, and what they are as columns; what speaks against the evidence of a run."""

import sqlalchemy as sa
from alembic import op

from certmark.server.store.migrations.journal import begin_journal, end_journal

revision = "0026"
down_revision = "0024"


def upgrade() -> None:
    """Make the tables and the triggers; every shared run counts as changed."""
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.add_column("runs", sa.Column("doubts", sa.Integer))
    op.create_table(
        "run_changes",
        sa.Column("run", sa.LargeBinary, nullable=False),
        sa.Column("stamp", number, nullable=False),
        sa.PrimaryKeyConstraint("run", name="pk_run_changes"),
        sqlite_strict=True,
    )
    op.create_index("ix_run_changes_stamp_run", "run_changes", ["stamp", "run"])
    op.create_table(
        "corpus_parts",
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", "name", name="pk_corpus_parts"),
        sqlite_strict=True,
    )
    op.execute("insert into run_changes (run, stamp) select id, 0 from runs where is_public = 1")
    begin_journal()


def downgrade() -> None:
    """Forget them: all of it is made again from the runs."""
    end_journal()
    op.drop_table("corpus_parts")
    op.drop_index("ix_run_changes_stamp_run", "run_changes")
    op.drop_table("run_changes")
    op.drop_column("runs", "doubts")
