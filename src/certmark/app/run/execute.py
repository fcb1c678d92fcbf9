"""The part of a run that `run`, `resume` and `rerun` share: run what the journal says is left, judge, put on record."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from certmark.app.files import write_file
from certmark.app.inputs.guidelines import hosts_of, policy_of
from certmark.app.inputs.results import remark_on
from certmark.app.inputs.waivers import waivers_of
from certmark.cli.console import Console
from certmark.cli.display import write as write_view
from certmark.cli.errors import listener
from certmark.cli.exits import OF_VERDICT, Exit
from certmark.cli.outputs import outputs_of
from certmark.domain.errors import CannotProceed
from certmark.domain.programs import find_program
from certmark.domain.verdict_values import Verdict
from certmark.domain.verdicts import judge
from certmark.formats.errors import FormatError
from certmark.formats.guideline import load
from certmark.places import cache_home
from certmark.reporting.progress.run import display_for
from certmark.reporting.verdict.view import VerdictView
from certmark.reporting.views import Form, render
from certmark.runner.accounts import free_accounts
from certmark.runner.events import CaseEnded, Ending, Event, GroupEnded
from certmark.runner.folders import CONFIGURATION, GUIDELINE
from certmark.runner.journal import Journal, RunHistory
from certmark.runner.loading import STREAMS, LoadedRun, load_run
from certmark.runner.locks import LockHeld
from certmark.runner.run import RunEnd, run_groups
from certmark.runner.suites import InstalledSuite, SuiteError, SuiteKind, environ_for, run_command
from certmark.runner.timings import Timings, learn, of_groups
from certmark.runner.workers import Commands, DiskProblem, ForkPool, SuiteBroken, WorkerPool
from certmark.version import __version__


class Going(NamedTuple):
    """A run that is ready to go on."""

    folder: str
    journal: Journal
    installed: InstalledSuite
    crew: WorkerPool
    workers: int
    """Classes at a time, this time."""


@contextmanager
def environment_problems() -> Iterator[None]:
    """What the cloud, the suite or this machine refuses, as one sentence with its exit status."""
    from certmark.cloud.errors import CloudError

    try:
        yield
    except (SuiteError, SuiteBroken, DiskProblem, LockHeld, CloudError) as error:
        raise CannotProceed(str(error), getattr(error, "advice", None)) from error


def carry_out(going: Going, args: argparse.Namespace, console: Console) -> int:
    """Run what is left, and finish. Raises what the rooms below raise."""
    outputs_of(args.format, args.output)  # a bad -o is said before the run, not after it
    header = going.journal.record.header
    end = _run(going, args, console)
    if end is not None and not end.is_whole:
        left = "1 class is left" if end.left == 1 else f"{end.left} classes are left"
        console.refuse(f"stopped, {left}; go on with: certmark resume {_reference(going.folder, header.run)}")
        return Exit.INTERRUPTED
    return finish(going, args, console)


def _reference(folder: str, run: str) -> str:
    """How a person names the run: by its id where it lies among the others, else by its folder."""
    return run if os.path.basename(folder) == run else os.path.relpath(folder)


def _run(going: Going, args: argparse.Namespace, console: Console) -> RunEnd | None:
    record = going.journal.record
    groups = record.to_run
    if not groups:
        return None
    configuration = os.path.join(going.folder, CONFIGURATION)
    suite = going.installed.suite
    learner = _Learner()
    limit = record.header.details.get("class_timeout")
    with display_for(console, events=args.events) as display:

        def hear(event: Event) -> None:
            learner.hear(event)
            display(event)

        end = run_groups(
            going.crew,
            groups,
            going.workers,
            going.journal,
            hear,
            streams=os.path.join(going.folder, STREAMS),
            group_timeout=float(limit) if isinstance(limit, int | float) else None,
            ending="subunit" if suite.results == "subunit" else "xml",
            after_crash=lambda group: free_accounts(configuration, group),
        )
    _keep_timings(suite.name, learner.timings, console)
    return end


def crew_of(installed: InstalledSuite, folder: str, classes: Iterable[str]) -> WorkerPool:
    """Whoever runs this kind of suite, getting ready for these classes already. Close it."""
    configuration = Path(folder, CONFIGURATION)
    env = environ_for(installed, configuration)
    log = os.path.join(folder, "worker.log")
    match installed.suite.kind:
        case SuiteKind.UNITTEST:
            crew = ForkPool(str(installed.python), env, str(configuration), log)
            crew.warm_up(classes)
            return crew
        case SuiteKind.COMMAND:
            return Commands(
                lambda tests, results: run_command(installed, configuration, tests, Path(results)),
                env,
                str(installed.suite.folder),
                log,
            )


class _Learner:
    """Measures groups that came to their end."""

    def __init__(self) -> None:
        self._tests: dict[str, dict[str, float]] = {}
        self._groups: dict[str, float] = {}

    def hear(self, event: Event) -> None:
        """Keep times."""
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


def _keep_timings(suite: str, timings: Timings, console: Console) -> None:
    try:
        learn(suite, str(cache_home()), timings)
    except OSError as error:
        console.remark(f"how long classes took was not kept for the next run: {error.strerror}")


def finish(going: Going, args: argparse.Namespace, console: Console) -> int:
    """Judge, compare what was asked with what was answered, write the reports and the bundle."""
    loaded = load_run(going.folder)
    verdict = judge_run(going.folder, loaded, console)
    remark_on(verdict.results.evidence, listener(console))
    _remark_unanswered(loaded, console)
    view = VerdictView(verdict, evaluator=__version__, full=args.full)
    for form, name in ((Form.JSON, "report.json"), (Form.HTML, "report.html")):
        write_file(os.path.join(going.folder, name), render(view, form))
    _bundle(going.folder, console)
    if args.events == "json":
        _last_event(verdict, loaded, going.folder, console)
        outputs = [output for output in outputs_of(args.format, args.output) if output.path is not None]
    else:
        outputs = outputs_of(args.format, args.output)
    write_view(view, outputs, console)
    console.remark(f"everything is in {_shown(going.folder)}")
    from certmark.app.run.leftovers import tell_leftovers

    is_clean = tell_leftovers(going.folder, _reference(going.folder, loaded.header.run), console)
    if getattr(args, "fail_on_leftovers", False) and not is_clean:
        return Exit.FAIL
    return OF_VERDICT[verdict.standing]


def judge_run(folder: str, loaded: LoadedRun, console: Console) -> Verdict:
    """The verdict on a run, with the guideline, policy and waivers that it began with."""
    details = loaded.header.details
    path = os.path.join(folder, GUIDELINE, str(details["guideline_file"]))
    guideline = load(path)
    program = find_program(guideline, loaded.header.program)
    return judge(
        guideline,
        program,
        loaded.results,
        waivers_of(_inside(folder, details, "waivers_file"), _inside(folder, details, "waiver_signers_file")),
        as_of=dt.datetime.now(dt.UTC).date(),
        policy=policy_of(_inside(folder, details, "policy_file") or _text(details, "policy")),
        hosts=hosts_of(program, path, listen=listener(console)),
    )


def _inside(folder: str, details: Mapping[str, object], key: str) -> str | None:
    name = _text(details, key)
    return None if name is None else os.path.join(folder, GUIDELINE, name)


def _text(details: Mapping[str, object], key: str) -> str | None:
    value = details.get(key)
    return None if value is None else str(value)


def _remark_unanswered(loaded: LoadedRun, console: Console) -> None:
    if not loaded.unanswered:
        return
    shown = ", ".join(loaded.unanswered[:3]) + (" …" if len(loaded.unanswered) > 3 else "")
    count = len(loaded.unanswered)
    what = "1 test was asked for and never ran" if count == 1 else f"{count} tests were asked for and never ran"
    console.remark(f"{what}: {shown}")


def _bundle(folder: str, console: Console) -> None:
    """A verdict does not wait for a bundle: one that cannot be written is said, and can be made later."""
    from certmark.evidence.bundle import write_bundle

    try:
        write_bundle(folder)
    except (FormatError, OSError) as error:
        console.refuse(f"no evidence bundle was written: {error}")


def _last_event(verdict: Verdict, loaded: LoadedRun, folder: str, console: Console) -> None:
    words = {
        "event": "verdict",
        "run": loaded.header.run,
        "program": loaded.header.program,
        "standing": verdict.standing.value,
        "unanswered": list(loaded.unanswered),
        "missing": list(loaded.header.missing),
        "folder": folder,
    }
    console.data(json.dumps(words) + "\n")


def _shown(folder: str) -> str:
    home = os.path.expanduser("~")
    return "~" + folder[len(home) :] if folder.startswith(home + os.sep) else folder


def record_of(folder: str) -> RunHistory:
    """What the journal in `folder` says."""
    return Journal.read(folder)
