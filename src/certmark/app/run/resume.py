"""An existing run goes on, or does some of its tests again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from certmark.app.inputs.suites import installed_again
from certmark.app.run.execute import PreparedRun, pool_for, probe_of
from certmark.app.run.finish import FinishedRun, RunListeners, StoppedRun, carry_out, finished_before
from certmark.app.run.leftovers import clean_up
from certmark.app.run.prepare import hold_cloud
from certmark.app.run.requests import RerunRequest, ResumeRequest
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.remarks import Listener, Remark
from certmark.domain.reruns import to_rerun
from certmark.formats.run_folder import RunFolder
from certmark.places import cache_home
from certmark.runner.accounts import free_all_accounts, set_aside
from certmark.runner.folders import find_run, reference_of
from certmark.runner.journal import Journal, RunHistory
from certmark.runner.known_runs import is_finished
from certmark.runner.loading import load_run
from certmark.runner.locks import locked
from certmark.runner.plan import plan_groups
from certmark.runner.timings import load_timings


def resume_run(request: ResumeRequest, listeners: RunListeners) -> StoppedRun | FinishedRun:
    """Go on with a run; of a RerunRequest: run what did not pass again, in the same run.

    Where there is nothing to do, nothing is changed; a signed run never is.
    Raises what `prepare_again`, `execute` and `finish` raise.
    """
    folder = RunFolder(find_run(request.run))
    history = Journal.read(folder.path)
    if is_finished(folder, history):
        if not isinstance(request, RerunRequest):
            listeners.remark(Remark(f"run {history.record.run} is at its end; there is nothing to go on with"))
            return finished_before(folder, listeners)
        if not _to_rerun(request, folder):
            listeners.remark(Remark("every test passed; there is nothing to run again"))
            return finished_before(folder, listeners)
    if folder.is_signed:
        raise InvalidRequest(
            f"run {history.record.run} is signed, and its signature is one of the results that it has now; "
            "begin a new run, or move its signature away first"
        )
    return carry_out(prepare_again(request, folder, listeners.remark), listeners)


@contextmanager
def prepare_again(request: ResumeRequest, folder: RunFolder, listen: Listener) -> Iterator[PreparedRun]:
    """The run with the suite that it began with; run and cloud are locked meanwhile.

    Raises InvalidRequest, FormatError, CannotProceed (SuiteError, LockHeld …) or OSError.
    """
    record = Journal.read(folder.path).record
    with ExitStack() as stack:
        gone = stack.enter_context(locked(folder.lock, f"run {record.run}"))
        if gone:
            listen(Remark(gone))
        hold_cloud(stack, record.cloud, listen)
        installed = installed_again(record, listen)
        if installed.version != record.suite.version:
            raise CannotProceed(
                f"the run began with {record.suite.name} {record.suite.version}, and {installed.version} is here now; "
                "begin a new run"
            )
        history = Journal.read(folder.path)
        tests = _to_rerun(request, folder) if isinstance(request, RerunRequest) else ()
        if history.to_run or tests:
            _demand_cloud(folder, history, Action.RERUN if tests else Action.RESUME)
        journal = Journal.open(folder.path)
        stack.callback(journal.close)
        workers = record.workers
        if history.to_run or tests:
            workers = _workers(request, folder, journal, listen)
        if tests:
            journal.plan(plan_groups(tests, load_timings(record.suite.name, cache_home())))
        pool = pool_for(installed, folder, [group.name for group in journal.history.to_run])
        stack.callback(pool.close)
        yield PreparedRun(folder, journal, installed, pool, workers)


def _demand_cloud(folder: RunFolder, history: RunHistory, action: Action) -> None:
    """A run does not go on while its cloud is away. Raises CannotProceed."""
    probe = probe_of(folder, history.asked)
    absent = probe() if probe is not None else None
    if absent is not None:
        raise CannotProceed(f"the cloud is away: {absent}", Advice(action, reference_of(folder, history.record.run)))


def _workers(request: ResumeRequest, folder: RunFolder, journal: Journal, listen: Listener) -> int:
    """Classes at a time, once what the run has left so far is gone, or the users of killed classes are left alone."""
    configuration, record = folder.configuration, journal.history.record
    if not request.keep_leftovers:
        problem = clean_up(folder, listen)
        if problem is None:
            free_all_accounts(configuration)
        else:
            text = f"what the run has left in its projects is not all removed: {problem}"
            listen(Remark(text, Advice(Action.SEE_OR_REMOVE_LEFTOVERS, record.run), is_important=True))
            journal.circumstance(f"when the run went on, its projects were not clean: {problem}")
    else:
        journal.circumstance("when the run went on, what it had left in its projects was kept, as a person wanted it")
    workers, aside = set_aside(configuration, record.workers, record.capacity)
    if aside:
        listen(
            Remark(
                f"{aside} users that killed classes held are left alone, for their projects may not be empty; "
                f"{workers} at a time"
            )
        )
    return workers


def _to_rerun(request: RerunRequest, folder: RunFolder) -> tuple[str, ...]:
    """What did not pass; classes that were never finished belong to the round before. Raises InvalidRequest."""
    loaded = load_run(folder.path, digest=False)
    if loaded.history.to_run:
        run = loaded.record.run
        raise InvalidRequest(f"run {run} is not finished", Advice(Action.RESUME_FIRST, run))
    return tuple(to_rerun(loaded.history.asked, loaded.results, skipped=request.skipped))
