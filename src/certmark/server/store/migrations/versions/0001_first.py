"""The first form: runs with their verdicts and requests beside them."""

import sqlalchemy as sa
from alembic import op

from certmark.server.store.migrations.guards import guard, unguard

revision = "0001"
down_revision = None

GUARDED = ("tests", "guidelines", "audit")
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_BYTES = sa.LargeBinary


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "audit",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("moment", _NUMBER, nullable=False),
        sa.Column("identity", _BYTES),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
        sqlite_strict=True,
    )
    op.create_index("ix_audit_subject_number", "audit", ["subject", "number"])
    op.create_table(
        "evidence",
        sa.Column("digest", _BYTES, nullable=False),
        sa.Column("size", _NUMBER, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_evidence"),
        sqlite_strict=True,
    )
    op.create_table(
        "guidelines",
        sa.Column("digest", _BYTES, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("content", _BYTES, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_guidelines"),
        sqlite_strict=True,
    )
    op.create_index("ix_guidelines_id_created", "guidelines", ["id", "created"])
    op.create_table(
        "identities",
        sa.Column("id", _BYTES, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_identities"),
        sa.UniqueConstraint("name", name="uq_identities_name"),
        sqlite_strict=True,
    )
    op.create_table(
        "jobs",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("due", _NUMBER, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("claimed", _NUMBER),
        sa.Column("problem", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("kind", "subject", name="uq_jobs_kind_subject"),
        sqlite_strict=True,
    )
    op.create_index("ix_jobs_due", "jobs", ["due"])
    op.create_table(
        "tests",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("uuid", _BYTES, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_tests"),
        sa.UniqueConstraint("name", "uuid", name="uq_tests_name_uuid"),
        sqlite_strict=True,
    )
    op.create_table(
        "runs",
        sa.Column("id", _BYTES, nullable=False),
        sa.Column("owner", _BYTES, sa.ForeignKey("identities.id", name="fk_runs_owner"), nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("state", sa.Integer, nullable=False),
        sa.Column("is_public", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("upload", _BYTES),
        sa.Column("evidence", _BYTES, sa.ForeignKey("evidence.digest", name="fk_runs_evidence")),
        sa.Column("attestation", _BYTES),
        sa.Column("format", sa.Text),
        sa.Column("began", _NUMBER),
        sa.Column("ended", _NUMBER),
        sa.Column("subject", sa.Text),
        sa.Column("suite", sa.Text),
        sa.Column("vendor", sa.Text),
        sa.Column("product", sa.Text),
        sa.Column("version", sa.Text),
        sa.Column("region", sa.Text),
        sa.Column("guideline", _BYTES, sa.ForeignKey("guidelines.digest", name="fk_runs_guideline")),
        sa.Column("program", sa.Text),
        sa.Column("outcomes", _BYTES),
        sa.Column("problem", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.CheckConstraint("upload is null or evidence is null", name="ck_runs_one_place"),
        sa.CheckConstraint("state between 0 and 3", name="ck_runs_state"),
        sqlite_strict=True,
    )
    op.create_index("ix_runs_evidence", "runs", ["evidence"])
    op.create_index("ix_runs_is_public_created_id", "runs", ["is_public", "created", "id"])
    op.create_index("ix_runs_owner_created_id", "runs", ["owner", "created", "id"])
    op.create_index("ix_runs_subject_created", "runs", ["subject", "created"])
    op.create_table(
        "tokens",
        sa.Column("digest", _BYTES, nullable=False),
        sa.Column("identity", _BYTES, sa.ForeignKey("identities.id", name="fk_tokens_identity"), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("expires", _NUMBER, nullable=False),
        sa.Column("revoked", _NUMBER),
        sa.PrimaryKeyConstraint("digest", name="pk_tokens"),
        sqlite_strict=True,
    )
    op.create_index("ix_tokens_identity", "tokens", ["identity"])
    op.create_table(
        "uploads",
        sa.Column("id", _BYTES, nullable=False),
        sa.Column("owner", _BYTES, sa.ForeignKey("identities.id", name="fk_uploads_owner"), nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("touched", _NUMBER, nullable=False),
        sa.Column("size", _NUMBER, nullable=False),
        sa.Column("received", _NUMBER, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
        sqlite_strict=True,
    )
    op.create_index("ix_uploads_owner_created", "uploads", ["owner", "created"])
    op.create_index("ix_uploads_touched", "uploads", ["touched"])
    op.create_table(
        "requests",
        sa.Column("identity", _BYTES, sa.ForeignKey("identities.id", name="fk_requests_identity"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("digest", _BYTES, nullable=False),
        sa.Column("run", _BYTES, sa.ForeignKey("runs.id", name="fk_requests_run", ondelete="cascade"), nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("identity", "key", name="pk_requests"),
        sqlite_strict=True,
    )
    op.create_index("ix_requests_created", "requests", ["created"])
    op.create_table(
        "tags",
        sa.Column("run", _BYTES, sa.ForeignKey("runs.id", name="fk_tags_run", ondelete="cascade"), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run", "key", name="pk_tags"),
        sqlite_strict=True,
    )
    op.create_index("ix_tags_key_value", "tags", ["key", "value"])
    op.create_table(
        "verdicts",
        sa.Column("run", _BYTES, sa.ForeignKey("runs.id", name="fk_verdicts_run", ondelete="cascade"), nullable=False),
        sa.Column(
            "guideline", _BYTES, sa.ForeignKey("guidelines.digest", name="fk_verdicts_guideline"), nullable=False
        ),
        sa.Column("program", sa.Text, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("is_partial", sa.Integer, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("as_of", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run", "guideline", "program", name="pk_verdicts"),
        sqlite_strict=True,
    )
    for table in GUARDED:
        guard(table)


def downgrade() -> None:
    """Forget everything."""
    for table in GUARDED:
        unguard(table)
    for table in (
        "verdicts",
        "tags",
        "requests",
        "uploads",
        "tokens",
        "runs",
        "tests",
        "jobs",
        "identities",
        "guidelines",
        "evidence",
        "audit",
    ):
        op.drop_table(table)
