"""The end of a run: judged, put on record, bundled, and compared with what was in its projects before."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import NamedTuple

from certmark.app.files import write_file
from certmark.app.inputs.results import remark_on
from certmark.app.inputs.run_facts import facts_of_folder
from certmark.app.run.execute import Display, PreparedRun, execute
from certmark.app.run.judging import judge_run
from certmark.app.run.leftovers import InventoryAfter, was_clean
from certmark.domain.advice import Words
from certmark.domain.errors import Refusal
from certmark.domain.phrases import count_of, some
from certmark.domain.preflight import ExaminationListener, unwatched
from certmark.domain.programs import slug
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.domain.run_summary import RunSummary
from certmark.domain.verdict_values import State, Verdict
from certmark.evidence.bundle import write_bundle
from certmark.formats.errors import FormatError
from certmark.formats.run_folder import RunFolder
from certmark.formats.run_record import RunRecord
from certmark.reporting.verdict.next_steps import next_steps
from certmark.reporting.verdict.view import VerdictView
from certmark.reporting.views import Form, render
from certmark.runner.folders import reference_of
from certmark.runner.loading import load_run
from certmark.runner.suites import command_by_hand
from certmark.version import __version__

_SHOWN = 3
"""Names in a remark."""


class StoppedRun(NamedTuple):
    """A run that a person stopped; it can go on."""

    reference: str
    """How it is named to whoever shall go on with it."""
    left: int
    """Classes that are still to be run."""


class JudgedRun(NamedTuple):
    """A run with its verdict; reports and bundle lie in its folder."""

    folder: RunFolder
    record: RunRecord
    verdict: Verdict
    unanswered: tuple[str, ...]
    """Full ids that were asked for and never ran."""
    facts: RunSummary
    """What its record and its journal tell of it."""
    others: tuple[Verdict, ...] = ()
    """Those of further programs that the same run was for."""

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """All of them, that of the run's first program first."""
        return (self.verdict, *self.others)


class FinishedRun(NamedTuple):
    """A run that came to its end."""

    judged: JudgedRun
    reference: str
    """How it is named to whoever shall look at it again."""
    is_clean: bool
    """Whether it left nothing in its projects, as far as can be seen."""
    by_hand: tuple[str, ...] = ()
    """The command that runs one of the failed tests by itself; empty where none failed, or it is not known."""


@dataclass(frozen=True, kw_only=True)
class RunListeners:
    """Whoever is told how a run goes; none of them changes what is done."""

    remark: Listener = ignore
    examination: ExaminationListener = unwatched
    """Watches the examination of the cloud before a run."""
    display: Display = field(default_factory=lambda: nullcontext(lambda _: None))
    """Shows the tests while they run."""
    words: Words = str
    """Says what may be done next, for the report."""
    verdict: Callable[[JudgedRun], None] = lambda _: None
    """Is told the verdict at once: to look for what the run left takes a while longer."""
    stopped: Callable[[JudgedRun], None] | None = None
    """Is told what a stopped run would come to as it is; None: nobody asks, and it is not judged."""


def carry_out(preparation: AbstractContextManager[PreparedRun], listeners: RunListeners) -> StoppedRun | FinishedRun:
    """Run what is left of a run and finish it. Raises what `preparation`, `execute` and `finish` raise."""
    with preparation as prepared:
        reference = reference_of(prepared.folder, prepared.journal.history.record.run)
        try:
            with listeners.display as hear:
                end = execute(prepared, hear, listeners.remark)
            if not end.is_whole and not end.is_enough:
                return _stopped(prepared, listeners, end.left)
            after = InventoryAfter(prepared.folder, prepared.clients)
            run = finish(prepared.folder, listeners.remark, listeners.words)
            listeners.verdict(run)
            is_clean = after.keep(reference, listeners.remark)
            return FinishedRun(run, reference, is_clean, _by_hand(prepared, run.verdict))
        except KeyboardInterrupt:
            return _stopped(prepared, listeners, len(prepared.journal.history.to_run))


def _stopped(prepared: PreparedRun, listeners: RunListeners, left: int) -> StoppedRun:
    """Nothing of it is written into the run's folder: a report there would say that it is at its end."""
    if listeners.stopped is not None:
        try:
            listeners.stopped(_judged(prepared.folder, listeners.remark))
        except Refusal as error:
            listeners.remark(Remark(f"what was run is not judged: {error}", is_important=True))
    return StoppedRun(reference_of(prepared.folder, prepared.journal.history.record.run), left)


def _by_hand(prepared: PreparedRun, verdict: Verdict) -> tuple[str, ...]:
    """How a person runs the first failed test by itself."""
    failed = (test for test in verdict.doubtful.values() if test.state is State.FAILED and test.found_as)
    first = next(failed, None)
    if first is None:
        return ()
    return tuple(command_by_hand(prepared.installed, prepared.folder.configuration, first.found_as[0]))


def finished_before(folder: RunFolder, listeners: RunListeners) -> FinishedRun:
    """A run that is at its end, judged once more; nothing in its folder is touched. Raises what `finish` raises."""
    run = _judged(folder, listeners.remark)
    listeners.verdict(run)
    return FinishedRun(run, reference_of(folder, run.record.run), was_clean(folder))


def _judged(folder: RunFolder, listen: Listener) -> JudgedRun:
    loaded = load_run(folder.path)
    verdict, *others = judge_run(folder, loaded, listen)
    facts = facts_of_folder(folder, loaded.history)
    return JudgedRun(folder, loaded.record, verdict, loaded.unanswered, facts, tuple(others))


def finish(folder: RunFolder, listen: Listener, words: Words = str) -> JudgedRun:
    """Judge, compare what was asked with what was answered, write the reports and the bundle. `words` says advice.

    Raises FormatError, ContradictoryResults, InvalidPolicy, TrustError, CannotProceed or OSError.
    """
    run = _judged(folder, listen)
    remark_on(run.verdict.results.evidence, listen)
    if run.unanswered:
        tests = count_of(len(run.unanswered), "test was", "tests were")
        listen(Remark(f"{tests} asked for and never ran: {some(run.unanswered, _SHOWN)}"))
    view = _view(run, run.verdict, words)
    write_file(folder.report, render(view, Form.JSON))
    write_file(folder.page, render(view, Form.HTML))
    for other in run.others:
        view = _view(run, other, words)
        for form, ending in ((Form.JSON, "json"), (Form.HTML, "html")):
            write_file(folder.path / f"report-{slug(other.program)}.{ending}", render(view, form))
    _bundle(folder, listen)
    return run


def _view(run: JudgedRun, verdict: Verdict, words: Words) -> VerdictView:
    is_part = run.record.selection.expression is not None
    steps = next_steps([verdict], reference_of(run.folder, run.record.run), is_part=is_part)
    return VerdictView(
        verdict,
        evaluator=__version__,
        runs=(run.facts,),
        steps=[words(advice) for advice in steps],
    )


def _bundle(folder: RunFolder, listen: Listener) -> None:
    """A verdict does not wait for a bundle: one that cannot be written is said, and can be made later."""
    try:
        write_bundle(folder.path, folder.bundle)
    except (FormatError, OSError) as error:
        advice = error.advice if isinstance(error, FormatError) else None
        listen(Remark(f"no evidence bundle was written: {error}", advice, is_important=True))
