"""The tables, for both databases.

Only what SQLite and PostgreSQL do alike: texts, whole numbers, bytes. A moment is a whole number of
microseconds since 1970, UTC; an id 16 bytes (`server.ids`); a digest the 32 bytes of a SHA-256.
Every list that is answered has an index that begins as the question does. A change of them is a change of
`store.migrations`, too; a test compares both.
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
    text,
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


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of those rows only for which `where` holds."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


tests = Table(
    "tests",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("name", Text, nullable=False),
    Column("uuid", LargeBinary, nullable=False),
    UniqueConstraint("name", "uuid"),
    Index(None, "uuid"),
    sqlite_strict=True,
)
"""The dictionary of tests, only ever added to: a run's outcomes are told by these numbers. No uuid: empty bytes."""

packings = Table(
    "packings",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("last", _NUMBER, nullable=False),
    Column("content", LargeBinary, nullable=False),
    sqlite_strict=True,
)
"""Dictionaries by which uploads are packed, only ever added to; `last` is the last test that is in it."""

identities = Table(
    "identities",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created", _NUMBER, nullable=False),
    sqlite_strict=True,
)
"""Whoever asks: in local mode one person, else whom a token stands for."""

tokens = Table(
    "tokens",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("label", Text, nullable=False),
    Column("created", _NUMBER, nullable=False),
    Column("expires", _NUMBER, nullable=False),
    Column("revoked", _NUMBER),
    Column("scopes", Text, nullable=False, server_default=text("'read submit'")),
    Column("maker", LargeBinary),
    Column("used", _NUMBER),
    Column("refused", _NUMBER),
    Index(None, "identity"),
    sqlite_strict=True,
)
"""Tokens by the SHA-256 of each; the token itself is nowhere.

`maker` is who made it; none: the operator. `used` is the last use, to some minutes; `refused` the last one that was
noted after its end.
"""

accounts = Table(
    "accounts",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("created", _NUMBER, nullable=False),
    Column("seen", _NUMBER, nullable=False),
    sqlite_strict=True,
)
"""People who sign in: issuer and subject, and what their provider last said of their name and address."""

joined = Table(
    "joined",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("moment", _NUMBER, nullable=False),
    Index(None, "identity"),
    sqlite_strict=True,
)
"""Accounts that are no more: whoever had them has another one, and what was theirs is there."""

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("state", LargeBinary, primary_key=True),
    Column("browser", LargeBinary, nullable=False),
    Column("provider", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("created", _NUMBER, nullable=False),
    Index(None, "created"),
    sqlite_strict=True,
)
"""Tries to sign in that were not answered yet, each of one browser (SHA-256 of its cookie) and for one answer."""

