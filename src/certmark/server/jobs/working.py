"""A worker: takes what is due, does it, tries again what failed, gives up what fails always.

1. Work is done outside of the transaction that claims it, and the lease is renewed meanwhile.
2. What fails is tried again after 2, 4, 8 … seconds, at most an hour; after `MOST_ATTEMPTS` it is given up,
   stays in the table with its reason, and begins anew when it is asked for again.
3. A worker that is told to end finishes the job that it is at.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from certmark.domain.errors import CannotProceed
from certmark.server.jobs.kinds import KINDS
from certmark.server.services import jobs as asked_for
from certmark.server.services import notices
from certmark.server.services.context import Services
from certmark.server.services.jobs import JobKind
from certmark.server.store import jobs
from certmark.server.store.database import Transaction
from certmark.server.store.jobs import ClaimedJob

_LOG = logging.getLogger("certmark.server.jobs")
LEASE = 30.0
"""Seconds after which the job of a worker that vanished is another's."""
MOST_ATTEMPTS = 12
_LONGEST_DELAY = 3600.0
_PAUSE = 1.0
"""Seconds between two looks, where nothing is due."""

Doing = Callable[[Services, str], float | None]
"""Do it for a subject; the answer is after how many seconds it is to be done again, None: not at all."""


class Counted(Protocol):
    """A counter of jobs by kind and end, as `prometheus_client.Counter` is one."""

    def labels(self, kind: str, end: str, /) -> Counted:
        """The counter of these."""

    def inc(self) -> None:
        """One more."""


def work(services: Services, end: threading.Event, counted: Counted | None = None) -> None:
    """Work until `end` is set; a database that does not answer is waited for."""
    is_begun = False
    while not end.is_set():
        try:
            if not is_begun:
                asked_for.begin_regular(services)
                notices.resume(services)
                is_begun = True
            if not work_next(services, counted=counted):
                end.wait(_PAUSE)
        except Exception as error:  # noqa: BLE001 - a worker that ended would do nothing any more
            _LOG.warning("a worker waits: %s", error, exc_info=not isinstance(error, CannotProceed))
            end.wait(5 * _PAUSE)


def work_once(services: Services, kinds: Mapping[str, Doing] | None = None) -> int:
    """Do all that is due; how many jobs that were."""
    done = 0
    while work_next(services, kinds):
        done += 1
    return done


def work_next(
    services: Services,
    kinds: Mapping[str, Doing] | None = None,
    *,
    counted: Counted | None = None,
    lease: float = LEASE,
) -> bool:
    """Do the next job; False: nothing is due. Raises CannotProceed where the database does not answer."""
    now = services.clock()
    with services.database.write() as transaction:
        job = jobs.claim(transaction, now, now + int(lease * 1e6))
    if job is None:
        return False
    if job.attempts > MOST_ATTEMPTS:  # whoever was at it died each time
        with services.database.write() as transaction:
            _failed(services, transaction, job, "every worker that was at it vanished")
        return True
    with _renewed(services, job, lease):
        again, problem = _done(services, job, KINDS if kinds is None else kinds)
    with services.database.write() as transaction:
        if problem is not None:
            _failed(services, transaction, job, problem)
        elif again is not None:
            jobs.postpone(transaction, job, services.clock() + int(again * 1e6), None)
        else:
            jobs.end(transaction, job, services.clock())
    if counted is not None:
        counted.labels(job.kind, "done" if problem is None else "failed").inc()
    return True


def _done(services: Services, job: ClaimedJob, kinds: Mapping[str, Doing]) -> tuple[float | None, str | None]:
    """When it is to be done again, and what went wrong."""
    fields = {"job": job.kind, "subject": job.subject, "attempt": job.attempts}
    try:
        again = kinds[job.kind](services, job.subject)
    except Exception as error:  # noqa: BLE001 - whatever it is, others go on and the operator sees it
        is_foreseen = isinstance(error, CannotProceed)
        _LOG.warning("a job failed: %s", error, exc_info=not is_foreseen, extra={"fields": fields})
        return None, f"{type(error).__name__}: {error}"[:500]
    _LOG.info("a job is done", extra={"fields": fields})
    return again, None


def _failed(services: Services, transaction: Transaction, job: ClaimedJob, problem: str) -> None:
    """Rule 2; the operator is told of what is given up, but not that telling them was."""
    due = _next_attempt(job, services.clock())
    is_ours = jobs.postpone(transaction, job, due, problem)
    if is_ours and due == jobs.NEVER and job.kind != JobKind.NOTICE.value:
        notices.tell_operator(
            services,
            transaction,
            "job.given_up",
            f"work was given up: {job.kind} {job.subject}".strip(),
            {"kind": job.kind, "subject": job.subject, "attempts": str(job.attempts), "problem": problem},
        )


def _next_attempt(job: ClaimedJob, now: int) -> int:
    """Rule 2."""
    if job.attempts >= MOST_ATTEMPTS:
        return jobs.NEVER
    return now + int(min(2.0**job.attempts, _LONGEST_DELAY) * 1e6)


@contextmanager
def _renewed(services: Services, job: ClaimedJob, lease: float) -> Iterator[None]:
    """Rule 1."""
    end = threading.Event()

    def renew() -> None:
        while not end.wait(lease / 3):
            try:
                with services.database.write() as transaction:
                    jobs.renew(transaction, job, services.clock() + int(lease * 1e6))
            except CannotProceed as error:
                _LOG.warning("a lease was not renewed: %s", error)

    thread = threading.Thread(target=renew, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
