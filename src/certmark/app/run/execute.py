"""A run that is ready: its tests are run, and everything that happens is told."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from certmark.cloud.authentication import SignedInAccount
from certmark.domain.identity import split
from certmark.domain.outages import absence
from certmark.domain.phrases import counted
from certmark.domain.remarks import Listener, Remark
from certmark.evidence.secrets.remembering import remember_secrets_of, remember_secrets_of_clouds
from certmark.formats.run_endings import Ending
from certmark.formats.run_folder import RunFolder
from certmark.places import cache_home
from certmark.runner.accounts import AccountKeeper
from certmark.runner.cloud_watch import Probe
from certmark.runner.events import FAILURES, CaseEnded, Event, GroupEnded
from certmark.runner.journal import Journal
from certmark.runner.run import OnEvent, RunEnd, run_groups
from certmark.runner.suites import InstalledSuite, SuiteKind, environ_for, run_command
from certmark.runner.timings import Timings, learn, of_groups
from certmark.runner.workers import Commands, ForkPool, WorkerPool

Display = AbstractContextManager[OnEvent]
"""Whoever shows a run while it goes on: entered before its first event, left after the last one."""


class PreparedRun(NamedTuple):
    """A run that is ready to go on; nobody else may touch it, or test its cloud."""

    folder: RunFolder
    journal: Journal
    installed: InstalledSuite
    pool: WorkerPool
    workers: int
    """Classes at a time, this time."""
    most_failures: int | None = None
    """It ends after so many; None: it goes on whatever fails."""
    clients: tuple[SignedInAccount, ...] = ()
    """Its users who were signed in before; their tokens may have ended by now."""


def execute(prepared: PreparedRun, hear: OnEvent, listen: Listener) -> RunEnd:
    """Run the groups that the journal says are left; how long they took is kept for the next run.

    Ctrl-C, SIGTERM and SIGHUP let the running tests end; a second one ends them. Raises DiskProblem, SuiteBroken or
    CannotProceed.
    """
    history = prepared.journal.history
    if not history.to_run:
        return RunEnd(0.0, 0, 0)
    remember_secrets_of(str(prepared.folder.path))
    remember_secrets_of_clouds()
    suite = prepared.installed.suite
    learner, failures = _Learner(), _Failures(prepared.most_failures)

    def tell(event: Event) -> None:
        learner.hear(event)
        failures.hear(event)
        hear(event)

    end = run_groups(
        prepared.pool,
        history.to_run,
        prepared.workers,
        prepared.journal,
        tell,
        streams=str(prepared.folder.streams),
        group_timeout=history.record.class_timeout,
        ending="subunit" if suite.results == "subunit" else "xml",
        keeper=_keeper_of(prepared),
        probe=probe_of(prepared.folder, history.asked),
        is_enough=failures.are_enough,
    )
    if end.is_enough and end.left:
        classes = counted(end.left, "class", "classes")
        text = f"the run was ended after {counted(prepared.most_failures or 0, 'failure')}, with {classes} left"
        prepared.journal.circumstance(text, until_resumed=True)
    try:
        learn(suite.name, cache_home(), learner.timings)
    except OSError as error:
        listen(Remark(f"how long classes took was not kept for the next run: {error.strerror}"))
    return end


def probe_of(folder: RunFolder, full_ids: Iterable[str]) -> Probe | None:
    """Asks the services that these tests use whether they are there; None where no cloud is tested."""
    if not folder.conf.exists():
        return None
    from certmark.cloud.discovery.discover import services_of
    from certmark.cloud.errors import CloudError
    from certmark.cloud.probing import ask_services

    services = services_of(split(full).name for full in full_ids)

    def probe() -> str | None:
        try:
            return absence(ask_services(folder.configuration, services))
        except CloudError:
            return None  # nobody to ask as: nothing is known

    return probe


def _keeper_of(prepared: PreparedRun) -> AccountKeeper | None:
    """Who looks after the users of the run; None where the suite makes its own, which it never uses again."""
    folder = prepared.folder
    if not (folder.conf.exists() and folder.accounts.exists()):
        return None
    from certmark.app.run.leftovers import clean_users

    capacity = prepared.journal.history.record.capacity
    return AccountKeeper(folder.configuration, capacity, lambda users: clean_users(folder, users))


def pool_for(installed: InstalledSuite, folder: RunFolder, classes: Iterable[str]) -> WorkerPool:
    """The workers for this kind of suite, getting ready for these classes already. Close it."""
    configuration, log = folder.configuration, str(folder.worker_log)
    env = environ_for(installed, configuration)
    match installed.suite.kind:
        case SuiteKind.UNITTEST:
            pool = ForkPool(str(installed.python), env, str(configuration), log)
            pool.warm_up(classes)
            return pool
        case SuiteKind.COMMAND:
            return Commands(
                lambda tests, results: run_command(installed, configuration, tests, Path(results)),
                env,
                str(installed.suite.folder),
                log,
            )


class _Failures:
    """Counts what failed: tests, class fixtures, classes whose worker died or took too long."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._count = 0

    def hear(self, event: Event) -> None:
        match event:
            case CaseEnded():
                self._count += event.outcome in FAILURES
            case GroupEnded():
                self._count += event.ending in {Ending.DIED, Ending.TIMED_OUT}
            case _:
                pass

    def are_enough(self) -> bool:
        """Whether there are as many as end the run."""
        return self._most is not None and self._count >= self._most


class _Learner:
    """Measures groups that came to their end."""

    def __init__(self) -> None:
        self._tests: dict[str, dict[str, float]] = {}
        self._groups: dict[str, float] = {}

    def hear(self, event: Event) -> None:
        match event:
            case CaseEnded():
                self._tests.setdefault(event.group, {})[event.test] = event.seconds
            case GroupEnded() if event.ending is Ending.ENDED:
                self._groups[event.group] = event.seconds
            case _:
                pass

    @property
    def timings(self) -> Timings:
        """What whole groups took."""
        return of_groups(self._groups, self._tests)
