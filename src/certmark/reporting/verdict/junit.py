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

from collections.abc import Iterable, Iterator
from typing import NamedTuple, assert_never

from certmark.domain.guidelines import Level, RequiredTest
from certmark.domain.identity import class_of, method_of
from certmark.domain.sentences import WORDS, sentence
from certmark.domain.verdict_values import CapabilityVerdict, Counted, SettledTest, Standing, State, Verdict
from certmark.reporting.plain import plain, plain_lines
from certmark.reporting.verdict.failures import OTHER_ALIAS
from certmark.reporting.verdict.wording import request_ids


class _Case(NamedTuple):
    classname: str
    name: str
    seconds: float
    kind: str
    """`failure`, `error`, `skipped`, or empty for a pass."""
    message: str
    text: str


_Suite = tuple[str, tuple[tuple[str, str], ...], list[_Case]]
"""Name, properties, cases."""


def render_junit(verdict: Verdict) -> bytes:
    """The verdict as a JUnit XML document, in UTF-8."""
    properties = (
        ("guideline", verdict.guideline.id),
        ("guideline.sha256", verdict.guideline.sha256),
        ("policy", verdict.policy.name),
        ("as_of", verdict.as_of.isoformat()),
        ("standing", verdict.standing.value),
    )
    suites: list[_Suite] = [("verdict", properties, [_verdict_case(verdict)])]
    for capability in verdict.capabilities:
        about = (("level", capability.level.value), ("standing", capability.standing.value))
        suites.append((capability.key, about, list(_cases(verdict, capability))))
    everything = [case for _, _, cases in suites for case in cases]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites{_attributes(name=verdict.program.name, **_counts(everything))}>",
        *(line for name, about, cases in suites for line in _suite(name, about, cases)),
        "</testsuites>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _verdict_case(verdict: Verdict) -> _Case:
    kinds = {Standing.PASS: "", Standing.FAIL: "failure"}
    kind = kinds.get(verdict.standing, "error")
    misses = [
        f"{WORDS[capability.standing]} {capability.key}"
        for capability in verdict.capabilities
        if capability.level is Level.REQUIRED and capability.standing in {Standing.FAIL, Standing.INCOMPLETE}
    ]
    return _Case(verdict.guideline.id, verdict.program.name, 0.0, kind, sentence(verdict), "\n".join(misses))


def _cases(verdict: Verdict, capability: CapabilityVerdict) -> Iterator[_Case]:
    for test, settled in verdict.tests_of(capability.key):
        counted = verdict.counted_as(capability.key, test)
        kind, message = _told(test, settled, counted)
        if capability.level is not Level.REQUIRED and kind:
            kind, message = "skipped", f"{capability.level.value}, does not weigh: {message}"
        seconds = settled.attempts[-1].seconds if settled.attempts else None
        yield _Case(
            class_of(test.name) or capability.key,
            method_of(test.name),
            seconds or 0.0,
            kind,
            message,
            _text(settled) if kind in {"failure", "error"} else "",
        )


def _told(test: RequiredTest, settled: SettledTest, counted: Counted) -> tuple[str, str]:
    """The element of a case, and its message."""
    said = f"{settled.state.value}: {settled.reason}" if settled.reason else settled.state.value
    match counted:
        case Counted.PASSED:
            return "", ""
        case Counted.FLAGGED:
            return "skipped", f"flagged: {test.flag.reason if test.flag is not None else ''} ({said})"
        case Counted.WAIVED:
            why = f": {settled.waiver.reason}" if settled.waiver is not None else " with its capability"
            return "skipped", f"waived{why} ({said})"
        case Counted.IGNORED:
            return "skipped", f"set aside by the policy ({said})"
        case Counted.FAILED | Counted.MISSING:
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


def _suite(name: str, properties: Iterable[tuple[str, str]], cases: list[_Case]) -> Iterator[str]:
    yield f"  <testsuite{_attributes(name=name, **_counts(cases))}>"
    yield "    <properties>"
    for key, value in properties:
        yield f"      <property{_attributes(name=key, value=value)}/>"
    yield "    </properties>"
    for case in cases:
        yield _case(case)
    yield "  </testsuite>"


def _case(case: _Case) -> str:
    opening = f"    <testcase{_attributes(classname=case.classname, name=case.name, time=f'{case.seconds:.3f}')}"
    if not case.kind:
        return f"{opening}/>"
    message = _attributes(message=case.message)
    inner = f"<{case.kind}{message}>{_escaped(plain_lines(case.text))}</{case.kind}>"
    return f"{opening}>{inner if case.text else f'<{case.kind}{message}/>'}</testcase>"


def _counts(cases: list[_Case]) -> dict[str, str]:
    kinds = [case.kind for case in cases]
    return {
        "tests": str(len(cases)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
        "time": f"{sum(case.seconds for case in cases):.3f}",
    }


def _attributes(**values: str) -> str:
    return "".join(f' {name}="{_escaped(plain(value))}"' for name, value in values.items())


def _escaped(text: str) -> str:
    """`text` in XML; what XML cannot say at all, `plain` has already replaced."""
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(sign, entity)
    return text
