"""Runs in the database: added, found by whoever may see them, listed, deleted."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, cast, delete, func, insert, null, select, text, update

from certmark.server.asking import Asker
from certmark.server.store.access import SEES_RUN, run_values
from certmark.server.store.database import Transaction
from certmark.server.store.schema import runs, tags
from certmark.server.store.statements import Row, SqlStatement


class ReadingState(IntEnum):
    """How far a run has come."""

    RECEIVED = 0
    """Kept, and not read yet."""
    READ = 1
    UNREADABLE = 2


class RunRow(NamedTuple):
    """A run as it is kept, without what a list does not need."""

    id: bytes
    owner: bytes
    created: int
    """Microseconds since 1970."""
    state: ReadingState
    is_public: bool
    name: str
    """What the sender called the file."""
    digest: bytes
    """SHA-256 of the bytes as they were received."""
    size: int
    evidence: bytes | None
    """Its digest in the evidence store; None: the bytes are in the row."""
    format: str | None
    began: int | None
    ended: int | None
    subject: str | None
    suite: str | None
    vendor: str | None
    product: str | None
    version: str | None
    region: str | None
    guideline: bytes | None
    program: str | None
    problem: str | None
    standing: str | None = None
    """Of the verdict under the guideline and program that its sender named."""
    is_partial: bool = False
    """Of that verdict: nothing was said of some test that counts."""
    sentence: str | None = None
    as_of: str | None = None
    """The day for which that verdict was found."""
    doubts: int | None = None
    """`domain.evidence_doubts`; None: it was read before anybody noted them."""


class RunContent(NamedTuple):
    """What a list does not need."""

    upload: bytes | None
    """The bytes as they were received, packed (`store.packing`); None: they are in the evidence store."""
    outcomes: bytes | None
    """A vector (`store.dictionary`)."""


COLUMNS = tuple(runs.c[name] for name in RunRow._fields)
_ONE = SqlStatement("runs.one", select(*COLUMNS).where(runs.c.id == bindparam("run"), SEES_RUN))
_OF_BYTES = SqlStatement(
    "runs.of_bytes",
    select(*COLUMNS)
    .where(runs.c.digest == bindparam("bytes"), SEES_RUN)
    .order_by(runs.c.digest.desc(), runs.c.id.desc())
    .limit(1),
)
_ATTESTATION = SqlStatement("runs.attestation", select(runs.c.attestation).where(runs.c.id == bindparam("run")))
_ATTEST = SqlStatement(
    "runs.attest",
    update(runs)
    .where(runs.c.id == bindparam("run"))
    .values(
        attestation=bindparam("envelope"),
        subject=bindparam("its_subject"),
        vendor=bindparam("its_vendor"),
        product=bindparam("its_product"),
        version=bindparam("its_version"),
    ),
)
_LATEST_WHOLE = SqlStatement(
    "runs.latest_whole",
    select(*COLUMNS)
    .where(
        runs.c.vendor == bindparam("vendor"),
        runs.c.product == bindparam("product"),
        runs.c.program == bindparam("program"),
        runs.c.is_partial == text("0"),
        runs.c.standing.is_not(None),
        SEES_RUN,
    )
    .order_by(runs.c.id.desc())
    .limit(1),
)
_CONTENT = SqlStatement("runs.content", select(runs.c.upload, runs.c.outcomes).where(runs.c.id == bindparam("run")))
_EARLIER = SqlStatement(
    "runs.earlier",
    select(*COLUMNS).where(runs.c.owner == bindparam("asker"), runs.c.key == bindparam("word")),
)
_ADD = SqlStatement("runs.add", insert(runs))
_ADD_TAG = SqlStatement("tags.add", insert(tags))
_TAGS = SqlStatement(
    "tags.of", select(tags.c.key, tags.c.value).where(tags.c.run == bindparam("of")).order_by(tags.c.key)
)
_REMOVE = SqlStatement("runs.remove", delete(runs).where(runs.c.id == bindparam("run")))
_ANY_OF = SqlStatement("runs.any_of", select(runs.c.id).where(runs.c.owner == bindparam("whose")).limit(1))
# A key of a request is each of the owner that used it: the new one may have used the same.
_HAND_OVER = SqlStatement(
    "runs.hand_over",
    update(runs).where(runs.c.owner == bindparam("before")).values(owner=bindparam("after"), key=null()),
)
_BYTES = SqlStatement(
    "runs.bytes",
    select(cast(func.coalesce(func.sum(runs.c.size), 0), BigInteger)).where(runs.c.owner == bindparam("asker")),
)

_NEWEST_SHARED = SqlStatement(
    "runs.newest_shared",
    select(runs.c.created, runs.c.program, runs.c.standing)
    .where(runs.c.is_public == text("1"), runs.c.subject == bindparam("cloud"))
    .order_by(runs.c.subject.desc(), runs.c.id.desc())
    .limit(bindparam("most")),
)
_SUBJECT = SqlStatement("runs.subject", select(runs.c.subject).where(runs.c.id == bindparam("run")))


def add(transaction: Transaction, run: RunRow, content: RunContent, labels: Mapping[str, str], key: str | None) -> None:
    """Keep a run. Raises DatabaseAway, or Conflict where its owner used the key before, by now."""
    row = run._asdict() | {"state": int(run.state), "is_public": int(run.is_public), "is_partial": int(run.is_partial)}
    transaction.run(_ADD, **row, **content._asdict(), attestation=None, key=key)
    transaction.many(_ADD_TAG, [{"run": run.id, "key": word, "value": value} for word, value in labels.items()])


def one(transaction: Transaction, asker: Asker, run: bytes) -> RunRow | None:
    """The run, if whoever asks may see it."""
    row = transaction.one(_ONE, run=run, **run_values(asker))
    return None if row is None else run_of(row)


def of_bytes(transaction: Transaction, asker: Asker, digest: bytes) -> RunRow | None:
    """The newest run with these very bytes that whoever asks may see."""
    row = transaction.one(_OF_BYTES, bytes=digest, **run_values(asker))
    return None if row is None else run_of(row)


def content_of(transaction: Transaction, run: bytes) -> RunContent:
    """What is kept in the row of a run that somebody may see. Raises KeyError."""
    row = transaction.one(_CONTENT, run=run)
    if row is None:
        raise KeyError(run.hex())
    return RunContent(*row)


def subject_of(transaction: Transaction, run: bytes) -> str | None:
    """The identity of the cloud of a run, whoever may see it; None: it has none, or there is no such run."""
    row = transaction.one(_SUBJECT, run=run)
    return None if row is None or row[0] is None else str(row[0])


class SharedVerdict(NamedTuple):
    """What came of a shared run."""

    created: int
    program: str | None
    standing: str | None


def newest_shared(transaction: Transaction, cloud: str, most: int) -> list[SharedVerdict]:
    """Of the shared runs of a cloud, by its identity, the newest first."""
    return [SharedVerdict(*row) for row in transaction.run(_NEWEST_SHARED, cloud=cloud, most=most)]


def attestation_of(transaction: Transaction, run: bytes) -> bytes | None:
    """The attestation of a run that somebody may see, as it was received."""
    row = transaction.one(_ATTESTATION, run=run)
    return None if row is None or row[0] is None else zlib.decompress(row[0])


def attest(transaction: Transaction, run: RunRow, envelope: bytes) -> None:
    """Keep an attestation with a run that somebody may attest, and what it says of the cloud and the product."""
    transaction.run(
        _ATTEST,
        run=run.id,
        envelope=zlib.compress(envelope, 6),
        its_subject=run.subject,
        its_vendor=run.vendor,
        its_product=run.product,
        its_version=run.version,
    )


def tags_of(transaction: Transaction, run: bytes) -> dict[str, str]:
    """Its tags."""
    return dict(transaction.run(_TAGS, of=run))


def remove(transaction: Transaction, run: bytes) -> None:
    """Forget a run that somebody may forget. Raises Conflict where it is verified."""
    transaction.run(_REMOVE, run=run)


def earlier(transaction: Transaction, asker: Asker, key: str) -> RunRow | None:
    """The run of their request with this key."""
    row = transaction.one(_EARLIER, asker=asker.identity or b"", word=key)
    return None if row is None else run_of(row)


def bytes_of(transaction: Transaction, identity: bytes) -> int:
    """How many bytes the runs of somebody have together, as they were received."""
    row = transaction.one(_BYTES, asker=identity)
    return 0 if row is None else int(row[0])


def is_any_of(transaction: Transaction, owner: bytes) -> bool:
    """Whether somebody sent any that are here."""
    return transaction.one(_ANY_OF, whose=owner) is not None


def hand_over(transaction: Transaction, before: bytes, after: bytes) -> None:
    """What somebody sent is another's from now on."""
    transaction.run(_HAND_OVER, before=before, after=after)


def latest_whole(transaction: Transaction, asker: Asker, *, vendor: str, product: str, program: str) -> RunRow | None:
    """The newest run of a product that covers all of a program, of those that whoever asks may see."""
    row = transaction.one(_LATEST_WHOLE, vendor=vendor, product=product, program=program, **run_values(asker))
    return None if row is None else run_of(row)


def run_of(row: Row) -> RunRow:
    """A row of COLUMNS as a value."""
    found = RunRow(*row)
    return found._replace(
        state=ReadingState(found.state), is_public=bool(found.is_public), is_partial=bool(found.is_partial)
    )
