"""Vendors, their members and products, agreements, roles in the programme; runs that belong to a product."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from certmark.server.store.migrations.guards import guard, unguard

revision = "0015"
down_revision = "0011"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_BYTES = sa.LargeBinary
_GUARDED = ("former_names", "agreements", "acceptances", "history")
_TABLES = (
    "history",
    "verifications",
    "attachments",
    "acceptances",
    "agreements",
    "former_names",
    "version_clouds",
    "product_versions",
    "products",
    "invitations",
    "members",
    "vendors",
    "offices",
)


def upgrade() -> None:
    """Make the tables."""
    _people()
    _products()
    _agreements()
    _runs()
    for table in _GUARDED:
        guard(table)


def downgrade() -> None:
    """Who owns what is forgotten; runs are their senders' again."""
    for table in _GUARDED:
        unguard(table)
    for table in _TABLES:
        op.drop_table(table)


def _people() -> None:
    op.create_table(
        "offices",
        _of("offices", "identity", "identities.id"),
        sa.Column("roles", sa.Integer, nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("since", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("identity", name="pk_offices"),
        sqlite_strict=True,
    )
    op.create_table(
        "vendors",
        sa.Column("id", _BYTES, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("state", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("is_public", sa.Integer, nullable=False),
        _of("vendors", "merged_into", "vendors.id", may_be_null=True),
        sa.Column("revision", _NUMBER, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.CheckConstraint("state between 0 and 4", name=op.f("ck_vendors_state")),
        sa.CheckConstraint("is_public = 0 or state >= 3", name=op.f("ck_vendors_approved_first")),
        sa.PrimaryKeyConstraint("id", name="pk_vendors"),
        sqlite_strict=True,
    )
    op.create_index("ix_vendors_folded_id", "vendors", ["folded", "id"])
    _partial("uq_vendors_approved", "vendors", ["folded"], "state = 3")
    op.create_table(
        "members",
        _of("members", "vendor", "vendors.id"),
        _of("members", "identity", "identities.id"),
        sa.Column("roles", sa.Integer, nullable=False),
        sa.Column("since", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("vendor", "identity", name="pk_members"),
        sqlite_strict=True,
    )
    op.create_index("ix_members_identity_vendor", "members", ["identity", "vendor"])
    _partial("uq_members_designate", "members", ["vendor"], "(roles & 32) <> 0")
    _partial("uq_members_deputy", "members", ["vendor"], "(roles & 64) <> 0")
    op.create_table(
        "invitations",
        sa.Column("digest", _BYTES, nullable=False),
        _of("invitations", "vendor", "vendors.id"),
        sa.Column("roles", sa.Integer, nullable=False),
        _of("invitations", "identity", "identities.id"),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("expires", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_invitations"),
        sqlite_strict=True,
    )
    op.create_index("ix_invitations_vendor_created", "invitations", ["vendor", "created"])


def _products() -> None:
    op.create_table(
        "products",
        sa.Column("id", _BYTES, nullable=False),
        _of("products", "vendor", "vendors.id"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("is_public", sa.Integer, nullable=False),
        sa.Column("revision", _NUMBER, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_products"),
        sa.UniqueConstraint("vendor", "folded", name="uq_products_vendor_folded"),
        sqlite_strict=True,
    )
    op.create_index("ix_products_folded_id", "products", ["folded", "id"])
    op.create_table(
        "product_versions",
        sa.Column("id", _BYTES, nullable=False),
        _of("product_versions", "product", "products.id"),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("revision", _NUMBER, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_product_versions"),
        sa.UniqueConstraint("product", "name", name="uq_product_versions_product_name"),
        sqlite_strict=True,
    )
    op.create_table(
        "version_clouds",
        _of("version_clouds", "version", "product_versions.id", ondelete="cascade"),
        sa.Column("subject", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("version", "subject", name="pk_version_clouds"),
        sqlite_strict=True,
    )
    op.create_index("ix_version_clouds_subject", "version_clouds", ["subject"])
    op.create_table(
        "former_names",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("subject", _BYTES, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
        sa.Column("until", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_former_names"),
        sqlite_strict=True,
    )
    op.create_index("ix_former_names_subject_number", "former_names", ["subject", "number"])
    op.create_index("ix_former_names_folded", "former_names", ["folded"])


def _agreements() -> None:
    op.create_table(
        "agreements",
        sa.Column("digest", _BYTES, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("content", _BYTES, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_agreements"),
        sa.UniqueConstraint("name", "version", name="uq_agreements_name_version"),
        sqlite_strict=True,
    )
    op.create_table(
        "acceptances",
        _of("acceptances", "vendor", "vendors.id"),
        _of("acceptances", "agreement", "agreements.digest"),
        _of("acceptances", "identity", "identities.id"),
        sa.Column("moment", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("vendor", "agreement", name="pk_acceptances"),
        sqlite_strict=True,
    )
    op.create_table(
        "history",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("moment", _NUMBER, nullable=False),
        sa.Column("identity", _BYTES),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", _BYTES, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_history"),
        sqlite_strict=True,
    )
    op.create_index("ix_history_subject_number", "history", ["subject", "number"])


def _runs() -> None:
    op.create_table(
        "attachments",
        _of("attachments", "run", "runs.id", ondelete="cascade"),
        _of("attachments", "vendor", "vendors.id"),
        _of("attachments", "version", "product_versions.id"),
        _of("attachments", "identity", "identities.id"),
        sa.Column("moment", _NUMBER, nullable=False),
        sa.Column("official", _NUMBER),
        _of("attachments", "official_by", "identities.id", may_be_null=True),
        sa.Column("revision", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("run", name="pk_attachments"),
        sqlite_strict=True,
    )
    op.create_index("ix_attachments_vendor_run", "attachments", ["vendor", "run"])
    op.create_index("ix_attachments_version_run", "attachments", ["version", "run"])
    _partial("ix_attachments_official", "attachments", ["run"], "official is not null", unique=False)
    op.create_table(
        "verifications",
        _of("verifications", "run", "runs.id"),
        _of("verifications", "identity", "identities.id"),
        sa.Column("moment", _NUMBER, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("digests", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("run", name="pk_verifications"),
        sqlite_strict=True,
    )


def _of(
    table: str, column: str, other: str, *, may_be_null: bool = False, ondelete: str | None = None
) -> sa.Column[bytes]:
    key = sa.ForeignKey(other, name=f"fk_{table}_{column}", ondelete=ondelete)
    return sa.Column(column, _BYTES, key, nullable=may_be_null)


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = True) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
