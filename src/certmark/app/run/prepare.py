"""A run is prepared: from credentials to workers that wait for their first class, and a journal of what is asked."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from certmark.app.inputs.suites import absolute, installed_already, installed_for
from certmark.app.run.configuration import Configured, configure, identity_of
from certmark.app.run.execute import PreparedRun, pool_for
from certmark.app.run.finish import FinishedRun, RunListeners, StoppedRun, carry_out
from certmark.app.run.judging import Asked, asked_of, keep
from certmark.app.run.leftovers import InventoryBefore
from certmark.app.run.requests import RunRequest
from certmark.cloud.accounts_file import read_accounts, write_accounts, write_secret
from certmark.domain.advice import Action, Advice
from certmark.domain.capacity import Capacity, capped_sentence
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.health import HealthLevel
from certmark.domain.identity import class_of
from certmark.domain.name_expressions import names_that_fit
from certmark.domain.outages import PATIENCE
from certmark.domain.phrases import counted, some
from certmark.domain.preflight import ExaminationListener, unwatched
from certmark.domain.remarks import Listener, Remark
from certmark.formats.run_folder import RunFolder
from certmark.formats.run_record import (
    RecordedExamination,
    RecordedFinding,
    RecordedSelection,
    RecordedSuite,
    RunRecord,
)
from certmark.places import cache_home
from certmark.runner.accounts import capacity_of
from certmark.runner.folders import new_folder, new_id
from certmark.runner.journal import Journal
from certmark.runner.locks import cloud_tested
from certmark.runner.plan import plan_groups
from certmark.runner.selection import Selection, choose, narrowed
from certmark.runner.suites import InstalledSuite, list_tests, load_suite
from certmark.runner.surveying import read_ahead
from certmark.runner.timings import load_timings
from certmark.runner.workers import WorkerPool

_SHOWN = 5
"""Names in a remark."""


def run_cloud(request: RunRequest, listeners: RunListeners) -> StoppedRun | FinishedRun:
    """Test a cloud, from credentials to a report. Raises what `prepare`, `execute` and `finish` raise."""
    return carry_out(prepare(request, listeners.remark, listeners.examination), listeners)


@contextmanager
def prepare(request: RunRequest, listen: Listener, watch: ExaminationListener = unwatched) -> Iterator[PreparedRun]:
    """Sign in, configure, install the suite, choose its tests and begin the journal; the cloud is locked meanwhile.

    A run that never begins leaves no folder. Raises InvalidRequest, FormatError, CannotProceed (SuiteError,
    CloudError, LockHeld …) or OSError.
    """
    check_request(request)
    asked = asked_of(request, listen)
    suite = load_suite(request.suite)
    run = new_id(request.os_cloud or os.environ.get("OS_CLOUD") or suite.name)
    with ExitStack() as stack:
        folder = stack.enter_context(new_folder(run, request.folder))

        ready: list[Workshop] = []

        def hold(cloud: str, version: str | None) -> None:
            hold_cloud(stack, cloud, listen)
            # What the guideline names is imported while the cloud is examined and the suite is being listed.
            there = installed_already(suite, version, request.wheels, asked.names, listen)
            if there is not None:
                ready.append(_open_workshop(stack, there, folder, asked))

        configured = configure(request, suite, asked.names, folder.configuration, listen, watch, hold)
        before = InventoryBefore(folder, configured.clients)
        if not ready:
            made = installed_for(suite, configured.version, request.wheels, asked.names, listen)
            ready.append(_open_workshop(stack, made, folder, asked))
        installed, pool = ready[0]
        new = NewRun(run, folder, request, asked, configured, installed)
        journal = _begin(new, before, listen)
        stack.callback(journal.close)
        listen(Remark(f"run {run}, in {folder}"))
        workers = journal.history.record.workers
        yield PreparedRun(folder, journal, installed, pool, workers, request.most_failures, configured.clients)


class Workshop(NamedTuple):
    """An installed suite, and those who run it."""

    installed: InstalledSuite
    pool: WorkerPool


def _open_workshop(stack: ExitStack, installed: InstalledSuite, folder: RunFolder, asked: Asked) -> Workshop:
    """Workers that get ready for what the guideline names, until `stack` is left."""
    pool = pool_for(installed, folder, dict.fromkeys(map(class_of, asked.names)))
    stack.callback(pool.close)
    return Workshop(installed, pool)


def hold_cloud(stack: ExitStack, cloud: str, listen: Listener) -> None:
    """Nobody else tests or changes the cloud until `stack` is left; a holder that died is told. Raises LockHeld."""
    for gone in stack.enter_context(cloud_tested(cloud)):
        listen(Remark(gone))


class NewRun(NamedTuple):
    """A run whose journal is to begin."""

    run: str
    folder: RunFolder
    request: RunRequest
    asked: Asked
    configured: Configured
    installed: InstalledSuite


def check_request(request: RunRequest) -> None:
    """What can be said of the request before anything is done."""
    if request.expression is not None:
        names_that_fit(request.expression)
    if request.tempest_conf is not None and request.os_cloud is not None:
        raise InvalidRequest("a tempest.conf and an entry of clouds.yaml both name a cloud; keep one of them")
    for path in (request.tempest_conf, request.accounts):
        if path is not None and not path.is_file():
            raise InvalidRequest(f"there is no file {path}")


def _begin(new: NewRun, inventory: InventoryBefore, listen: Listener) -> Journal:
    """The journal of the run, with everything that is needed to go on. Raises CannotProceed or DiskProblem."""
    selection = selected(new, listen)
    read_ahead(new.installed, cache=cache_home())  # while the inventory is taken: both capacity and doctor ask for it
    # A run that has begun has its inventory: without one nothing of it could be cleaned.
    before = inventory.keep(listen)
    unclean = _leave_alone(selection, new, before.unclean, listen)
    capacity, workers = capacity_and_workers(selection, new, listen)
    write_secret(new.folder.tests, "".join(f"{full}\n" for full in selection.full_ids))
    record = _record(new, selection, capacity, workers, listen)
    record = dataclasses.replace(record, unknown_before=before.unknown)
    timings = load_timings(record.suite.name, cache_home())
    journal = Journal.create(new.folder.path, record, plan_groups(selection.full_ids, timings))
    new.folder.preparing.unlink(missing_ok=True)
    for text in (*before.circumstances, *unclean):
        journal.circumstance(text)
    return journal


def _leave_alone(selection: Selection, new: NewRun, unclean: Collection[str], listen: Listener) -> tuple[str, ...]:
    """Users whose projects are not empty are not used, if the others are enough; gives what a reviewer must know."""
    config, accounts = new.configured.config, new.folder.accounts
    if config is None or not unclean or not accounts.exists():
        return ()
    everybody = read_accounts(accounts)
    clean = [one for one in everybody if one.project not in unclean or one.is_admin or one.is_reseller]
    if len(everybody) > 1 and clean:
        write_accounts(clean, accounts)
        enough = capacity_of(new.installed, config, selection.full_ids)
        wanted = new.request.workers or 1
        if enough.staff is not None and not enough.shortages(wanted) and enough.most >= wanted:
            text = f"users of {counted(len(unclean), 'project that is', 'projects that are')} not empty were not used"
            listen(Remark(f"{text}: {some(sorted(unclean), _SHOWN)}"))
            return (text,)
        write_accounts(everybody, accounts)
    names = some(sorted(unclean), _SHOWN)
    return (f"projects that were not empty were used, so tests that list what is there may fail: {names}",)


def selected(new: NewRun, listen: Listener) -> Selection:
    """What is run; what the suite lacks is told, and that a person wants only a part. Raises CannotProceed."""
    selection = choose(new.asked.tests, list_tests(new.installed, new.folder.configuration))
    _tell_missing(selection, new, listen)
    expression = new.request.expression
    if expression is None:
        return selection
    part = narrowed(selection, names_that_fit(expression))
    if not part.chosen:
        raise InvalidRequest(f"none of the {len(selection.full_ids)} tests has a name that {expression!r} fits")
    sentence = f"only {len(part.full_ids)} of {len(selection.full_ids)} tests are run, those that {expression!r} fits"
    listen(Remark(sentence, is_important=True))
    return part


def _tell_missing(selection: Selection, new: NewRun, listen: Listener) -> None:
    suite = f"{new.installed.suite.name} {new.installed.version}"
    asked = f"{len(new.asked.tests)} tests that {new.asked.guideline.id} asks for"
    if selection.missing:
        count, names = len(selection.missing), some(selection.missing, _SHOWN)
        text = f"{suite} lacks {count} of the {asked}; they cannot pass: {names}"
        listen(Remark(text, is_important=True))
    if not selection.chosen:
        raise CannotProceed(f"{suite} has none of the {asked}; name the right suite or version")


def capacity_and_workers(selection: Selection, new: NewRun, listen: Listener) -> tuple[Capacity, int]:
    """What the accounts are enough for, and how many classes run at a time. Raises CannotProceed."""
    configured = new.configured
    capacity = configured.capacity
    if configured.config is not None:
        capacity = capacity_of(new.installed, configured.config, selection.full_ids)
    workers, asked = capacity.workers(new.request.workers), new.request.workers
    if asked is not None and workers < asked:
        listen(
            Remark(
                capped_sentence(workers, asked),
                Advice(Action.MAKE_ACCOUNTS, str(asked), new.request.os_cloud or ""),
                is_important=True,
            )
        )
    if configured.doctor is not None:
        configured.doctor.judge(new.installed, selection.full_ids, workers, capacity.users)
        return capacity, workers
    for sentence in capacity.warnings(workers):
        listen(Remark(sentence, is_important=True))
    return capacity, workers


def _record(new: NewRun, selection: Selection, capacity: Capacity, workers: int, listen: Listener) -> RunRecord:
    suite, request = new.installed.suite, new.request
    guideline, judging = keep(new.folder, request, new.asked)
    return RunRecord(
        run=new.run,
        cloud=new.configured.cloud,
        identity=identity_of(new.configured.facts, request.cloud_identity, listen),
        guideline=dataclasses.replace(guideline, missing=selection.missing),
        selection=RecordedSelection(
            expression=request.expression,
            left_out=len({test.listed for test in selection.left_out}),
            most_failures=request.most_failures,
        ),
        judging=judging,
        suite=RecordedSuite(
            name=suite.name,
            version=new.installed.version,
            description=absolute(request.suite) or suite.name,
            wanted=absolute(new.configured.version),
            wheels=absolute(request.wheels),
            names=tuple(new.asked.names) if suite.plugins else (),
            distributions=dict(new.installed.versions),
        ),
        fingerprint=new.configured.fingerprint(suite.name, new.installed.version),
        workers=workers,
        capacity=capacity.most,
        class_timeout=request.class_timeout,
        examination=_examination(new),
        outage_patience=PATIENCE if new.configured.config is not None else None,
    )


def _examination(new: NewRun) -> RecordedExamination | None:
    """What the examination before the run came to; None where no cloud is tested."""
    if new.configured.config is None:
        return None
    doctor = new.configured.doctor
    result = doctor.result if doctor is not None else None
    health = result.health if result is not None else None
    return RecordedExamination(
        is_done=health is not None,
        despite=new.request.ignored,
        clock_ahead=result.clock_ahead if result is not None else None,
        findings=tuple(
            RecordedFinding(id=one.id, severity=one.severity.value, text=one.what, despite=one.despite)
            for one in (health.of(HealthLevel.WARNING) if health is not None else ())
        ),
    )
