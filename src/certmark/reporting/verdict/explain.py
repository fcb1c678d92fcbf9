"""How one test was found and counted, for `certmark judge --explain`."""

from __future__ import annotations

import datetime as dt

from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Level
from certmark.domain.identity import bare_uuid, fixture_of
from certmark.domain.matching import FoundResult
from certmark.domain.missing_tests import near_names
from certmark.domain.policies import AttemptRule, Effect
from certmark.domain.programs import AskedTest
from certmark.domain.results import Attempt, Request
from certmark.domain.suggestions import did_you_mean
from certmark.domain.verdict_values import CountKind, Doubt, SettledTest, Verdict
from certmark.reporting.text import plain_lines
from certmark.reporting.verdict.wording import attempt_words

_MOST = 20


def explain(verdict: Verdict, wanted: str) -> str:
    """The story of each test that `wanted` names: a name, an id, an alias or a part of a name.

    Raises InvalidRequest if the program asks for no such test, or for more than twenty.
    """
    tests = _matching(verdict, wanted)
    if not tests:
        meant = did_you_mean(wanted, _names(verdict, wanted))
        raise InvalidRequest(f'"{verdict.program.name}" of {verdict.guideline.id} asks for no test {wanted!r}{meant}')
    if len(tests) > _MOST:
        raise InvalidRequest(f"{wanted!r} fits {len(tests)} tests; give more of the name")
    return plain_lines("\n".join("\n".join(_story(verdict, test)) for test in tests))


def _matching(verdict: Verdict, wanted: str) -> list[AskedTest]:
    tests = list(verdict.demand.tests.values())
    uuid = bare_uuid(wanted)
    exact = [test for test in tests if wanted == test.name or wanted in test.aliases or (uuid and uuid == test.uuid)]
    return exact or [test for test in tests if wanted in test.name]


def _names(verdict: Verdict, wanted: str) -> list[str]:
    """What a person may have meant: whole names, or their last words where `wanted` has no dot."""
    names = verdict.demand.tests
    return list(names) if "." in wanted else [name.rpartition(".")[2] for name in names]


def _story(verdict: Verdict, test: AskedTest) -> list[str]:
    settled = verdict.settled(test.name)
    return [
        test.name,
        *(f"  {line}" for line in _demand_lines(verdict, test)),
        f"  {_how_found(settled)}",
        *(f"  a name that is nearly its own: {name}" for name in near_names(verdict).get(test.name, ())),
        *(f"  {line}" for line in _attempts(verdict, settled)),
        *(f"  {line}" for line in _counted(verdict, settled)),
    ]


def _demand_lines(verdict: Verdict, test: AskedTest) -> list[str]:
    levels = {asked.key: asked.level for asked in verdict.demand.capabilities}
    lines = [f"asked for by {key} ({levels[key].value})" for key, _ in test.entries]
    lines.append(f"known by the id {test.uuid}" if test.uuid is not None else "known by its name only")
    if test.aliases:
        lines.append(f"also called {', '.join(test.aliases)}")
    return lines


def _how_found(settled: SettledTest) -> str:
    names = ", ".join(settled.found_as)
    if settled.problem and not names:
        return f"not found: {settled.problem}"
    match settled.found:
        case FoundResult.ID:
            return _found_by_id(settled, names)
        case FoundResult.NAME:
            return "found by its name"
        case FoundResult.ALIAS:
            return f"found by an alias: {names}"
        case FoundResult.CLASS:
            return f"no entry of its own; its class has one: {settled.attempts[-1].name}"
        case FoundResult.CONTRADICTION | FoundResult.NOWHERE:
            return "found nowhere: neither its id, nor its name, nor an alias"


def _found_by_id(settled: SettledTest, names: str) -> str:
    if len(settled.found_as) > 1:
        return f"found by its id, which leads to several results of other names; the worst counts: {names}"
    return "found by its id" + (f", under another name: {names}" if settled.renamed else " and name")


def _attempts(verdict: Verdict, settled: SettledTest) -> list[str]:
    lines, number, counted = [], 0, ""
    for attempt in settled.attempts:
        if fixture_of(attempt.name) is not None:
            name = f"{attempt.name}, for which nothing ran"
        else:
            number += 1
            name = f"attempt {number}"
        if attempt is settled.decisive:
            counted = name
        lines.append(f"{name}: {_attempt(attempt)}")
    if len(lines) > 1 and counted:
        lines.append(f"of these counts {counted}: {_why(verdict, settled)} (policy {verdict.policy.name})")
    return lines


def _why(verdict: Verdict, settled: SettledTest) -> str:
    match settled.doubt:
        case Doubt.ORDER:
            return "the worst, since nothing records their order"
        case Doubt.PLACES:
            return "the worst, since they ran in different places"
        case None:
            rule = verdict.policy.attempts
            last = {AttemptRule.LAST: "the last that ran", AttemptRule.FIRST: "the first that ran"}
            return last.get(rule, f"the {rule.value}")


def _attempt(attempt: Attempt) -> str:
    words = [attempt_words(attempt)]
    if attempt.seconds is not None:
        words.append(f"after {attempt.seconds:.2f} s")
    if attempt.started is not None:
        started = dt.datetime.fromtimestamp(attempt.started // 10**9, dt.UTC)
        words.append(f"begun {started:%Y-%m-%d %H:%M:%S} UTC")
    if attempt.worker is not None:
        words.append(f"on {attempt.worker}")
    requests = [request.request_id for request in _requests(attempt) if request.request_id]
    return (
        ", ".join(words)
        + (f": {attempt.reason}" if attempt.reason else "")
        + (f" (requests {', '.join(requests)})" if requests else "")
    )


def _requests(attempt: Attempt) -> tuple[Request, ...]:
    return attempt.detail.requests if attempt.detail is not None else ()


def _counted(verdict: Verdict, settled: SettledTest) -> list[str]:
    lines = [f"state: {settled.state.value}" + (f" ({settled.reason})" if settled.reason else "")]
    for key, entry in settled.test.entries:
        if entry.flag is not None:
            lines.append(f"not counted in {key}: flagged, {entry.flag.reason}")
        elif verdict.counted_as(key, entry) is CountKind.ALTERNATIVE:
            lines.append(f"not counted in {key}: another test of its group {entry.any_of} stands for it")
        elif settled.effect is not None and _waived(verdict, settled, key):
            lines.append(f"not counted in {key}: {_waived(verdict, settled, key)}")
        else:
            lines.append(f"{_effect(verdict, settled)} {key}{_weight(verdict, key)}")
    return lines


def _waived(verdict: Verdict, settled: SettledTest, key: str) -> str:
    for record in verdict.waivers:
        if settled.test.name in record.tests and record.waiver.target == key:
            return f"capability waived by {record.waiver.grantor} until {record.waiver.expires}"
    waiver = settled.waiver
    return "" if waiver is None else f"waived by {waiver.grantor} until {waiver.expires}: {waiver.reason}"


def _effect(verdict: Verdict, settled: SettledTest) -> str:
    match settled.effect:
        case None:
            return "counted as passed in"
        case Effect.FAIL:
            return "counted; it fails"
        case Effect.INCOMPLETE:
            return "counted; it leaves a gap in"
        case Effect.IGNORED:
            return f"not counted (policy {verdict.policy.name}) in"


def _weight(verdict: Verdict, key: str) -> str:
    asked = next(asked for asked in verdict.demand.capabilities if asked.key == key)
    return "" if asked.level is Level.REQUIRED else f", which is {asked.level.value} and never weighs"