sessions = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("id", LargeBinary, nullable=False, unique=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("provider", Text, nullable=False),
    Column("token", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("created", _NUMBER, nullable=False),
    Column("touched", _NUMBER, nullable=False),
    Column("ended", _NUMBER),
    Column("refused", _NUMBER),
    Column("sid", Text),
    Index(None, "identity", "created"),
    Index(None, "created"),
    _partial("ix_sessions_sid", "sid", where="sid is not null"),
    sqlite_strict=True,
)
"""Who is signed in, by the SHA-256 of the cookie; `token` is the provider's id token, by which it signs out.

`sid` is what the provider calls its session of the person (OpenID Connect Front-Channel Logout 1.0, 3).
"""

devices = Table(
    "devices",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("code", LargeBinary, nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("network", Text, nullable=False),
    Column("created", _NUMBER, nullable=False),
    Column("asked", _NUMBER),
    Column("identity", LargeBinary, ForeignKey("identities.id")),
    Column("decision", Integer),
    Index(None, "created"),
    sqlite_strict=True,
)
"""Programs that wait for somebody to let them in (RFC 8628), by the SHA-256 of either code."""

keys = Table(
    "keys",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("line", Text, nullable=False),
    Column("proof", Integer, nullable=False),
    Column("created", _NUMBER, nullable=False),
    Index(None, "identity", "created"),
    sqlite_strict=True,
)
"""Public keys of people, by the SHA-256 of each; `proof` 1: a fresh challenge was signed, 0: what can be sent again."""

challenges = Table(
    "challenges",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("created", _NUMBER, nullable=False),
    Index(None, "created"),
    sqlite_strict=True,
)
"""What is to be signed to prove that one has a key, by its SHA-256; each once."""

publishers = Table(
    "publishers",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("ci", Text, nullable=False),
    Column("claims", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("created", _NUMBER, nullable=False),
    Column("used", _NUMBER),
    Index(None, "identity", "created"),
    sqlite_strict=True,
)
"""Jobs of a CI that publish for somebody; `claims` is all that must hold, as JSON."""

exchanged = Table(
    "exchanged",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("expires", _NUMBER, nullable=False),
    Index(None, "expires"),
    sqlite_strict=True,
)
"""Tokens of a CI, and of a provider to sign somebody out, that were taken already, until none would be anyway."""

evidence = Table(
    "evidence",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("size", _NUMBER, nullable=False),
    Column("created", _NUMBER, nullable=False),
    sqlite_strict=True,
)
"""Objects in the evidence store that something names; one that nothing names is collected."""

guidelines = Table(
    "guidelines",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("created", _NUMBER, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index(None, "id", "created"),
    sqlite_strict=True,
)
"""Revisions of guidelines by digest, never changed."""

runs = Table(
    "runs",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("owner", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("created", _NUMBER, nullable=False),
    Column("state", Integer, nullable=False),
    Column("is_public", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("size", _NUMBER, nullable=False),
    Column("key", Text),
    Column("upload", LargeBinary),
    Column("evidence", LargeBinary, ForeignKey("evidence.digest")),
    Column("attestation", LargeBinary),
    Column("format", Text),
    Column("began", _NUMBER),
    Column("ended", _NUMBER),
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
    Column("standing", Text),
    Column("is_partial", Integer, nullable=False),
    Column("sentence", Text),
    Column("as_of", Text),
    Column("doubts", Integer),
    CheckConstraint("state between 0 and 3", name="state"),
    CheckConstraint("upload is null or evidence is null", name="one_place"),
    Index(None, "owner", "id"),
    _partial("uq_runs_owner_key", "owner", "key", where="key is not null", unique=True),
    _partial("ix_runs_public", "id", where="is_public = 1"),
    _partial("ix_runs_unread", "owner", "id", where="state <> 1"),
    Index(None, "digest", "id"),
    _partial("ix_runs_private", "created", "id", where="is_public = 0"),
    _partial("ix_runs_own_clouds", "owner", "subject", "id", where="subject is not null"),
    _partial("ix_runs_public_clouds", "subject", "id", where="is_public = 1 and subject is not null"),
    _partial("ix_runs_products", "vendor", "product", "id", where="product is not null"),
    _partial("ix_runs_evidence", "evidence", where="evidence is not null"),
    sqlite_strict=True,
)
"""One row a run. Its exact bytes are in `upload`, packed (`store.packing`), or in the evidence store.

`outcomes` and the verdict (`standing`, `is_partial`, `sentence`, `as_of`) under the guideline and program that its
sender named are derived from them: kept where they serve a list, always to be computed again. `key` is the
idempotency key of the request, each of the owner that used it: the same upload sent twice is one.
`doubts` are bits (`domain.evidence_doubts`): what `outcomes` do not say of the evidence; none: it was read before
anybody noted it.
"""

run_changes = Table(
    "run_changes",
    metadata,
    Column("run", LargeBinary, primary_key=True),
    Column("stamp", _NUMBER, nullable=False),
    Index(None, "stamp", "run"),
    sqlite_strict=True,
)
"""When something last changed of each run that is shared, or was: written by triggers (`migrations.journal`).

No foreign key: of a run that is gone it says so. On PostgreSQL stamps are numbers of transactions of this very
server, so that a dump is without them.
"""

corpus_parts = Table(
    "corpus_parts",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    sqlite_strict=True,
)
"""The history of shared runs as columns (`services.stored_corpus`): derived from the runs, to be made again."""

tags = Table(
    "tags",
    metadata,
    Column("run", LargeBinary, ForeignKey("runs.id", ondelete="cascade"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Index(None, "key", "value", "run"),
    sqlite_strict=True,
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
    sqlite_strict=True,
)
"""Verdicts of runs under other guidelines than the one that was named when they were sent: that one is in the run.

They are found when a guideline gets a new revision, and a list of runs by that revision shows them.
"""

uploads = Table(
    "uploads",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("owner", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("created", _NUMBER, nullable=False),
    Column("touched", _NUMBER, nullable=False),
    Column("size", _NUMBER, nullable=False),
    Column("received", _NUMBER, nullable=False),
    Column("about", Text, nullable=False),
    Index(None, "owner", "created"),
    Index(None, "touched"),
    sqlite_strict=True,
)
"""Large uploads that are not whole yet."""

pieces = Table(
    "pieces",
    metadata,
    Column("upload", LargeBinary, ForeignKey("uploads.id", ondelete="cascade"), primary_key=True),
    Column("start", _NUMBER, primary_key=True),
    Column("digest", LargeBinary, ForeignKey("evidence.digest"), nullable=False),
    Index(None, "digest"),
    sqlite_strict=True,
)
"""What came of them so far: objects in the evidence store, so that every process reaches them."""

live_runs = Table(
    "live_runs",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("owner", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("touched", _NUMBER, nullable=False),
    Column("is_public", Integer, nullable=False),
    Column("about", Text, nullable=False),
    Column("progress", Text, nullable=False),
    Index(None, "owner", "touched"),
    Index(None, "touched"),
    sqlite_strict=True,
)
"""Runs that go on elsewhere and are looked at here; forgotten when nothing was heard of them for long."""

jobs = Table(
    "jobs",
    metadata,
    Column("id", _NUMBER, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("due", _NUMBER, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("asks", Integer, nullable=False, server_default=text("1")),
    Column("claimed", _NUMBER),
    Column("problem", Text),
    UniqueConstraint("kind", "subject"),
    Index(None, "due"),
    sqlite_strict=True,
)
"""Work outside the request; one of a kind for a subject at a time.

`claimed` is the number of whoever is at it, until `due`; `asks` says how often it was asked for.
"""

sources = Table(
    "sources",
    metadata,
    Column("place", Text, primary_key=True),
    Column("created", _NUMBER, nullable=False),
    Column("looked", _NUMBER),
    Column("state", Text, nullable=False),
    Column("problem", Text),
    sqlite_strict=True,
)
"""Where guidelines come from; `state` is what a source said of its version when it was last read."""

notices = Table(
    "notices",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("created", _NUMBER, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("sent", _NUMBER),
    Column("kind", Text, nullable=False, server_default=text("'mail'")),
    Column("problem", Text),
    Column("subscription", LargeBinary),
    Column("attempts", _NUMBER, nullable=False, server_default=text("0")),
    Column("answer", Text),
    Index(None, "created"),
    _partial("ix_notices_waiting", "created", "id", where="sent is null"),
    _partial("ix_notices_of_subscription", "subscription", "created", "id", where="subscription is not null"),
    sqlite_strict=True,
)
"""The outbox: mail and webhooks, written with the change that they tell of, and sent afterwards.

`problem` is why a notice is never sent: whoever it was for refused it. `answer` is what was said at the last attempt.
"""

queries = Table(
    "queries",
    metadata,
    Column("short", Text, primary_key=True),
    Column("content", Text, nullable=False),
    Column("identity", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("created", _NUMBER, nullable=False),
    Index(None, "identity"),
    sqlite_strict=True,
)
"""Queries that somebody saved: JSON, by the beginning of its digest; whoever saved one first answers for it."""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("query", Text, ForeignKey("queries.short"), nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("condition", Text, nullable=False),
    Column("number", _NUMBER, nullable=False),
    Column("created", _NUMBER, nullable=False),
    Column("seen", LargeBinary, nullable=False),
    Column("revision", _NUMBER, nullable=False),
    Column("paused", Text),
    Index(None, "identity", "id"),
    Index(None, "query"),
    _partial("ix_subscriptions_followed", "query", "id", where="paused is null"),
    sqlite_strict=True,
)
"""Webhooks that follow saved queries; `seen` is packed JSON of what was seen last, `paused` why nothing is sent."""

orders = Table(
    "orders",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("vendor", LargeBinary, nullable=False),
    Column("content", Text, nullable=False),
    Column("schedule", Text, nullable=False),
    Column("window", _NUMBER, nullable=False),
    Column("state", Text, nullable=False),
    Column("next", _NUMBER),
    Column("aside", Text),
    Column("aside_until", _NUMBER),
    Column("created", _NUMBER, nullable=False),
    Column("revision", _NUMBER, nullable=False),
    Index(None, "vendor", "id"),
    _partial("ix_orders_waiting", "next", "id", where="next is not null"),
    sqlite_strict=True,
)
"""Standing orders: of a vendor, or of the programme (no bytes). `content` is JSON of its terms, `next` when it is due
(none: not by itself), `aside` why its cloud is not tested, until the day `aside_until` (days since 1970).
"""

assignments = Table(
    "assignments",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("standing_order", LargeBinary, ForeignKey("orders.id"), nullable=False),
    Column("vendor", LargeBinary, nullable=False),
    Column("cloud", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("due", _NUMBER, nullable=False),
    Column("until", _NUMBER, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", _NUMBER, nullable=False),
    Column("runner", LargeBinary),
    Column("lease", _NUMBER),
    Column("ended", _NUMBER),
    Column("is_cancelled", _NUMBER, nullable=False),
    Column("result", Text),
    Column("run", LargeBinary),
    Column("reason", Text, nullable=False),
    Column("progress", Text, nullable=False),
    Column("revision", _NUMBER, nullable=False),
    Index(None, "standing_order", "id"),
    _partial("ix_assignments_leased", "lease", where="lease > 0"),
    _partial("ix_assignments_open", "standing_order", where="ended is null", unique=True),
    _partial("ix_assignments_at_work", "vendor", "cloud", where="lease is not null", unique=True),
    _partial("ix_assignments_due", "vendor", "due", "id", where="state = 'due'"),
    _partial("ix_assignments_overdue", "until", "id", where="ended is null and lease is null"),
    sqlite_strict=True,
)
"""Each time that an order was due, and what became of it: one open for an order, one at work on a cloud of an owner.

`attempt` tells one claim from the next; `lease` is until when its runner has it.
"""

runners = Table(
    "runners",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("vendor", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("labels", Text, nullable=False),
    Column("clouds", Text, nullable=False),
    Column("software", Text, nullable=False),
    Column("seen", _NUMBER, nullable=False),
    Column("is_drained", _NUMBER, nullable=False),
    UniqueConstraint("vendor", "name"),
    sqlite_strict=True,
)
"""Machines that carry out orders, as they were seen last; of credentials only the names of clouds are known."""

attestations = Table(
    "attestations",
    metadata,
    Column("run", LargeBinary, ForeignKey("runs.id", ondelete="cascade"), primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("signers", Text, nullable=False),
    Column("unchecked", Text, nullable=False),
    Column("created", _NUMBER, nullable=False),
    Column("receipt", LargeBinary),
    _partial("ix_attestations_waiting", "run", where="receipt is null"),
    sqlite_strict=True,
)
"""What was found of the attestation of a run, whose bytes stand there; its receipt of the log comes a moment later."""

log_entries = Table(
    "log_entries",
    metadata,
    Column("place", _NUMBER, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
    Column("hashes", LargeBinary, nullable=False),
    sqlite_strict=True,
)
"""The log: each entry, with the hashes of the subtrees that it completes, its leaf first."""

log_checkpoints = Table(
    "log_checkpoints",
    metadata,
    Column("size", _NUMBER, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
    Column("key", Text, nullable=False),
    Column("created", _NUMBER, nullable=False),
    sqlite_strict=True,
)
"""Every checkpoint of the log that was signed, by how many entries it covers."""

log_restorations = Table(
    "log_restorations",
    metadata,
    Column("moment", _NUMBER, primary_key=True, autoincrement=False),
    Column("agreed", _NUMBER),
    sqlite_strict=True,
)
"""Backups that this database comes from; nothing is signed until its log was found to agree with what others keep."""

audit = Table(
    "audit",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("moment", _NUMBER, nullable=False),
    Column("identity", LargeBinary),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("request", Text, nullable=False),
    Index(None, "subject", "number"),
    sqlite_strict=True,
)
"""Who changed what, when; only ever added to."""

offices = Table(
    "offices",
    metadata,
    Column("identity", LargeBinary, ForeignKey("identities.id"), primary_key=True),
    Column("roles", Integer, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("since", _NUMBER, nullable=False),
    sqlite_strict=True,
)
"""Who has roles in the programme (`domain.permissions`, a bit each), and for which organisation they act."""

votes = Table(
    "votes",
    metadata,
    Column("test", Text, primary_key=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), primary_key=True),
    Column("is_for", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("moment", _NUMBER, nullable=False),
    Index(None, "identity"),
    sqlite_strict=True,
)
"""What somebody who sent runs thinks of a test, by its id or else its name: whether a guideline should ask for it."""

nominations = Table(
    "nominations",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("test", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("moment", _NUMBER, nullable=False),
    UniqueConstraint("identity", "test"),
    sqlite_strict=True,
)
"""Tests that no guideline tracks, named by somebody who sent runs."""

questionnaire_answers = Table(
    "questionnaire_answers",
    metadata,
    Column("questionnaire", Text, primary_key=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), primary_key=True),
    Column("content", Text, nullable=False),
    Column("moment", _NUMBER, nullable=False),
    Index(None, "identity"),
    sqlite_strict=True,
)
"""What somebody answered to a questionnaire, as JSON by the words of its questions."""

told = Table(
    "told",
    metadata,
    Column("occurrence", LargeBinary, primary_key=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), primary_key=True),
    Column("moment", _NUMBER, nullable=False),
    Column("event", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("way", Text, nullable=False),
    Index(None, "identity", "moment"),
    _partial("ix_told_waiting", "identity", "moment", where="way = 'digest'"),
    sqlite_strict=True,
)
"""What people were told of applications, certificates and cases: of an occurrence each of them once.

`way` is how: mail, digest (it waits for the next daily mail), digested, or page alone.
"""

notice_choices = Table(
    "notice_choices",
    metadata,
    Column("identity", LargeBinary, ForeignKey("identities.id"), primary_key=True),
    Column("language", Text, nullable=False),
    Column("is_daily", Integer, nullable=False),
    Column("without", Text, nullable=False),
    Column("digested", _NUMBER, nullable=False),
    Column("revision", _NUMBER, nullable=False),
    sqlite_strict=True,
)
"""How somebody wants to be told: whether once a day, without which kinds of notices (words), in which language.
`digested` is the day, counted from 1970, of their last daily mail.
"""

vendors = Table(
    "vendors",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("state", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("is_public", Integer, nullable=False),
    Column("merged_into", LargeBinary, ForeignKey("vendors.id")),
    Column("revision", _NUMBER, nullable=False),
    Column("created", _NUMBER, nullable=False),
    Column("properties", Text, nullable=False, server_default=text("''")),
    Column("is_programme", Integer, nullable=False, server_default=text("0")),
    CheckConstraint("state between 0 and 4", name="state"),
    CheckConstraint("is_public = 0 or state >= 3", name="approved_first"),
    Index(None, "folded", "id"),
    _partial("uq_vendors_approved", "folded", where="state = 3", unique=True),
    _partial("ix_vendors_merged_into", "merged_into", where="merged_into is not null"),
    sqlite_strict=True,
)
"""Who offers products. `folded` is the name by which it is found; `revision` grows with every change of it or its
members, so that of two who change it at once one is told. `properties` is an object of JSON that clients of RefStack's
API keep there; `is_programme` is 1 for the organisation behind the programme itself.
"""

members = Table(
    "members",
    metadata,
    Column("vendor", LargeBinary, ForeignKey("vendors.id"), primary_key=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), primary_key=True),
    Column("roles", Integer, nullable=False),
    Column("since", _NUMBER, nullable=False),
    Index(None, "identity", "vendor"),
    _partial("uq_members_designate", "vendor", where="(roles & 32) <> 0", unique=True),
    _partial("uq_members_deputy", "vendor", where="(roles & 64) <> 0", unique=True),
    sqlite_strict=True,
)
"""The roles that people have in a vendor (`domain.permissions`, a bit each): one designate and one deputy at most."""

invitations = Table(
    "invitations",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("vendor", LargeBinary, ForeignKey("vendors.id"), nullable=False),
    Column("roles", Integer, nullable=False),
    Column("identity", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("created", _NUMBER, nullable=False),
    Column("expires", _NUMBER, nullable=False),
    Index(None, "vendor", "created"),
    sqlite_strict=True,
)
"""Links by which one person becomes a member, by the SHA-256 of each; gone once it was used or taken back."""

products = Table(
    "products",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("vendor", LargeBinary, ForeignKey("vendors.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("is_public", Integer, nullable=False),
    Column("revision", _NUMBER, nullable=False),
    Column("created", _NUMBER, nullable=False),
    Column("properties", Text, nullable=False, server_default=text("''")),
    UniqueConstraint("vendor", "folded"),
    Index(None, "folded", "id"),
    sqlite_strict=True,
)

product_versions = Table(
    "product_versions",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("product", LargeBinary, ForeignKey("products.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("revision", _NUMBER, nullable=False),
    Column("created", _NUMBER, nullable=False),
    Column("cpid", Text, nullable=False, server_default=text("''")),
    UniqueConstraint("product", "name"),
    _partial("ix_product_versions_cpid", "cpid", where="cpid <> ''"),
    sqlite_strict=True,
)
"""Versions of products; the one without a name stands for the product, whatever its version is.

`cpid` is what RefStack's client calls the cloud that runs it.
"""

version_clouds = Table(
    "version_clouds",
    metadata,
    Column("version", LargeBinary, ForeignKey("product_versions.id", ondelete="cascade"), primary_key=True),
    Column("subject", Text, primary_key=True),
    Index(None, "subject"),
    sqlite_strict=True,
)
"""Identities of clouds and clusters, a region each, at which a version of a product can be tested."""

former_names = Table(
    "former_names",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("subject", LargeBinary, nullable=False),
    Column("name", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Column("until", _NUMBER, nullable=False),
    Index(None, "subject", "number"),
    Index(None, "folded"),
    sqlite_strict=True,
)
"""What vendors and products were called before; by these names, too, they are found."""

agreements = Table(
    "agreements",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("created", _NUMBER, nullable=False),
    UniqueConstraint("name", "version"),
    sqlite_strict=True,
)
"""Agreements of the programme by digest, never changed: another text is another version."""

acceptances = Table(
    "acceptances",
    metadata,
    Column("vendor", LargeBinary, ForeignKey("vendors.id"), primary_key=True),
    Column("agreement", LargeBinary, ForeignKey("agreements.digest"), primary_key=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("moment", _NUMBER, nullable=False),
    sqlite_strict=True,
)
"""Which vendor accepted which agreement, by whom; never taken back."""

attachments = Table(
    "attachments",
    metadata,
    Column("run", LargeBinary, ForeignKey("runs.id", ondelete="cascade"), primary_key=True),
    Column("vendor", LargeBinary, ForeignKey("vendors.id"), nullable=False),
    Column("version", LargeBinary, ForeignKey("product_versions.id"), nullable=False),
    Column("identity", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("moment", _NUMBER, nullable=False),
    Column("official", _NUMBER),
    Column("official_by", LargeBinary, ForeignKey("identities.id")),
    Column("revision", _NUMBER, nullable=False),
    Column("is_foreign", Integer, nullable=False, server_default=text("0")),
    Index(None, "vendor", "run"),
    Index(None, "version", "run"),
    _partial("ix_attachments_official", "run", where="official is not null"),
    sqlite_strict=True,
)
"""Runs that belong to a version of a product: from then on its vendor's members see them, and not who sent them.

`is_foreign`: an attestation came with it, and no key that signed that was the vendor's or a member's then.
"""

verifications = Table(
    "verifications",
    metadata,
    Column("run", LargeBinary, ForeignKey("runs.id"), primary_key=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), nullable=False),
    Column("moment", _NUMBER, nullable=False),
    Column("reason", Text, nullable=False),
    Column("digests", Text, nullable=False),
    sqlite_strict=True,
)
"""Runs that the programme office verified: they stay as they are. `digests` are those that it looked at, as JSON."""

refstack_runs = Table(
    "refstack_runs",
    metadata,
    Column("run", LargeBinary, ForeignKey("runs.id", ondelete="cascade"), primary_key=True),
    Column("duration", _NUMBER),
    Column("guideline", Text),
    Column("target", Text),
    sqlite_strict=True,
)
"""What RefStack's API knows of a run, and nothing else does: how many seconds it took, and the words by which somebody
named its guideline and program.
"""

retirements = Table(
    "retirements",
    metadata,
    Column("run", LargeBinary, ForeignKey("runs.id", ondelete="cascade"), primary_key=True),
    Column("due", _NUMBER, nullable=False),
    Index(None, "due", "run"),
    sqlite_strict=True,
)
"""Runs whose owners were told that they are deleted, and when; not those that are shared or attached by then."""

history = Table(
    "history",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("moment", _NUMBER, nullable=False),
    Column("identity", LargeBinary),
    Column("action", Text, nullable=False),
    Column("subject", LargeBinary, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "subject", "number"),
    sqlite_strict=True,
)
"""What was done to a vendor, a product or a run, by whom and why; only ever added to. `detail` is JSON without names
of people: whoever is deleted stays a number in it.
"""

imported = Table(
    "imported",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("old", Text, primary_key=True),
    Column("id", LargeBinary, nullable=False),
    Column("taken", Text, nullable=False),
    Index(None, "id"),
    sqlite_strict=True,
)
"""What was taken from a RefStack server, by the id that it had there, which goes on to find it.

`taken` is what it was there when it was last taken, as JSON: so that what people change here is told from what is
changed there.
"""

applications = Table(
    "applications",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("number", Text, unique=True),
    Column("vendor", LargeBinary, ForeignKey("vendors.id"), nullable=False),
    Column("product", LargeBinary, ForeignKey("products.id"), nullable=False),
    Column("version", LargeBinary, ForeignKey("product_versions.id"), nullable=False),
    Column("programme", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("guideline", Text, nullable=False),
    Column("revision_digest", LargeBinary),
    Column("rulebook", Text, nullable=False),
    Column("track", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("revision", _NUMBER, nullable=False),
    Column("since", _NUMBER, nullable=False),
    Column("due", _NUMBER),
    Column("promised", _NUMBER),
    Column("created", _NUMBER, nullable=False),
    Column("submitted", _NUMBER),
    Column("content", Text, nullable=False),
    Column("supersedes", LargeBinary, ForeignKey("applications.id")),
    Column("predecessor", LargeBinary),
    Index(None, "vendor", "id"),
    Index(None, "product", "id"),
    Index(None, "version", "id"),
    Index(None, "owner", "id"),
    _partial("ix_applications_due", "due", "id", where="due is not null"),
    sqlite_strict=True,
)
"""Applications for a certificate: one version of a product, under one program of a guideline.

`state` is a word of its machine (`domain.certification`), entered at `since`; `owner` who is to act: vendor, office,
reviewers, clock, or nobody; `due` until when. `promised` is when the office promised to decide, without the vendor's
time. `number` comes with the first submission, `revision_digest` is the guideline's that was frozen by it. `content`
is JSON: runs, statement, contact, answers; `predecessor` the certificate that is renewed.
"""

application_runs = Table(
    "application_runs",
    metadata,
    Column("application", LargeBinary, ForeignKey("applications.id"), primary_key=True),
    Column("run", LargeBinary, ForeignKey("runs.id"), primary_key=True),
    Index(None, "run"),
    sqlite_strict=True,
)
"""Which application rests on which run: that one stays as long as the application is there."""

reviewers = Table(
    "reviewers",
    metadata,
    Column("application", LargeBinary, ForeignKey("applications.id"), primary_key=True),
    Column("identity", LargeBinary, ForeignKey("identities.id"), primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("assigned", _NUMBER, nullable=False),
    Index(None, "identity", "application"),
    sqlite_strict=True,
)
"""Who is to review an application, and for which organisation."""

disclosures = Table(
    "disclosures",
    metadata,
    Column("application", LargeBinary, ForeignKey("applications.id"), primary_key=True),
    Column("run", LargeBinary, ForeignKey("runs.id"), primary_key=True),
    Column("moment", _NUMBER, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index(None, "run"),
    sqlite_strict=True,
)
"""Masked values that a vendor reveals to those who review an application, until it is decided."""

certificates = Table(
    "certificates",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("application", LargeBinary, ForeignKey("applications.id"), nullable=False),
    Column("vendor", LargeBinary, ForeignKey("vendors.id"), nullable=False),
    Column("product", LargeBinary, ForeignKey("products.id"), nullable=False),
    Column("version", LargeBinary, ForeignKey("product_versions.id"), nullable=False),
    Column("programme", Text, nullable=False),
    Column("program", Text, nullable=False),
    Column("guideline", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("valid_from", _NUMBER, nullable=False),
    Column("valid_until", _NUMBER, nullable=False),
    Column("state", Text, nullable=False),
    Column("revision", _NUMBER, nullable=False),
    Column("since", _NUMBER, nullable=False),
    Column("due", _NUMBER),
    Column("created", _NUMBER, nullable=False),
    Column("content", Text, nullable=False),
    Column("envelope", LargeBinary),
    Column("predecessor", LargeBinary, ForeignKey("certificates.id")),
    Index(None, "application", "id"),
    Index(None, "vendor", "id"),
    Index(None, "product", "id"),
    Index(None, "version", "id"),
    Index(None, "programme", "id"),
    Index(None, "predecessor", "id"),
    Index(None, "since", "id"),
    _partial("ix_certificates_due", "due", "id", where="due is not null and state <> ''"),
    _partial("ix_certificates_ending", "valid_until", "id", where="state = 'active'"),
    sqlite_strict=True,
)
"""Certificates: decisions with dates. What clock, later runs and challenges make of one today is its standing.

`due` is when the clock looks at it next. `content` is JSON: regions, conditions, waivers, digests, reasons; `envelope`
the signed document, once it is signed.
"""

cases = Table(
    "cases",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("programme", Text, nullable=False),
    Column("vendor", LargeBinary, ForeignKey("vendors.id")),
    Column("product", LargeBinary, ForeignKey("products.id")),
    Column("certificate", LargeBinary, ForeignKey("certificates.id")),
    Column("application", LargeBinary, ForeignKey("applications.id")),
    Column("test", Text),
    Column("state", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("revision", _NUMBER, nullable=False),
    Column("since", _NUMBER, nullable=False),
    Column("due", _NUMBER),
    Column("until", _NUMBER),
    Column("created", _NUMBER, nullable=False),
    Column("opened_by", LargeBinary, ForeignKey("identities.id")),
    Column("is_public", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Index(None, "kind", "id"),
    Index(None, "vendor", "id"),
    Index(None, "product", "id"),
    Index(None, "certificate", "id"),
    Index(None, "application", "id"),
    Index(None, "test", "id"),
    Index(None, "opened_by", "id"),
    _partial("ix_cases_due", "due", "id", where="due is not null and kind <> ''"),
    sqlite_strict=True,
)
"""What somebody says about a certificate, an application or a test: challenge, concern, grievance, appeal, waiver.

`until` is when a waiver ends; `opened_by` is told to nobody but the office; none: the clock opened it.
"""

certification_events = Table(
    "certification_events",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("subject", LargeBinary, nullable=False),
    Column("moment", _NUMBER, nullable=False),
    Column("identity", LargeBinary, ForeignKey("identities.id")),
    Column("role", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("to_state", Text),
    Column("rulebook", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("is_public", Integer, nullable=False),
    Index(None, "subject", "number"),
    Index(None, "identity", "number"),
    sqlite_strict=True,
)
"""What happened to applications, certificates and cases, only ever added to: who acted in which role, by which rules.

`to_state`: where it went; none: it stayed. `detail` is JSON: what was said, and digests of everything that was seen.
"""

status_lists = Table(
    "status_lists",
    metadata,
    Column("number", _NUMBER, primary_key=True),
    Column("programme", Text, nullable=False),
    Column("moment", _NUMBER, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Index(None, "programme", "number"),
    sqlite_strict=True,
)
"""Signed lists of how the certificates of a programme stand, the newest last."""

certificate_proofs = Table(
    "certificate_proofs",
    metadata,
    Column("certificate", LargeBinary, ForeignKey("certificates.id"), primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("created", _NUMBER, nullable=False),
    Column("receipt", LargeBinary),
    _partial("ix_certificate_proofs_waiting", "certificate", where="receipt is null and created > 0"),
    sqlite_strict=True,
)
"""The SHA-256 of each signed certificate; its receipt of the log comes a moment later."""

series = Table(
    "series",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last", _NUMBER, nullable=False),
    sqlite_strict=True,
)
"""Which number of each series was given last: of certificates, applications and cases, by programme and year."""

APPEND_ONLY = (
    "tests",
    "packings",
    "guidelines",
    "audit",
    "log_entries",
    "log_checkpoints",
    "former_names",
    "agreements",
    "acceptances",
    "history",
    "certification_events",
    "status_lists",
)
"""Tables whose rows are never changed nor deleted: the database itself refuses it."""
