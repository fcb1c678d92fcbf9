"""Certification: applications, certificates, cases, and what happened to them."""

import sqlalchemy as sa
from alembic import op

from certmark.server.store.migrations.guards import guard, unguard

revision = "0040"
down_revision = "0030"
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_KEPT = ("certification_events", "status_lists")
_TABLES = (
    "applications",
    "application_runs",
    "reviewers",
    "disclosures",
    "certificates",
    "cases",
    "certification_events",
    "status_lists",
    "series",
)
_INDEXES = (
    ("ix_applications_owner_id", "applications", ["owner", "id"]),
    ("ix_applications_product_id", "applications", ["product", "id"]),
    ("ix_applications_vendor_id", "applications", ["vendor", "id"]),
    ("ix_applications_version_id", "applications", ["version", "id"]),
    ("ix_application_runs_run", "application_runs", ["run"]),
    ("ix_reviewers_identity_application", "reviewers", ["identity", "application"]),
    ("ix_disclosures_run", "disclosures", ["run"]),
    ("ix_certificates_application_id", "certificates", ["application", "id"]),
    ("ix_certificates_predecessor_id", "certificates", ["predecessor", "id"]),
    ("ix_certificates_product_id", "certificates", ["product", "id"]),
    ("ix_certificates_programme_id", "certificates", ["programme", "id"]),
    ("ix_certificates_vendor_id", "certificates", ["vendor", "id"]),
    ("ix_certificates_version_id", "certificates", ["version", "id"]),
    ("ix_cases_application_id", "cases", ["application", "id"]),
    ("ix_cases_certificate_id", "cases", ["certificate", "id"]),
    ("ix_cases_kind_id", "cases", ["kind", "id"]),
    ("ix_cases_opened_by_id", "cases", ["opened_by", "id"]),
    ("ix_cases_product_id", "cases", ["product", "id"]),
    ("ix_cases_test_id", "cases", ["test", "id"]),
    ("ix_cases_vendor_id", "cases", ["vendor", "id"]),
    ("ix_certification_events_identity_number", "certification_events", ["identity", "number"]),
    ("ix_certification_events_subject_number", "certification_events", ["subject", "number"]),
    ("ix_status_lists_programme_number", "status_lists", ["programme", "number"]),
)
_PARTIAL = (
    ("ix_applications_due", "applications", ["due", "id"], "due is not null"),
    ("ix_certificates_due", "certificates", ["due", "id"], "due is not null and state <> ''"),
    ("ix_cases_due", "cases", ["due", "id"], "due is not null and kind <> ''"),
)


