"""The verdict as JUnit XML, for CI systems: red exactly when the verdict is not pass.

One suite per capability and one case per test of it, as it was counted there: a failed test is a
`failure`; an error in set-up, a test that did not run or was not reported is an `error`; a
skipped, flagged or waived test, or one that the policy sets aside, is `skipped` with the reason.
A capability that is not required never weighs: its misses are `skipped`, and its suite says its
level as a property. The suite `verdict` comes first; its only case passes when the verdict is
pass, fails when it is fail, and is an error when it is incomplete or not applicable, which may be
so without any other red case (a skip leaves a gap).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from certmark.domain.guidelines import Level, RequiredTest
from certmark.domain.identity import class_of, method_of
from certmark.domain.sentences import WORDS, sentence
from certmark.domain.verdict_values import CapabilityVerdict, CountKind, SettledTest, Standing, State, Verdict
from certmark.formats.results.junit.suites import Case, JUnitSuite
from certmark.reporting.text import plain, plain_lines
from certmark.reporting.verdict.failures import OTHER_ALIAS
from certmark.reporting.verdict.wording import request_ids


def suites_of(verdict: Verdict) -> tuple[JUnitSuite, ...]:
    """The verdict as suites of cases."""
    properties = (
        ("guideline", verdict.guideline.id),
        ("guideline.sha256", verdict.guideline.sha256),
        ("policy", verdict.policy.name),
        ("as_of", verdict.as_of.isoformat()),
        ("standing", verdict.standing.value),
    )
    suites = [JUnitSuite("verdict", (_verdict_case(verdict),), properties)]
    for capability in verdict.capabilities:
        about = (("level", capability.level.value), ("standing", capability.standing.value))
        suites.append(JUnitSuite(capability.key, tuple(_cases(verdict, capability)), about))
    return tuple(suites)


def _verdict_case(verdict: Verdict) -> Case:
    kinds = {Standing.PASS: "", Standing.FAIL: "failure"}
    kind = kinds.get(verdict.standing, "error")
    misses = [
        f"{WORDS[capability.standing]} {capability.key}"
        for capability in verdict.capabilities
        if capability.level is Level.REQUIRED and capability.standing in {Standing.FAIL, Standing.INCOMPLETE}
    ]
    return Case(verdict.guideline.id, verdict.program.name, kind, plain(sentence(verdict)), "\n".join(misses), 0.0)


def _cases(verdict: Verdict, capability: CapabilityVerdict) -> Iterator[Case]:
    for test, settled in verdict.tests_of(capability.key):
        counted = verdict.counted_as(capability.key, test)
        kind, message = _element_and_message(test, settled, counted)
        if capability.level is not Level.REQUIRED and kind:
            kind, message = "skipped", f"{capability.level.value}, does not weigh: {message}"
        seconds = settled.attempts[-1].seconds if settled.attempts else None
        yield Case(
            plain(class_of(test.name) or capability.key),
            plain(method_of(test.name)),
            kind,
            plain(message),
            plain_lines(_text(settled)) if kind in {"failure", "error"} else "",
            seconds or 0.0,
        )


def _element_and_message(test: RequiredTest, settled: SettledTest, counted: CountKind) -> tuple[str, str]:
    """The element of a case, and its message."""
    said = f"{settled.state.value}: {settled.reason}" if settled.reason else settled.state.value
    match counted:
        case CountKind.PASSED:
            return "", ""
        case CountKind.FLAGGED:
            return "skipped", f"flagged: {test.flag.reason if test.flag is not None else ''} ({said})"
        case CountKind.WAIVED:
            why = f": {settled.waiver.reason}" if settled.waiver is not None else " with its capability"
            return "skipped", f"waived{why} ({said})"
        case CountKind.IGNORED:
            return "skipped", f"set aside by the policy ({said})"
        case CountKind.ALTERNATIVE:
            beside = "skipped", f"another test of its group {test.any_of} stands for it ({said})"
            return ("", "") if settled.state is State.PASSED else beside
        case CountKind.FAILED | CountKind.MISSING:
            return _missed(settled.state), OTHER_ALIAS if settled.state is State.PASSED else said


def _missed(state: State) -> str:
    match state:
        case State.FAILED | State.PASSED:
            return "failure"
        case State.SKIPPED:
            return "skipped"
        case State.SETUP_ERROR | State.NOT_RUN | State.NOT_REPORTED:
            return "error"
        case _:
            assert_never(state)


def _text(settled: SettledTest) -> str:
    """The end of the traceback, and the ids of the requests."""
    texts = [attempt.detail.text for attempt in settled.attempts if attempt.detail and attempt.detail.text]
    requests = request_ids(settled.attempts)
    return "\n".join((*texts[-1:], *([f"requests: {', '.join(requests)}"] if requests else [])))
