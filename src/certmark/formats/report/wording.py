"""A verdict in words: the one sentence, and the words that every form of the report shares."""

from __future__ import annotations

from certmark.domain.guidelines import Level
from certmark.domain.identity import fixture_of
from certmark.domain.policies import STRICT
from certmark.domain.results import Attempt
from certmark.domain.rulings import CapabilityVerdict, Settled, Standing, Verdict, WaiverUse
from certmark.formats.report.blocks import Tone

WORDS = {
    Standing.PASS: "PASS",
    Standing.INCOMPLETE: "INCOMPLETE",
    Standing.FAIL: "FAIL",
    Standing.NOT_JUDGED: "NOT JUDGED",
    Standing.NOT_APPLICABLE: "NOT APPLICABLE",
}

TONES = {
    Standing.PASS: Tone.GOOD,
    Standing.INCOMPLETE: Tone.GAP,
    Standing.FAIL: Tone.BAD,
    Standing.NOT_JUDGED: Tone.QUIET,
    Standing.NOT_APPLICABLE: Tone.GAP,
}

WORST_FIRST = (Standing.FAIL, Standing.INCOMPLETE, Standing.NOT_JUDGED, Standing.NOT_APPLICABLE, Standing.PASS)


def number(count: int, noun: str, plural: str = "") -> str:
    """`1 test`, `2 tests`."""
    return f"{count} {noun}" if count == 1 else f"{count} {plural or noun + 's'}"


def sentence(verdict: Verdict) -> str:
    """The verdict in one sentence."""
    head = f"{verdict.program.name} under guideline {verdict.guideline.id}: {_word(verdict)}"
    parts = [head, _capabilities(verdict), *_tests(verdict), *_circumstances(verdict)]
    return "; ".join(part for part in parts if part) + "."


def _word(verdict: Verdict) -> str:
    """What it came to; a pass that needed waivers says so at once."""
    word = WORDS[verdict.standing]
    used = _used(verdict)
    return f"{word} with {number(used, 'waiver')}" if used and verdict.standing is Standing.PASS else word


def _used(verdict: Verdict) -> int:
    return sum(record.use is WaiverUse.USED for record in verdict.waivers)


def at_level(verdict: Verdict, level: Level) -> list[CapabilityVerdict]:
    """The capabilities of one level, worst first, else in the order of the document."""
    found = [capability for capability in verdict.capabilities if capability.level is level]
    return sorted(found, key=lambda capability: WORST_FIRST.index(capability.standing))


def _capabilities(verdict: Verdict) -> str:
    standings = [capability.standing for capability in verdict.capabilities if capability.level is Level.REQUIRED]
    if not standings:
        return "it requires no capability"
    count = {standing: standings.count(standing) for standing in set(standings)}
    failed, incomplete = count.get(Standing.FAIL, 0), count.get(Standing.INCOMPLETE, 0)
    required = f"of {number(len(standings), 'required capability', 'required capabilities')}"
    if failed:
        rest = f", {number(incomplete, 'is', 'are')} incomplete" if incomplete else ""
        return f"{failed} {required} failed{rest}"
    if incomplete:
        return f"{incomplete} {required} {_are(incomplete)} incomplete"
    unjudged = count.get(Standing.NOT_JUDGED, 0)
    rest = f", {unjudged} with nothing to count" if unjudged else ""
    return f"{count.get(Standing.PASS, 0)} {required} passed{rest}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _tests(verdict: Verdict) -> list[str]:
    totals = verdict.totals
    said = f"{totals.passed} of {number(totals.counted, 'counted test')} passed"
    if totals.failed:
        said += f", {totals.failed} failed"
    if totals.missing:
        said += f", {totals.missing} left a gap"
    aside = [
        f"{count} {word}"
        for count, word in ((totals.flagged, "flagged"), (totals.waived, "waived"), (totals.ignored, "set aside"))
        if count
    ]
    return [said, f"not counted: {', '.join(aside)}"] if aside else [said]


def _circumstances(verdict: Verdict) -> list[str]:
    used = 0 if verdict.standing is Standing.PASS else _used(verdict)
    missing = ", ".join(verdict.demand.missing_components)
    said = (
        (f"with {number(used, 'waiver')}", used),
        (f"under the policy {verdict.policy.name}", verdict.policy != STRICT),
        (f"the guideline does not define {missing}", missing),
        ("the evidence names passed tests only", verdict.results.passes_only),
        ("the evidence stops in the middle", verdict.results.truncated),
    )
    return [words for words, holds in said if holds]


def request_ids(attempts: tuple[Attempt, ...]) -> tuple[str, ...]:
    """The ids of the requests that the attempts tell of, each once: what an operator greps the logs for."""
    found = (request.request_id for attempt in attempts if attempt.detail for request in attempt.detail.requests)
    return tuple(dict.fromkeys(request_id for request_id in found if request_id))


def several_attempts(settled: Settled) -> tuple[Attempt, ...]:
    """The attempts at the test itself, where there are several; else none."""
    own = tuple(attempt for attempt in settled.attempts if fixture_of(attempt.name) is None)
    names = [attempt.name for attempt in own]
    return own if len(names) > len(set(names)) else ()
