"""The tables, for both databases.

Only what SQLite and PostgreSQL do alike: texts, whole numbers, bytes. A moment is a whole number of
microseconds since 1970, UTC; an id 16 bytes (`domain.server_ids`); a digest the 32 bytes of a SHA-256.
Every list that is answered has an index that begins as the question does.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself in a column of exactly this type."""

tests = Table(
    "tests",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("name", Text, nullable=False),
    Column("uuid", LargeBinary, nullable=False),
    UniqueConstraint("name", "uuid"),
)
"""The dictionary of tests, only ever added to: a run's outcomes are told by these numbers. No uuid: empty bytes."""

identities = Table(
    "identities",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created", BigInteger, nullable=False),
)
"""Whoever asks: in local mode one person, else whom a token stands for."""

tokens = Table(
    "tokens",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("label", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("revoked", BigInteger),
    Index(None, "identity"),
)
"""Upload tokens by the SHA-256 of each; the token itself is nowhere."""

evidence = Table(
    "evidence",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("created", BigInteger, nullable=False),
)
"""Objects in the evidence store that something names; one that nothing names is collected."""

guidelines = Table(
    "guidelines",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index(None, "id", "created"),
)
"""Revisions of guidelines by digest, never changed."""

runs = Table(
    "runs",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("owner", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("state", Integer, nullable=False),
    Column("is_public", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("upload", LargeBinary),
    Column("evidence", LargeBinary, ForeignKey("evidence.digest")),
    Column("attestation", LargeBinary),
    Column("format", Text),
    Column("began", BigInteger),
    Column("ended", BigInteger),
    Column("subject", Text),
    Column("suite", Text),
    Column("vendor", Text),
    Column("product", Text),
    Column("version", Text),
    Column("region", Text),
    Column("guideline", LargeBinary, ForeignKey("guidelines.digest")),
    Column("program", Text),
    Column("outcomes", LargeBinary),
    Column("problem", Text),
    CheckConstraint("state between 0 and 3", name="state"),
    CheckConstraint("upload is null or evidence is null", name="one_place"),
    Index(None, "owner", "created", "id"),
    Index(None, "is_public", "created", "id"),
    Index(None, "subject", "created"),
    Index(None, "evidence"),
)
"""One row a run. Its exact bytes are in `upload`, packed, or in the evidence store; `outcomes` is derived from them."""

tags = Table(
    "tags",
    metadata,
    Column("run", LargeBinary, ForeignKey("runs.id", ondelete="cascade"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Index(None, "key", "value"),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("run", LargeBinary, ForeignKey("runs.id", ondelete="cascade"), primary_key=True),
    Column("guideline", LargeBinary, ForeignKey("guidelines.digest"), primary_key=True),
    Column("program", Text, primary_key=True),
    Column("standing", Text, nullable=False),
    Column("is_partial", Integer, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("as_of", Text, nullable=False),
)
"""Kept where a list shows it; always to be computed again from the run."""

requests = Table(
    "requests",
    metadata,
    Column("identity", LargeBinary, ForeignKey("identities.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("run", LargeBinary, ForeignKey("runs.id", ondelete="cascade"), nullable=False),
    Column("created", BigInteger, nullable=False),
    Index(None, "created"),
)
"""Idempotency keys, each of the identity that used it: the same upload sent twice is one."""

uploads = Table(
    "uploads",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("owner", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("touched", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("about", Text, nullable=False),
    Index(None, "owner", "created"),
    Index(None, "touched"),
)
"""Large uploads that are not whole yet."""

jobs = Table(
    "jobs",
    metadata,
    Column("id", _NUMBER, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("asks", Integer, nullable=False),
    Column("claimed", BigInteger),
    Column("problem", Text),
    UniqueConstraint("kind", "subject"),
    Index(None, "due"),
)
"""Work outside the request; one of a kind for a subject at a time.

`claimed` is the number of whoever is at it, until `due`; `asks` says how often it was asked for.
"""

sources = Table(
    "sources",
    metadata,
    Column("place", Text, primary_key=True),
    Column("created", BigInteger, nullable=False),
    Column("looked", BigInteger),
    Column("state", Text, nullable=False),
    Column("problem", Text),
)
"""Where guidelines come from; `state` is what a source said of its version when it was last read."""

notices = Table(
    "notices",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("created", BigInteger, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("sent", BigInteger),
    Index(None, "created"),
)
"""The outbox: mail that is written with the change it tells of, and sent afterwards."""

receipts = Table(
    "receipts",
    metadata,
    Column("attestation", LargeBinary, primary_key=True),
    Column("run", LargeBinary, ForeignKey("runs.id", ondelete="cascade"), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("receipt", LargeBinary),
    Index(None, "run"),
)
"""Attestations that were accepted, by digest; their receipts of the log, which come a moment later."""

audit = Table(
    "audit",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("moment", BigInteger, nullable=False),
    Column("identity", LargeBinary),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("request", Text, nullable=False),
    Index(None, "subject", "number"),
)
"""Who changed what, when; only ever added to."""
