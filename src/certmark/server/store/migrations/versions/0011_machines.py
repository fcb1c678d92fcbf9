"""Machines ask for people: programs that are let in, public keys, jobs of a CI that publish."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_BYTES = sa.LargeBinary


def upgrade() -> None:
    """Make the tables."""
    _table(
        "devices",
        "digest",
        sa.Column("code", _BYTES, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("network", sa.Text, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("asked", _NUMBER),
        sa.Column("identity", _BYTES, sa.ForeignKey("identities.id", name="fk_devices_identity")),
        sa.Column("decision", sa.Integer),
        sa.UniqueConstraint("code", name="uq_devices_code"),
    )
    _table(
        "keys",
        "digest",
        _owner("keys"),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("proof", sa.Integer, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
    )
    _table("challenges", "digest", _owner("challenges"), sa.Column("created", _NUMBER, nullable=False))
    _table(
        "publishers",
        "id",
        _owner("publishers"),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("ci", "claims", "label")),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("used", _NUMBER),
    )
    _table("exchanged", "digest", sa.Column("expires", _NUMBER, nullable=False))
    for table, columns in _INDEXES:
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def downgrade() -> None:
    """Keys and publishers are forgotten; tokens that were given hold."""
    for name in ("exchanged", "publishers", "challenges", "keys", "devices"):
        op.drop_table(name)


_INDEXES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("devices", ("created",)),
    ("keys", ("identity", "created")),
    ("challenges", ("created",)),
    ("publishers", ("identity", "created")),
    ("exchanged", ("expires",)),
)


def _owner(table: str) -> sa.Column[bytes]:
    return sa.Column("identity", _BYTES, sa.ForeignKey("identities.id", name=f"fk_{table}_identity"), nullable=False)


def _table(name: str, key: str, *columns: sa.schema.SchemaItem) -> None:
    identity = sa.Column(key, _BYTES, nullable=False)
    op.create_table(name, identity, *columns, sa.PrimaryKeyConstraint(key, name=f"pk_{name}"), sqlite_strict=True)
