"""Runs in the database: added, found by whoever may see them, listed, deleted."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

from sqlalchemy import Select, and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or

from certmark.server.asking import Asker
from certmark.server.store.database import Transaction
from certmark.server.store.schema import evidence, requests, runs, tags, verdicts
from certmark.server.store.statements import Row, Statement


class RunState(IntEnum):
    """How far a run has come."""

    RECEIVED = 0
    """Kept, and not read yet."""
    READ = 1
    UNREADABLE = 2


class StoredRun(NamedTuple):
    """A run as it is kept."""

    id: bytes
    owner: bytes
    created: int
    """Microseconds since 1970."""
    state: RunState
    is_public: bool
    name: str
    """What the sender called the file."""
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
    """Of the verdict that is kept, in short."""
    sentence: str | None = None
    is_partial: bool = False


class RunContent(NamedTuple):
    """What a list does not need."""

    upload: bytes | None
    """The bytes as they were received; None: they are in the evidence store."""
    outcomes: bytes | None
    """A vector (`store.dictionary`)."""


class StoredVerdict(NamedTuple):
    """A verdict, in short."""

    guideline: bytes
    program: str
    standing: str
    sentence: str
    is_partial: bool
    as_of: str


COLUMNS = (
    runs.c.id, runs.c.owner, runs.c.created, runs.c.state, runs.c.is_public, runs.c.name, runs.c.evidence,
    runs.c.format, runs.c.began, runs.c.ended, runs.c.subject, runs.c.suite, runs.c.vendor, runs.c.product,
    runs.c.version, runs.c.region, runs.c.guideline, runs.c.program, runs.c.problem,
)  # fmt: skip


def _visible() -> Select[tuple[object, ...]]:
    """Runs with their verdicts, of whoever asks: their own, and what is public."""
    kept = and_(
        verdicts.c.run == runs.c.id, verdicts.c.guideline == runs.c.guideline, verdicts.c.program == runs.c.program
    )
    return (
        select(*COLUMNS, verdicts.c.standing, verdicts.c.sentence, verdicts.c.is_partial)
        .select_from(runs.outerjoin(verdicts, kept))
        .where(or_(runs.c.owner == bindparam("asker"), runs.c.is_public == 1))
    )


_ONE = Statement("runs.one", _visible().where(runs.c.id == bindparam("run")))
_SIZE = Statement("evidence.size", select(evidence.c.size).where(evidence.c.digest == bindparam("digest")))
_ATTESTATION = Statement("runs.attestation", select(runs.c.attestation).where(runs.c.id == bindparam("run")))
_ATTEST = Statement(
    "runs.attest",
    update(runs)
    .where(runs.c.id == bindparam("run"), runs.c.owner == bindparam("asker"))
    .values(
        attestation=bindparam("envelope"),
        subject=bindparam("its_subject"),
        vendor=bindparam("its_vendor"),
        product=bindparam("its_product"),
        version=bindparam("its_version"),
    ),
)
_CONTENT = Statement("runs.content", select(runs.c.upload, runs.c.outcomes).where(runs.c.id == bindparam("run")))
_ADD = Statement("runs.add", insert(runs))
_ADD_TAG = Statement("tags.add", insert(tags))
_TAGS = Statement("tags.of", select(tags.c.key, tags.c.value).where(tags.c.run == bindparam("of")).order_by(tags.c.key))
_ADD_VERDICT = Statement(
    "verdicts.put",
    (put := insert_or(verdicts)).on_conflict_do_update(
        index_elements=["run", "guideline", "program"],
        set_={
            "standing": put.excluded.standing,
            "sentence": put.excluded.sentence,
            "is_partial": put.excluded.is_partial,
            "as_of": put.excluded.as_of,
        },
    ),
)
_REMOVE = Statement(
    "runs.remove", delete(runs).where(runs.c.id == bindparam("run"), runs.c.owner == bindparam("asker"))
)
_ADD_EVIDENCE = Statement("evidence.add", insert_or(evidence).on_conflict_do_nothing(index_elements=["digest"]))
_ADD_REQUEST = Statement("requests.add", insert(requests))
_REQUEST = Statement(
    "requests.one",
    select(requests.c.digest, requests.c.run).where(
        requests.c.identity == bindparam("asker"), requests.c.key == bindparam("word")
    ),
)


def add(transaction: Transaction, run: StoredRun, content: RunContent, labels: Mapping[str, str]) -> None:
    """Keep a run. Raises Conflict or DatabaseAway."""
    row = {name: value for name, value in run._asdict().items() if name not in _OF_THE_VERDICT}
    row |= {"state": int(run.state), "is_public": int(run.is_public)}
    transaction.run(_ADD, **row, **content._asdict(), attestation=None)
    transaction.many(_ADD_TAG, [{"run": run.id, "key": key, "value": value} for key, value in labels.items()])


_OF_THE_VERDICT = frozenset({"standing", "sentence", "is_partial"})


def add_verdict(transaction: Transaction, run: bytes, verdict: StoredVerdict) -> None:
    """Keep a verdict in short, in the place of an earlier one. Raises Conflict or DatabaseAway."""
    transaction.run(_ADD_VERDICT, **verdict._asdict() | {"run": run, "is_partial": int(verdict.is_partial)})


def name_evidence(transaction: Transaction, digest: bytes, size: int, moment: int) -> None:
    """That a run names an object, which was written before."""
    transaction.run(_ADD_EVIDENCE, digest=digest, size=size, created=moment)


def one(transaction: Transaction, asker: Asker, run: bytes) -> StoredRun | None:
    """The run, if whoever asks may see it."""
    row = transaction.one(_ONE, run=run, asker=asker.identity or b"")
    return None if row is None else run_of(row)


def content_of(transaction: Transaction, run: bytes) -> RunContent:
    """What is kept in the row of a run that somebody may see. Raises KeyError."""
    row = transaction.one(_CONTENT, run=run)
    if row is None:
        raise KeyError(run.hex())
    return RunContent(None if row[0] is None else zlib.decompress(row[0]), row[1])


def size_of(transaction: Transaction, digest: bytes) -> int:
    """The bytes of an object that a run names. Raises KeyError."""
    row = transaction.one(_SIZE, digest=digest)
    if row is None:
        raise KeyError(digest.hex())
    return int(row[0])


def attestation_of(transaction: Transaction, run: bytes) -> bytes | None:
    """The attestation of a run that somebody may see, as it was received."""
    row = transaction.one(_ATTESTATION, run=run)
    return None if row is None or row[0] is None else zlib.decompress(row[0])


def attest(transaction: Transaction, asker: Asker, run: StoredRun, envelope: bytes) -> None:
    """Keep an attestation with a run of theirs, and what it says of the cloud and the product."""
    transaction.run(
        _ATTEST,
        run=run.id,
        asker=asker.identity or b"",
        envelope=zlib.compress(envelope, 6),
        its_subject=run.subject,
        its_vendor=run.vendor,
        its_product=run.product,
        its_version=run.version,
    )


def tags_of(transaction: Transaction, run: bytes) -> dict[str, str]:
    """Its tags."""
    return dict(transaction.run(_TAGS, of=run))


def remove(transaction: Transaction, asker: Asker, run: bytes) -> None:
    """Forget a run of theirs."""
    transaction.run(_REMOVE, run=run, asker=asker.identity or b"")


def earlier(transaction: Transaction, asker: Asker, key: str) -> tuple[bytes, bytes] | None:
    """The digest and the run of the request with this key of theirs."""
    row = transaction.one(_REQUEST, asker=asker.identity or b"", word=key)
    return None if row is None else (bytes(row[0]), bytes(row[1]))


def remember(transaction: Transaction, asker: Asker, key: str, digest: bytes, run: bytes, moment: int) -> None:
    """That a request was answered. Raises Conflict where it was, by now."""
    transaction.run(_ADD_REQUEST, identity=asker.identity or b"", key=key, digest=digest, run=run, created=moment)


def run_of(row: Row) -> StoredRun:
    """A row of COLUMNS and a verdict in short as a value."""
    found = StoredRun(*row)
    return found._replace(
        id=bytes(found.id),
        owner=bytes(found.owner),
        state=RunState(found.state),
        is_public=bool(found.is_public),
        is_partial=bool(found.is_partial),
    )
