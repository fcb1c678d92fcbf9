"""What the server itself asks of its runs, whoever owns them: for jobs and for the operator, never for a request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import bindparam, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from certmark.server.store.database import Transaction
from certmark.server.store.guidelines import Revision
from certmark.server.store.runs import COLUMNS, RunContent, RunRow
from certmark.server.store.runs import run_of as run_value
from certmark.server.store.schema import evidence, guidelines, runs, verdicts
from certmark.server.store.statements import Row, SqlStatement


class KeptRun(NamedTuple):
    """What is needed to read a run again and to compare."""

    run: RunRow
    content: RunContent


class VerdictBeside(NamedTuple):
    """A verdict of a run under another guideline than its own."""

    guideline: bytes
    program: str
    standing: str
    is_partial: bool
    sentence: str
    as_of: str


_COLUMNS = (*COLUMNS, runs.c.upload, runs.c.outcomes)
_PAGE = 200
_SINCE = SqlStatement(
    "upkeep.runs", select(*_COLUMNS).where(runs.c.id > bindparam("after")).order_by(runs.c.id).limit(_PAGE)
)
_OF_GUIDELINE = SqlStatement(
    "upkeep.of_guideline",
    select(*_COLUMNS)
    .select_from(runs.join(guidelines, guidelines.c.digest == runs.c.guideline))
    .where(
        guidelines.c.id == bindparam("named"),
        runs.c.guideline != bindparam("digest"),
        ~exists().where(verdicts.c.run == runs.c.id, verdicts.c.guideline == bindparam("digest")),
        runs.c.id > bindparam("after"),
    )
    .order_by(runs.c.id)
    .limit(_PAGE),
)
_ONE = SqlStatement("upkeep.run", select(*_COLUMNS).where(runs.c.id == bindparam("run")))
_EVIDENCE = SqlStatement(
    "upkeep.evidence",
    select(evidence.c.digest).where(evidence.c.digest > bindparam("after")).order_by(evidence.c.digest).limit(_PAGE),
)
_DERIVED = (
    *("state", "format", "began", "ended", "problem"),
    *("subject", "suite", "vendor", "product", "version", "region"),
    *("guideline", "program", "standing", "is_partial", "sentence", "as_of", "doubts"),
)
"""What a run is found to be when it is read."""
_READ = SqlStatement(
    "upkeep.read",
    update(runs)
    .where(runs.c.id == bindparam("run"))
    .values(
        **{name: bindparam(f"now_{name}") for name in _DERIVED},
        outcomes=bindparam("now_outcomes"),
    ),
)
_BESIDE = SqlStatement(
    "upkeep.judge_beside",
    (beside := insert(verdicts)).on_conflict_do_update(
        index_elements=["run", "guideline", "program"],
        set_={name: beside.excluded[name] for name in ("standing", "is_partial", "sentence", "as_of")},
    ),
)
_ALL_BESIDE = SqlStatement(
    "upkeep.beside",
    select(*(verdicts.c[name] for name in VerdictBeside._fields))
    .where(verdicts.c.run == bindparam("of"))
    .order_by(verdicts.c.guideline, verdicts.c.program),
)
_JUDGE = SqlStatement(
    "upkeep.judge",
    update(runs)
    .where(runs.c.id == bindparam("run"))
    .values(
        guideline=bindparam("now_guideline"),
        program=bindparam("now_program"),
        standing=bindparam("now_standing"),
        is_partial=bindparam("now_partial"),
        sentence=bindparam("now_sentence"),
        as_of=bindparam("now_as_of"),
    ),
)


def runs_after(transaction: Transaction, after: bytes) -> list[KeptRun]:
    """A page of all runs, from the one `after` on; empty at the end."""
    return [_run(row) for row in transaction.run(_SINCE, after=after)]


def runs_to_judge(transaction: Transaction, revision: Revision, after: bytes) -> list[KeptRun]:
    """Likewise of those that were judged by another revision of this guideline, and not yet by this one."""
    rows = transaction.run(_OF_GUIDELINE, named=revision.id, digest=revision.digest, after=after)
    return [_run(row) for row in rows]


def run_of(transaction: Transaction, run: bytes) -> KeptRun | None:
    """The run, whoever owns it."""
    row = transaction.one(_ONE, run=run)
    return None if row is None else _run(row)


def evidence_after(transaction: Transaction, after: bytes) -> list[bytes]:
    """A page of the digests of objects that runs rest on; empty at the end."""
    return [bytes(row[0]) for row in transaction.run(_EVIDENCE, after=after)]


def keep_reading(transaction: Transaction, run: RunRow, outcomes: bytes | None) -> None:
    """What was found in a run that was kept before it was read, and its verdict."""
    row = {f"now_{name}": getattr(run, name) for name in _DERIVED}
    row |= {"now_state": int(run.state), "now_is_partial": int(run.is_partial)}
    transaction.run(_READ, **row, run=run.id, now_outcomes=outcomes)


def keep_verdicts_beside(transaction: Transaction, judged: Iterable[RunRow]) -> None:
    """Verdicts under another guideline than the runs' own, in the place of earlier ones under that."""
    names = ("guideline", "program", "standing", "sentence", "as_of")
    rows = [
        {name: getattr(run, name) for name in names} | {"run": run.id, "is_partial": int(run.is_partial)}
        for run in judged
    ]
    transaction.many(_BESIDE, rows)


def verdicts_beside(transaction: Transaction, run: bytes) -> list[VerdictBeside]:
    """How a run stands under other guidelines than its own."""
    return [
        VerdictBeside(bytes(row[0]), row[1], row[2], bool(row[3]), *row[4:])
        for row in transaction.run(_ALL_BESIDE, of=run)
    ]


def keep_verdict(transaction: Transaction, run: RunRow) -> None:
    """The verdict of a run as it is now, in the place of the one before."""
    transaction.run(
        _JUDGE,
        run=run.id,
        now_guideline=run.guideline,
        now_program=run.program,
        now_standing=run.standing,
        now_partial=int(run.is_partial),
        now_sentence=run.sentence,
        now_as_of=run.as_of,
    )


def _run(row: Row) -> KeptRun:
    return KeptRun(run_value(row[: len(COLUMNS)]), RunContent(*row[len(COLUMNS) :]))
