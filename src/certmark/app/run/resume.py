"""The work of `certmark resume` and `certmark rerun`: an existing run goes on, or does some of its tests again."""

from __future__ import annotations

import argparse
import os
from contextlib import ExitStack
from pathlib import Path

from certmark.app.inputs.suites import installed_again
from certmark.app.run.execute import Going, carry_out, crew_of, environment_problems
from certmark.app.run.leftovers import clean_up_killed
from certmark.cli.console import Console
from certmark.cli.errors import listener
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.reruns import to_rerun
from certmark.places import cache_home, state_home
from certmark.runner.accounts import free_all_accounts, has_marks, set_aside
from certmark.runner.folders import CONFIGURATION, find_run
from certmark.runner.journal import Header, Journal
from certmark.runner.loading import load_run
from certmark.runner.locks import cloud_lock, locked
from certmark.runner.plan import plan_groups
from certmark.runner.timings import load_timings


def resume_run(args: argparse.Namespace, console: Console) -> int:
    """Go on with a run."""
    return _go_on(find_run(args.run), args, console, again=False)


def rerun_failed(args: argparse.Namespace, console: Console) -> int:
    """Run what did not pass again, in the same run."""
    return _go_on(find_run(args.run), args, console, again=True)


def _go_on(folder: str, args: argparse.Namespace, console: Console, *, again: bool) -> int:
    header = Journal.read(folder).header
    with ExitStack() as stack, environment_problems():
        for path, what in (
            (os.path.join(folder, "lock"), f"run {header.run}"),
            (cloud_lock(str(state_home()), header.cloud), f"the cloud {header.cloud}"),
        ):
            gone = stack.enter_context(locked(path, what))
            if gone:
                console.remark(gone)
        installed = installed_again(header, listener(console))
        if installed.version != header.suite_version:
            raise CannotProceed(
                f"the run began with {header.suite} {header.suite_version}, and {installed.version} is here now; "
                "begin a new run"
            )
        configuration = os.path.join(folder, CONFIGURATION)
        if has_marks(configuration) and not args.keep_leftovers and clean_up_killed(folder, console):
            free_all_accounts(configuration)
        workers, aside = set_aside(configuration, header.workers, _capacity(header))
        if aside:
            console.remark(
                f"{aside} users that killed classes held are left alone, for their projects may not be empty; "
                f"{workers} at a time"
            )
        journal = Journal.open(folder)
        stack.callback(journal.close)
        if again:
            _plan_again(folder, journal, header, args, console)
        crew = crew_of(installed, folder, [group.name for group in journal.record.to_run])
        stack.callback(crew.close)
        return carry_out(Going(folder, journal, installed, crew, workers), args, console)


def _capacity(header: Header) -> int | None:
    """How many classes at a time the accounts were enough for when the run began; None in older journals."""
    known = header.details.get("capacity")
    return known if isinstance(known, int) else None


def _plan_again(folder: str, journal: Journal, header: Header, args: argparse.Namespace, console: Console) -> None:
    """A new round of what did not pass; classes that were never finished belong to the round before."""
    if journal.record.to_run:
        raise InvalidRequest(f"run {header.run} is not finished; go on with certmark resume first")
    loaded = load_run(folder, digest=False)
    tests = list(to_rerun(loaded.record.asked, loaded.results, skipped=args.skipped))
    if not tests:
        console.remark("every test passed; there is nothing to run again")
        return
    journal.plan(plan_groups(tests, load_timings(header.suite, str(cache_home()))))


def suite_folder(folder: str) -> Path:
    """The folder of a run's configuration."""
    return Path(folder, CONFIGURATION)
