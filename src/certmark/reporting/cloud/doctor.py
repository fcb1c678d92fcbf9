"""What the doctor says: as blocks for people, as JSON for machines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from certmark.domain.advice import Advice
from certmark.domain.health import CloudFinding, Health, HealthLevel
from certmark.reporting.blocks import Block, Group, Heading, Item, Sentence, Tone

FORMAT = "certmark-doctor"
_TITLES = {
    HealthLevel.FATAL: ("would make a run fail", Tone.BAD),
    HealthLevel.WARNING: ("may make tests fail", Tone.GAP),
    HealthLevel.NOTE: ("to know", Tone.QUIET),
    HealthLevel.OK: ("well", Tone.GOOD),
}


Advise = Callable[[Advice], str]
"""How an advice is said to the reader."""


def document_of(health: Health, advise: Advise = str, **about: Any) -> dict[str, Any]:
    """The health as one object; `about` says of what."""
    return {
        "format": FORMAT,
        "version": 1,
        **about,
        "fatal": health.is_fatal,
        "counts": {severity.value: len(health.of(severity)) for severity in HealthLevel},
        "calls": health.calls,
        "seconds": round(health.seconds, 2),
        "findings": [_object(finding, advise) for finding in health.findings],
    }


def _object(finding: CloudFinding, advise: Advise) -> dict[str, Any]:
    found = {**finding._asdict(), "severity": finding.severity.value, "mend": finding.remedy(advise)}
    del found["advice"]  # said in `mend`
    return found


def blocks_of(health: Health, what: str, *, full: bool, advise: Advise = str) -> list[Block]:
    """For people: the sum first, then the worst; what is well in one line unless `full`."""
    blocks: list[Block] = [Heading(what), Sentence(summary(health), Tone.BAD if health.is_fatal else Tone.GOOD)]
    for severity in (HealthLevel.FATAL, HealthLevel.WARNING, HealthLevel.NOTE, *([HealthLevel.OK] if full else [])):
        title, tone = _TITLES[severity]
        blocks += _groups(health.of(severity), title, tone, advise)
    if not full and (well := health.of(HealthLevel.OK)):
        subjects = ", ".join(dict.fromkeys(finding.subject for finding in well))
        blocks.append(Sentence(f"well: {subjects}", Tone.GOOD))
    return blocks


def summary(health: Health) -> str:
    """The sum, in a sentence."""
    fatal, warnings = len(health.of(HealthLevel.FATAL)), len(health.of(HealthLevel.WARNING))
    calls = f"{health.calls} calls in {health.seconds:.1f} s"
    if not health.findings:
        return "nothing could be looked at"
    if not fatal and not warnings:
        return f"nothing speaks against a run ({calls})"
    parts = [f"{_things(fatal)} would make a run fail" if fatal else "nothing fatal"]
    if warnings:
        parts.append("1 warning" if warnings == 1 else f"{warnings} warnings")
    return f"{', '.join(parts)} ({calls})"


def _things(count: int) -> str:
    return "1 thing" if count == 1 else f"{count} things"


def _groups(findings: Sequence[CloudFinding], title: str, tone: Tone, advise: Advise) -> Iterable[Group]:
    for subject in dict.fromkeys(finding.subject for finding in findings):
        mine = [finding for finding in findings if finding.subject == subject]
        yield Group(f"{subject}: {title}", tuple(_item(finding, advise) for finding in mine), tone)


def _item(finding: CloudFinding, advise: Advise) -> Item:
    return Item(f"{finding.what} [{finding.id}]", tuple(_notes(finding, advise)))


def _notes(finding: CloudFinding, advise: Advise) -> Iterable[str]:
    if finding.severity is HealthLevel.OK:
        return
    if finding.where:
        yield f"where: {finding.where}"
    if finding.why:
        yield f"why it matters: {finding.why}{concerned(finding)}"
    if remedy := finding.remedy(advise):
        yield f"to mend it: {remedy}"
    if finding.despite:
        yield "it is fatal, and you go on despite it"


def concerned(finding: CloudFinding) -> str:
    """How many tests, in brackets."""
    if not finding.tests:
        return ""
    return " (1 test)" if finding.tests == 1 else f" ({finding.tests} tests)"


def line_of(finding: CloudFinding, advise: Advise = str) -> str:
    """The finding in one line, for the remarks of a run."""
    why = f"; {finding.why}{concerned(finding)}" if finding.why else ""
    remedy = finding.remedy(advise)
    mend = f"; to mend it: {remedy}" if remedy else ""
    return f"[{finding.id}] {finding.what}{why}{mend}"
