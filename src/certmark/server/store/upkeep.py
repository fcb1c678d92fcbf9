"""What the server itself asks of its runs, whoever owns them: for jobs and for the operator, never for a request."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, delete, select, update

from certmark.server.store.database import Transaction
from certmark.server.store.schema import evidence, guidelines, runs, verdicts
from certmark.server.store.statements import Row, Statement


class KeptRun(NamedTuple):
    """What is needed to read a run again and to compare."""

    id: bytes
    name: str
    state: int
    evidence: bytes | None
    guideline: bytes | None
    program: str | None
    outcomes: bytes | None


class KeptVerdict(NamedTuple):
    """A verdict that is kept, in short."""

    guideline: bytes
    program: str
    standing: str
    sentence: str
    is_partial: bool
    as_of: str


_COLUMNS = (runs.c.id, runs.c.name, runs.c.state, runs.c.evidence, runs.c.guideline, runs.c.program, runs.c.outcomes)
_PAGE = 200
_SINCE = Statement(
    "upkeep.runs", select(*_COLUMNS).where(runs.c.id > bindparam("after")).order_by(runs.c.id).limit(_PAGE)
)
_OF_GUIDELINE = Statement(
    "upkeep.of_guideline",
    select(*_COLUMNS)
    .select_from(runs.join(guidelines, guidelines.c.digest == runs.c.guideline))
    .where(guidelines.c.id == bindparam("named"), runs.c.id > bindparam("after"))
    .order_by(runs.c.id)
    .limit(_PAGE),
)
_ONE = Statement("upkeep.run", select(*_COLUMNS).where(runs.c.id == bindparam("run")))
_VERDICTS = Statement(
    "upkeep.verdicts",
    select(
        verdicts.c.guideline,
        verdicts.c.program,
        verdicts.c.standing,
        verdicts.c.sentence,
        verdicts.c.is_partial,
        verdicts.c.as_of,
    ).where(verdicts.c.run == bindparam("run")),
)
_NAMING = Statement("upkeep.naming", select(runs.c.id).where(runs.c.evidence == bindparam("digest")).limit(1))
_FORGET = Statement(
    "upkeep.forget",
    delete(evidence).where(
        evidence.c.digest == bindparam("object"),
        ~select(runs.c.id).where(runs.c.evidence == bindparam("object")).exists(),
    ),
)
_EVIDENCE = Statement(
    "upkeep.evidence",
    select(evidence.c.digest).where(evidence.c.digest > bindparam("after")).order_by(evidence.c.digest).limit(_PAGE),
)
_READ = Statement(
    "upkeep.read",
    update(runs)
    .where(runs.c.id == bindparam("run"))
    .values(
        state=bindparam("now_state"),
        format=bindparam("now_format"),
        began=bindparam("now_began"),
        ended=bindparam("now_ended"),
        program=bindparam("now_program"),
        outcomes=bindparam("now_outcomes"),
        problem=bindparam("now_problem"),
    ),
)


def runs_after(transaction: Transaction, after: bytes) -> list[KeptRun]:
    """A page of all runs, from the one `after` on; empty at the end."""
    return [_run(row) for row in transaction.run(_SINCE, after=after)]


def runs_of_guideline(transaction: Transaction, identity: str, after: bytes) -> list[KeptRun]:
    """Likewise of those that were judged by a guideline of this id, whichever revision."""
    return [_run(row) for row in transaction.run(_OF_GUIDELINE, named=identity, after=after)]


def run_of(transaction: Transaction, run: bytes) -> KeptRun | None:
    """The run, whoever owns it."""
    row = transaction.one(_ONE, run=run)
    return None if row is None else _run(row)


def verdicts_of(transaction: Transaction, run: bytes) -> list[KeptVerdict]:
    """Every verdict of a run that is kept."""
    return [
        KeptVerdict(bytes(row[0]), row[1], row[2], row[3], bool(row[4]), row[5])
        for row in transaction.run(_VERDICTS, run=run)
    ]


def is_named(transaction: Transaction, digest: bytes) -> bool:
    """Whether a run rests on this object."""
    return transaction.one(_NAMING, digest=digest) is not None


def forget_evidence(transaction: Transaction, digest: bytes) -> None:
    """That an object is no longer named, if it is so."""
    transaction.run(_FORGET, object=digest)


def evidence_after(transaction: Transaction, after: bytes) -> list[bytes]:
    """A page of the digests of objects that runs rest on; empty at the end."""
    return [bytes(row[0]) for row in transaction.run(_EVIDENCE, after=after)]


def keep_reading(
    transaction: Transaction,
    run: bytes,
    *,
    state: int,
    format_: str | None = None,
    began: int | None = None,
    ended: int | None = None,
    program: str | None = None,
    outcomes: bytes | None = None,
    problem: str | None = None,
) -> None:
    """What was found in a run that was kept before it was read."""
    transaction.run(
        _READ,
        run=run,
        now_state=state,
        now_format=format_,
        now_began=began,
        now_ended=ended,
        now_program=program,
        now_outcomes=outcomes,
        now_problem=problem,
    )


def _run(row: Row) -> KeptRun:
    found = KeptRun(*row)
    return found._replace(
        id=bytes(found.id),
        evidence=None if found.evidence is None else bytes(found.evidence),
        guideline=None if found.guideline is None else bytes(found.guideline),
        outcomes=None if found.outcomes is None else bytes(found.outcomes),
    )
