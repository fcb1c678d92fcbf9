"""Votes, nominations and answers; what people were told, and how they want to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0043"
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["identity"], ["identities.id"], name=f"fk_{table}_identity")


def upgrade() -> None:
    """Nobody said or was told anything so far."""
    op.create_table(
        "votes",
        sa.Column("test", sa.Text, nullable=False),
        sa.Column("identity", sa.LargeBinary, nullable=False),
        sa.Column("is_for", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("moment", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("test", "identity", name="pk_votes"),
        _person("votes"),
        sqlite_strict=True,
    )
    op.create_index("ix_votes_identity", "votes", ["identity"])
    op.create_table(
        "nominations",
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("identity", sa.LargeBinary, nullable=False),
        sa.Column("test", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("moment", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_nominations"),
        sa.UniqueConstraint("identity", "test", name="uq_nominations_identity_test"),
        _person("nominations"),
        sqlite_strict=True,
    )
    op.create_table(
        "questionnaire_answers",
        sa.Column("questionnaire", sa.Text, nullable=False),
        sa.Column("identity", sa.LargeBinary, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("moment", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("questionnaire", "identity", name="pk_questionnaire_answers"),
        _person("questionnaire_answers"),
        sqlite_strict=True,
    )
    op.create_index("ix_questionnaire_answers_identity", "questionnaire_answers", ["identity"])
    op.create_table(
        "told",
        sa.Column("occurrence", sa.LargeBinary, nullable=False),
        sa.Column("identity", sa.LargeBinary, nullable=False),
        sa.Column("moment", _NUMBER, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("way", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("occurrence", "identity", name="pk_told"),
        _person("told"),
        sqlite_strict=True,
    )
    op.create_index("ix_told_identity_moment", "told", ["identity", "moment"])
    for name, table, columns, condition in (
        ("ix_told_waiting", "told", ["identity", "moment"], "way = 'digest'"),
        ("ix_certificates_ending", "certificates", ["valid_until", "id"], "state = 'active'"),
    ):
        where = sa.text(condition)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
    op.create_table(
        "notice_choices",
        sa.Column("identity", sa.LargeBinary, nullable=False),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("is_daily", sa.Integer, nullable=False),
        sa.Column("without", sa.Text, nullable=False),
        sa.Column("digested", _NUMBER, nullable=False),
        sa.Column("revision", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("identity", name="pk_notice_choices"),
        _person("notice_choices"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """What people said, and what they were told, is forgotten."""
    op.drop_index("ix_certificates_ending", "certificates")
    for name in ("notice_choices", "told", "questionnaire_answers", "nominations", "votes"):
        op.drop_table(name)