def upgrade() -> None:
    """Nobody applied so far."""
    op.create_table(
        "applications",
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("number", sa.Text),
        sa.Column("vendor", sa.LargeBinary, nullable=False),
        sa.Column("product", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.LargeBinary, nullable=False),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("program", sa.Text, nullable=False),
        sa.Column("guideline", sa.Text, nullable=False),
        sa.Column("revision_digest", sa.LargeBinary),
        sa.Column("rulebook", sa.Text, nullable=False),
        sa.Column("track", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("revision", _NUMBER, nullable=False),
        sa.Column("since", _NUMBER, nullable=False),
        sa.Column("due", _NUMBER),
        sa.Column("promised", _NUMBER),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("submitted", _NUMBER),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("supersedes", sa.LargeBinary),
        sa.Column("predecessor", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_applications"),
        sa.UniqueConstraint("number", name="uq_applications_number"),
        sa.ForeignKeyConstraint(["vendor"], ["vendors.id"], name="fk_applications_vendor"),
        sa.ForeignKeyConstraint(["product"], ["products.id"], name="fk_applications_product"),
        sa.ForeignKeyConstraint(["version"], ["product_versions.id"], name="fk_applications_version"),
        sa.ForeignKeyConstraint(["supersedes"], ["applications.id"], name="fk_applications_supersedes"),
        sqlite_strict=True,
    )
    op.create_table(
        "application_runs",
        sa.Column("application", sa.LargeBinary, nullable=False),
        sa.Column("run", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("application", "run", name="pk_application_runs"),
        sa.ForeignKeyConstraint(["application"], ["applications.id"], name="fk_application_runs_application"),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_application_runs_run"),
        sqlite_strict=True,
    )
    op.create_table(
        "reviewers",
        sa.Column("application", sa.LargeBinary, nullable=False),
        sa.Column("identity", sa.LargeBinary, nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("assigned", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("application", "identity", name="pk_reviewers"),
        sa.ForeignKeyConstraint(["application"], ["applications.id"], name="fk_reviewers_application"),
        sa.ForeignKeyConstraint(["identity"], ["identities.id"], name="fk_reviewers_identity"),
        sqlite_strict=True,
    )
    op.create_table(
        "disclosures",
        sa.Column("application", sa.LargeBinary, nullable=False),
        sa.Column("run", sa.LargeBinary, nullable=False),
        sa.Column("moment", _NUMBER, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("application", "run", name="pk_disclosures"),
        sa.ForeignKeyConstraint(["application"], ["applications.id"], name="fk_disclosures_application"),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_disclosures_run"),
        sqlite_strict=True,
    )
    op.create_table(
        "certificates",
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("application", sa.LargeBinary, nullable=False),
        sa.Column("vendor", sa.LargeBinary, nullable=False),
        sa.Column("product", sa.LargeBinary, nullable=False),
        sa.Column("version", sa.LargeBinary, nullable=False),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("program", sa.Text, nullable=False),
        sa.Column("guideline", sa.Text, nullable=False),
        sa.Column("rulebook", sa.Text, nullable=False),
        sa.Column("valid_from", _NUMBER, nullable=False),
        sa.Column("valid_until", _NUMBER, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("revision", _NUMBER, nullable=False),
        sa.Column("since", _NUMBER, nullable=False),
        sa.Column("due", _NUMBER),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("envelope", sa.LargeBinary),
        sa.Column("predecessor", sa.LargeBinary),
        sa.PrimaryKeyConstraint("id", name="pk_certificates"),
        sa.UniqueConstraint("number", name="uq_certificates_number"),
        sa.ForeignKeyConstraint(["application"], ["applications.id"], name="fk_certificates_application"),
        sa.ForeignKeyConstraint(["vendor"], ["vendors.id"], name="fk_certificates_vendor"),
        sa.ForeignKeyConstraint(["product"], ["products.id"], name="fk_certificates_product"),
        sa.ForeignKeyConstraint(["version"], ["product_versions.id"], name="fk_certificates_version"),
        sa.ForeignKeyConstraint(["predecessor"], ["certificates.id"], name="fk_certificates_predecessor"),
        sqlite_strict=True,
    )
    op.create_table(
        "cases",
        sa.Column("id", sa.LargeBinary, nullable=False),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("vendor", sa.LargeBinary),
        sa.Column("product", sa.LargeBinary),
        sa.Column("certificate", sa.LargeBinary),
        sa.Column("application", sa.LargeBinary),
        sa.Column("test", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("revision", _NUMBER, nullable=False),
        sa.Column("since", _NUMBER, nullable=False),
        sa.Column("due", _NUMBER),
        sa.Column("until", _NUMBER),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("opened_by", sa.LargeBinary),
        sa.Column("is_public", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("number", name="uq_cases_number"),
        sa.ForeignKeyConstraint(["vendor"], ["vendors.id"], name="fk_cases_vendor"),
        sa.ForeignKeyConstraint(["product"], ["products.id"], name="fk_cases_product"),
        sa.ForeignKeyConstraint(["certificate"], ["certificates.id"], name="fk_cases_certificate"),
        sa.ForeignKeyConstraint(["application"], ["applications.id"], name="fk_cases_application"),
        sa.ForeignKeyConstraint(["opened_by"], ["identities.id"], name="fk_cases_opened_by"),
        sqlite_strict=True,
    )
    op.create_table(
        "certification_events",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("subject", sa.LargeBinary, nullable=False),
        sa.Column("moment", _NUMBER, nullable=False),
        sa.Column("identity", sa.LargeBinary),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("to_state", sa.Text),
        sa.Column("rulebook", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("is_public", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_certification_events"),
        sa.ForeignKeyConstraint(["identity"], ["identities.id"], name="fk_certification_events_identity"),
        sqlite_strict=True,
    )
    op.create_table(
        "status_lists",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("programme", sa.Text, nullable=False),
        sa.Column("moment", _NUMBER, nullable=False),
        sa.Column("envelope", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_status_lists"),
        sqlite_strict=True,
    )
    op.create_table(
        "series",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("last", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_series"),
        sqlite_strict=True,
    )
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)
    for name, table, columns, condition in _PARTIAL:
        where = sa.text(condition)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
    for table in _KEPT:
        guard(table)


def downgrade() -> None:
    """All of it is gone."""
    for table in _KEPT:
        unguard(table)
    for table in reversed(_TABLES):
        op.drop_table(table)
