"""Work outside of requests, in one table on both databases.

1. A job is added in the transaction of the change that asks for it.
2. A claim moves the moment at which the job is due behind the end of a lease, so that a job whose worker
   vanished becomes due by itself; whoever works renews the lease.
3. Who claimed is told by a random number: a worker that was thought dead ends nothing of its successor.
4. What is asked for while it is being done is done once more afterwards.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from sqlalchemy import bindparam, case, delete, null, select, update
from sqlalchemy.dialects.postgresql import insert

from certmark.server.store.database import Transaction
from certmark.server.store.schema import jobs
from certmark.server.store.statements import Row, SqlStatement

NEVER = 1 << 62
"""When a job is due that was given up."""


class ClaimedJob(NamedTuple):
    """A job that was claimed."""

    id: int
    kind: str
    subject: str
    attempts: int
    asks: int
    claimed: int


class JobState(NamedTuple):
    """A job as the operator sees it."""

    kind: str
    subject: str
    due: int
    """In microseconds since 1970; `NEVER`: it was given up."""
    attempts: int
    is_claimed: bool
    problem: str | None


_NEW = insert(jobs).values(
    kind=bindparam("kind"), subject=bindparam("subject"), due=bindparam("due"), attempts=0, asks=1
)
_ADD = SqlStatement(
    "jobs.add",
    _NEW.on_conflict_do_update(
        index_elements=["kind", "subject"],
        set_={
            "asks": jobs.c.asks + 1,
            "due": case(
                (jobs.c.claimed.is_not(None), jobs.c.due),
                (jobs.c.due < _NEW.excluded.due, jobs.c.due),
                else_=_NEW.excluded.due,
            ),
            "attempts": case((jobs.c.claimed.is_not(None), jobs.c.attempts), else_=0),
        },
    ),
)
_ADD_ONCE = SqlStatement(
    "jobs.add_once",
    _NEW.on_conflict_do_nothing(index_elements=["kind", "subject"]),
)
_NEXT = (
    select(jobs.c.id)
    .where(jobs.c.due <= bindparam("now"))
    .order_by(jobs.c.due, jobs.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)  # SQLite, which has one writer, leaves it away
    .scalar_subquery()
)
_CLAIM = SqlStatement(
    "jobs.claim",
    update(jobs)
    .where(jobs.c.id == _NEXT)
    .values(due=bindparam("until"), claimed=bindparam("number"), attempts=jobs.c.attempts + 1)
    .returning(jobs.c.id, jobs.c.kind, jobs.c.subject, jobs.c.attempts, jobs.c.asks, jobs.c.claimed),
)
_MINE = (jobs.c.id == bindparam("job"), jobs.c.claimed == bindparam("number"))
_RENEW = SqlStatement("jobs.renew", update(jobs).where(*_MINE).values(due=bindparam("until")).returning(jobs.c.id))
_END = SqlStatement("jobs.end", delete(jobs).where(*_MINE, jobs.c.asks == bindparam("seen")).returning(jobs.c.id))
_FREE = SqlStatement(
    "jobs.free",
    update(jobs)
    .where(*_MINE)
    .values(due=bindparam("until"), claimed=null(), attempts=bindparam("tries"), problem=bindparam("why"))
    .returning(jobs.c.id),
)
_ALL = SqlStatement(
    "jobs.all",
    select(jobs.c.kind, jobs.c.subject, jobs.c.due, jobs.c.attempts, jobs.c.claimed, jobs.c.problem).order_by(
        jobs.c.due, jobs.c.id
    ),
)

_GIVEN_UP = SqlStatement(
    "jobs.given_up",
    select(jobs.c.kind, jobs.c.subject, jobs.c.due, jobs.c.attempts, jobs.c.claimed, jobs.c.problem)
    .where(jobs.c.due == NEVER)
    .order_by(jobs.c.due, jobs.c.id)
    .limit(1000),
)


def add(transaction: Transaction, kind: str, subject: str, due: int) -> None:
    """Rules 1 and 4: ask for a job; one that was given up begins anew."""
    transaction.run(_ADD, kind=kind, subject=subject, due=due)


def add_once(transaction: Transaction, kind: str, subject: str, due: int) -> None:
    """Ask for a job unless it is there, whatever became of it."""
    transaction.run(_ADD_ONCE, kind=kind, subject=subject, due=due)


def claim(transaction: Transaction, now: int, until: int) -> ClaimedJob | None:
    """Take what is due first; nobody else gets it before `until`. None: nothing is due."""
    row = transaction.one(_CLAIM, now=now, until=until, number=secrets.randbits(62))
    return None if row is None else ClaimedJob(*row)


def renew(transaction: Transaction, job: ClaimedJob, until: int) -> bool:
    """Go on with it; False: somebody else has it by now."""
    return transaction.one(_RENEW, job=job.id, number=job.claimed, until=until) is not None


def end(transaction: Transaction, job: ClaimedJob, now: int) -> None:
    """It is done; where it was asked for meanwhile, it is due again (rule 4)."""
    if transaction.one(_END, job=job.id, number=job.claimed, seen=job.asks) is None:
        transaction.run(_FREE, job=job.id, number=job.claimed, until=now, tries=0, why=None)


def postpone(transaction: Transaction, job: ClaimedJob, until: int, why: str | None) -> bool:
    """Not now: it failed (`why`), or is done regularly (None). False: somebody else has it by now."""
    tries = 0 if why is None else job.attempts
    return transaction.one(_FREE, job=job.id, number=job.claimed, until=until, tries=tries, why=why) is not None


def every(transaction: Transaction) -> list[JobState]:
    """All of them, by the moment at which each is due."""
    return [_state(row) for row in transaction.run(_ALL)]


def given_up(transaction: Transaction) -> list[JobState]:
    """Those that nobody tries any more, at most a thousand."""
    return [_state(row) for row in transaction.run(_GIVEN_UP)]


def _state(row: Row) -> JobState:
    kind, subject, due, attempts, claimed, problem = row
    return JobState(kind, subject, due, attempts, claimed is not None, problem)
