"""Work outside of requests, asked for in the transaction of the change, and what an operator sees of it."""

from __future__ import annotations

from enum import Enum

from certmark.server.services.context import Services
from certmark.server.store import jobs
from certmark.server.store.database import Transaction
from certmark.server.store.jobs import JobState


class JobKind(Enum):
    """What a worker knows to do. Each can be done twice without harm."""

    READ = "read"
    """Read and judge a run that is kept; the subject is its id."""
    JUDGE = "judge"
    """Judge runs by a new revision of their guideline; the subject is its digest."""
    COUNTERSIGN = "countersign"
    """Put attestations that were accepted on record in the log."""
    NOTICE = "notice"
    """Send a notice of the outbox; the subject is its id."""
    COLLECT = "collect"
    """Forget unfinished uploads of which nothing came for a day, and remove evidence that nothing names."""
    SOURCES = "sources"
    """Look for new revisions of guidelines."""
    RETAIN = "retain"
    """Tell owners of private runs that these are deleted for their age, and delete them."""

    WATCH = "watch"
    """Look at the queries that somebody follows, and tell them."""
    CERTIFY = "certify"
    """Sign a certificate that was granted; the subject is its id."""
    LIST = "list"
    """Sign a new status list of certificates where one is due."""
    RELIST = "relist"
    """Likewise, since a certificate changed."""
    CLOCK = "clock"
    """Take the steps of applications, certificates and cases of which the day has come."""
    REMIND = "remind"
    """Remind people of what ends or is due, and send the daily mails."""
    ORDERS = "orders"
    """See what the clock makes of standing orders."""


REGULAR = (
    JobKind.COLLECT, JobKind.SOURCES, JobKind.RETAIN, JobKind.WATCH, JobKind.LIST, JobKind.REMIND, JobKind.CLOCK,
    JobKind.ORDERS,
)  # fmt: skip
"""Those that a worker does again and again, whether anybody asks or not."""


def ask(services: Services, transaction: Transaction, kind: JobKind, subject: str = "", *, delay: float = 0) -> None:
    """Have it done once `transaction` is kept, not before `delay` seconds have passed."""
    jobs.add(transaction, kind.value, subject, services.clock() + int(delay * 1e6))


def ask_once(services: Services, transaction: Transaction, kind: JobKind, subject: str) -> None:
    """Likewise, unless it was asked for, whatever became of that."""
    jobs.add_once(transaction, kind.value, subject, services.clock())


def begin_regular(services: Services) -> None:
    """See to it that what is done regularly stands in the table."""
    with services.database.write() as transaction:
        for kind in REGULAR:
            jobs.add_once(transaction, kind.value, "", services.clock())


def given_up(services: Services) -> list[JobState]:
    """Work that nobody tries any more, for the operator."""
    with services.database.read() as transaction:
        return jobs.given_up(transaction)


def every(services: Services) -> list[JobState]:
    """All work that is not done yet, for the operator."""
    with services.database.read() as transaction:
        return jobs.every(transaction)
