"""An existing run goes on, or does some of its tests again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from certmark.app.inputs.suites import installed_again
from certmark.app.run.execute import PreparedRun, pool_for
from certmark.app.run.finish import FinishedRun, RunListeners, StoppedRun, carry_out
from certmark.app.run.leftovers import clean_up_killed
from certmark.app.run.prepare import hold
from certmark.app.run.requests import RerunRequest, ResumeRequest
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.remarks import Listener, Remark
from certmark.domain.reruns import to_rerun
from certmark.formats.run_folder import RunFolder
from certmark.formats.run_record import RunRecord
from certmark.places import cache_home
from certmark.runner.accounts import free_all_accounts, has_marks, set_aside
from certmark.runner.folders import find_run
from certmark.runner.journal import Journal
from certmark.runner.loading import load_run
from certmark.runner.plan import plan_groups
from certmark.runner.timings import load_timings


def resume_run(request: ResumeRequest, listeners: RunListeners) -> StoppedRun | FinishedRun:
    """Go on with a run; of a RerunRequest: run what did not pass again, in the same run.

    Raises what `prepare_again`, `execute` and `finish` raise.
    """
    return carry_out(prepare_again(request, listeners.remark), listeners)


@contextmanager
def prepare_again(request: ResumeRequest, listen: Listener) -> Iterator[PreparedRun]:
    """The run with the suite that it began with; run and cloud are locked meanwhile.

    Raises InvalidRequest, FormatError, CannotProceed (SuiteError, LockHeld …) or OSError.
    """
    folder = RunFolder(find_run(request.run))
    record = Journal.read(folder.path).record
    with ExitStack() as stack:
        hold(stack, folder, record.run, record.cloud, listen)
        installed = installed_again(record, listen)
        if installed.version != record.suite.version:
            raise CannotProceed(
                f"the run began with {record.suite.name} {record.suite.version}, and {installed.version} is here now; "
                "begin a new run"
            )
        workers = _workers(request, folder, record, listen)
        journal = Journal.open(folder.path)
        stack.callback(journal.close)
        if isinstance(request, RerunRequest):
            _plan_again(request, folder, journal, listen)
        pool = pool_for(installed, folder, [group.name for group in journal.history.to_run])
        stack.callback(pool.close)
        yield PreparedRun(folder, journal, installed, pool, workers)


def _workers(request: ResumeRequest, folder: RunFolder, record: RunRecord, listen: Listener) -> int:
    """Classes at a time, once what killed classes left is gone, or their users are left alone."""
    configuration = folder.configuration
    if has_marks(configuration) and not request.keep_leftovers and clean_up_killed(folder, listen):
        free_all_accounts(configuration)
    workers, aside = set_aside(configuration, record.workers, record.capacity)
    if aside:
        listen(
            Remark(
                f"{aside} users that killed classes held are left alone, for their projects may not be empty; "
                f"{workers} at a time"
            )
        )
    return workers


def _plan_again(request: RerunRequest, folder: RunFolder, journal: Journal, listen: Listener) -> None:
    """A new round of what did not pass; classes that were never finished belong to the round before."""
    if journal.history.to_run:
        run = journal.history.record.run
        raise InvalidRequest(f"run {run} is not finished", Advice(Action.RESUME_FIRST, run))
    loaded = load_run(folder.path, digest=False)
    tests = list(to_rerun(loaded.history.asked, loaded.results, skipped=request.skipped))
    if not tests:
        listen(Remark("every test passed; there is nothing to run again"))
        return
    journal.plan(plan_groups(tests, load_timings(loaded.record.suite.name, cache_home())))
