"""A run is prepared: from credentials to workers that wait for their first class, and a journal of what is asked."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

from certmark.app.files import write_file
from certmark.app.inputs.suites import absolute, installed_for
from certmark.app.run.configuration import Configured, configure, identity_of
from certmark.app.run.execute import PreparedRun, pool_for
from certmark.app.run.finish import FinishedRun, RunListeners, StoppedRun, carry_out
from certmark.app.run.judging import Asked, asked_of, keep
from certmark.app.run.leftovers import InventoryBefore
from certmark.app.run.requests import RunRequest
from certmark.domain.advice import Action, Advice
from certmark.domain.capacity import Capacity, capped_sentence
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.identity import class_of
from certmark.domain.name_expressions import names_that_fit
from certmark.domain.phrases import some
from certmark.domain.preflight import ExaminationListener, unwatched
from certmark.domain.remarks import Listener, Remark
from certmark.formats.run_folder import RunFolder
from certmark.formats.run_record import RecordedSelection, RecordedSuite, RunRecord
from certmark.places import cache_home, state_home
from certmark.runner.accounts import capacity_of
from certmark.runner.folders import make_folder, new_id
from certmark.runner.journal import Journal
from certmark.runner.locks import cloud_lock, locked
from certmark.runner.plan import plan_groups
from certmark.runner.selection import Selection, choose, narrowed
from certmark.runner.suites import InstalledSuite, list_tests, load_suite
from certmark.runner.timings import load_timings

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
    with ExitStack() as stack:
        run = new_id(request.os_cloud or os.environ.get("OS_CLOUD") or suite.name)
        folder = make_folder(run, request.folder)
        stack.callback(_forget_unless_begun, folder)
        configured = configure(request, suite, asked.names, folder.configuration, listen, watch)
        hold(stack, folder, run, configured.cloud, listen)
        before = InventoryBefore(folder)
        installed = installed_for(suite, configured.version, request.wheels, asked.names, listen)
        # What the guideline names is imported while the suite is being listed.
        pool = pool_for(installed, folder, dict.fromkeys(map(class_of, asked.names)))
        stack.callback(pool.close)
        new = NewRun(run, folder, request, asked, configured, installed)
        journal = _begin(new, listen)
        stack.callback(journal.close)
        listen(Remark(f"run {run}, in {folder}"))
        before.keep(listen)
        yield PreparedRun(folder, journal, installed, pool, journal.history.record.workers, request.most_failures)


def hold(stack: ExitStack, folder: RunFolder, run: str, cloud: str, listen: Listener) -> None:
    """Lock the run and its cloud until `stack` is left; a holder that died is told. Raises LockHeld."""
    for path, what in (
        (folder.lock, f"run {run}"),
        (cloud_lock(state_home(), cloud), f"the cloud {cloud}"),
    ):
        gone = stack.enter_context(locked(path, what))
        if gone:
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


def _forget_unless_begun(folder: RunFolder) -> None:
    if not folder.is_begun:
        shutil.rmtree(folder.path, ignore_errors=True)


def _begin(new: NewRun, listen: Listener) -> Journal:
    """The journal of the run, with everything that is needed to go on. Raises CannotProceed or DiskProblem."""
    selection = selected(new, listen)
    capacity, workers = capacity_and_workers(selection, new, listen)
    write_file(new.folder.tests, "".join(f"{full}\n" for full in selection.full_ids).encode())
    record = _record(new, selection, capacity, workers, listen)
    timings = load_timings(record.suite.name, cache_home())
    return Journal.create(new.folder.path, record, plan_groups(selection.full_ids, timings))


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
    )
