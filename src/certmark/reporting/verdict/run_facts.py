"""The run behind a verdict in words: which cloud, when, with what, how often it was tried again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certmark.domain.phrases import count_of, counted, duration
from certmark.domain.results import Outcome
from certmark.domain.run_summary import RunSummary
from certmark.domain.verdict_values import SettledTest, State, Verdict
from certmark.reporting.verdict.durations import Durations, moment
from certmark.reporting.verdict.wording import several_attempts


def fact_rows(runs: Sequence[RunSummary], times: Durations) -> Iterator[tuple[str, str]]:
    """What a reader must know to tell two reports apart: a word and what it is."""
    for run in runs:
        address, _, region = run.cloud.partition(" ")
        if address or not run.identity:
            yield "Cloud", address or "not recorded"
        if region:
            yield "Region", region
        if run.identity:
            yield "Identity of the cloud", run.identity
        yield "Run", run.run
        if run.suite:
            yield "Suite", f"{run.suite} {run.version}".strip()
        if run.workers:
            yield "Workers", f"{count_of(run.workers, 'class', 'classes')} at a time"
        if run.selection:
            yield "Only a part was run", run.selection
        yield "Signature", "one lies beside it (not checked here)" if run.is_signed else "unsigned"
        if run.sessions:
            yield "Gone on with", count_of(run.sessions, "time", "times")
        if run.killed:
            yield "Ended by force", count_of(len(run.killed), "class", "classes")
    yield from _time_rows(times)


def _time_rows(times: Durations) -> Iterator[tuple[str, str]]:
    if times.began is not None and times.ended is not None and moment(times.began) and moment(times.ended):
        yield "Tests began", moment(times.began)
        yield "Tests ended", f"{moment(times.ended)}, after {duration(times.span or 0)}"
    elif times.seconds:
        yield "All tests together", duration(times.seconds)


def head_lines(runs: Sequence[RunSummary], times: Durations) -> Iterator[str]:
    """The same for text and Markdown: a line for each run; none for results without a run."""
    for run in runs:
        parts = [f"Run {run.run}", f"cloud {run.cloud}" if run.cloud else "", f"{run.suite} {run.version}".strip()]
        if times.began is not None and times.span is not None and len(runs) == 1:
            parts.append(f"{moment(times.began)}, {duration(times.span)}")
        parts += [count_of(run.workers, "class at a time", "classes at a time")] if run.workers else []
        parts.append("signature beside it" if run.is_signed else "unsigned")
        yield "; ".join(part for part in parts if part)


def again(verdict: Verdict) -> list[SettledTest]:
    """Tests of the program that were tried several times."""
    return [settled for settled in verdict.doubtful.values() if several_attempts(settled)]


def again_words(verdict: Verdict) -> str:
    """`3 tests passed on a later attempt`; empty where nothing was tried again."""
    repeated = again(verdict)
    late = sum(settled.state is State.PASSED and _did_not_pass_once(settled) for settled in repeated)
    if not repeated:
        return ""
    passed = f"{counted(late, 'test')} passed only on a later attempt" if late else ""
    others = len(repeated) - late
    rest = f"{counted(others, 'more test' if late else 'test')} {'was' if others == 1 else 'were'} tried several times"
    return "; ".join(part for part in (passed, rest if others else "") if part)


def _did_not_pass_once(settled: SettledTest) -> bool:
    return several_attempts(settled)[0].outcome is not Outcome.PASSED
