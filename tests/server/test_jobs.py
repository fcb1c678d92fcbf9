"""Work outside of requests: asked for with the change, done once or again, never lost, whoever dies."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import update

from certmark.domain.errors import CannotProceed
from certmark.server.jobs.working import MOST_ATTEMPTS, work_next, work_once
from certmark.server.services import jobs
from certmark.server.services.context import Services
from certmark.server.services.jobs import JobKind
from certmark.server.store import jobs as store
from certmark.server.store import schema
from certmark.server.store.jobs import NEVER
from certmark.server.store.statements import SqlStatement
from support.waiting import wait_until

pytestmark = pytest.mark.enable_socket
NOTICE = JobKind.NOTICE
KIND = NOTICE.value
_DUE = SqlStatement("tests.due", update(schema.jobs).values(due=0))


def asked(services: Services, subject: str = "", **more: float) -> None:
    with services.database.write() as transaction:
        jobs.ask(services, transaction, NOTICE, subject, **more)


def do(services: Services, *subjects: str) -> None:
    """Do what is due; it is of these subjects, in this order."""
    seen: list[str] = []
    work_once(services, {KIND: lambda _, subject: seen.append(subject)})
    assert seen == list(subjects)


def test_a_job_is_asked_for_with_the_change_or_not_at_all(services: Services) -> None:
    with suppress(ZeroDivisionError), services.database.write() as transaction:
        jobs.ask(services, transaction, NOTICE, "lost")
        _ = 1 / 0
    asked(services, "kept")
    do(services, "kept")
    assert jobs.every(services) == []


def test_what_is_asked_for_twice_before_it_is_done_is_done_once(services: Services) -> None:
    asked(services, "a")
    asked(services, "a")
    asked(services, "b")
    do(services, "a", "b")


def test_what_is_asked_for_while_it_is_done_is_done_once_more(services: Services) -> None:
    times: list[str] = []

    def once_more(_: Services, subject: str) -> None:
        if not times:
            asked(services, subject)
        times.append(subject)

    asked(services, "a")
    work_once(services, {KIND: once_more})
    assert times == ["a", "a"]


def test_what_is_asked_for_later_is_not_due(services: Services) -> None:
    asked(services, "a", delay=3600)
    do(services)
    asked(services, "a")
    do(services, "a")


def test_what_fails_is_tried_again_later_and_the_operator_sees_why(services: Services) -> None:
    def failing(_: Services, subject: str) -> None:
        raise CannotProceed(f"{subject} is away")

    asked(services, "a")
    asked(services, "b")
    assert work_once(services, {KIND: failing}) == 2
    found = jobs.every(services)
    assert [(one.attempts, one.problem) for one in found] == [
        (1, "CannotProceed: a is away"),
        (1, "CannotProceed: b is away"),
    ]
    assert all(one.due > services.clock() and not one.is_claimed for one in found)


def test_what_fails_always_is_given_up_and_begins_anew_when_it_is_asked_for(services: Services) -> None:
    asked(services, "a")
    for _ in range(MOST_ATTEMPTS):
        with services.database.write() as transaction:
            transaction.run(_DUE)
        assert work_next(services, {KIND: lambda *_: 1 / 0})
    assert [one.due for one in jobs.every(services)] == [NEVER]
    asked(services, "a")
    do(services, "a")


def test_a_job_that_kills_its_workers_is_given_up(services: Services) -> None:
    asked(services, "a")
    for _ in range(MOST_ATTEMPTS):
        with services.database.write() as transaction:
            assert store.claim(transaction, services.clock(), 0) is not None  # and then nothing more is heard of it
    do(services)
    assert [(one.due, one.problem) for one in jobs.every(services)] == [(NEVER, "every worker that was at it vanished")]


def test_who_was_thought_dead_ends_nothing_of_its_successor(services: Services) -> None:
    asked(services, "a")
    now = services.clock()
    with services.database.write() as transaction:
        first = store.claim(transaction, now, now)
        second = store.claim(transaction, now, now + 10**9)
    assert first is not None
    assert second is not None
    with services.database.write() as transaction:
        assert not store.renew(transaction, first, now + 10**9)
        store.end(transaction, first, now)
        store.postpone(transaction, first, 0, "late")
    assert [(one.is_claimed, one.problem) for one in jobs.every(services)] == [(True, None)]


def test_a_job_that_takes_longer_than_its_lease_is_nobody_elses(services: Services) -> None:
    asked(services, "a")
    is_begun, end = threading.Event(), threading.Event()

    def long(_: Services, __: str) -> None:
        is_begun.set()
        end.wait(60)

    thread = threading.Thread(target=work_next, args=(services, {KIND: long}), kwargs={"lease": 0.3})
    thread.start()
    is_begun.wait(60)
    time.sleep(0.9)
    do(services)
    end.set()
    thread.join()
    assert jobs.every(services) == []


def test_regular_work_stays_in_the_table(services: Services) -> None:
    jobs.begin_regular(services)
    kinds = {kind.value: (lambda *_: 3600.0) for kind in JobKind}
    assert work_once(services, kinds) == len(jobs.REGULAR)
    jobs.begin_regular(services)
    assert work_once(services, kinds) == 0
    assert len(jobs.every(services)) == len(jobs.REGULAR)


WORKER = """
import sys, time
from pathlib import Path
from certmark.server.jobs.working import work_next
from certmark.server.opening import services_of
from certmark.server.settings import read_settings
data, url, done = sys.argv[1:]
def do(services, subject):
    time.sleep(0.005)
    with open(done, "a") as file:
        file.write(subject + "\\n")
with services_of(read_settings(None, {}, data=data, database_url=url)) as services:
    print("ready", flush=True)
    while True:
        if not work_next(services, {"notice": do}, lease=1.0):
            time.sleep(0.02)
"""


@pytest.mark.thorough
def test_whichever_worker_is_killed_whenever_every_job_is_done_and_few_of_them_twice(
    services: Services, database_url: str, tmp_path: Path
) -> None:
    """The kill test: three workers, one killed and replaced at random moments until all is done."""
    count, done, moments = 300, tmp_path / "done", random.Random(1)  # noqa: S311 - moments, no secrets

    def start() -> subprocess.Popen[bytes]:
        words = [sys.executable, "-c", WORKER, str(tmp_path / "data"), database_url, str(done)]
        return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))

    for number in range(count):
        asked(services, str(number))
    workers = [start() for _ in range(3)]
    kills = 0
    try:
        while jobs.every(services) and kills < 40:
            time.sleep(moments.uniform(0.05, 0.6))
            victim = moments.randrange(len(workers))
            workers[victim].send_signal(signal.SIGKILL)
            workers[victim].wait()
            workers[victim] = start()
            kills += 1
        wait_until(lambda: not jobs.every(services))
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    lines = done.read_text().split()
    assert set(lines) == {str(number) for number in range(count)}
    assert kills > 0
    assert len(lines) - count <= kills
