"""What the doctor found, shown: for people, for programs, for CI systems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from certmark.domain.advice import Advice
from certmark.domain.health import CloudFinding, Health, HealthLevel
from certmark.domain.phrases import counted
from certmark.domain.preflight import Diagnosis
from certmark.formats.results.junit.suites import Case, JUnitSuite
from certmark.reporting.blocks import Block, Heading, Item, ItemGroup, Sentence, Tone
from certmark.reporting.documents import Document
from certmark.reporting.views import PEOPLE, Form, View

_TITLES = {
    HealthLevel.FATAL: ("would make a run fail", Tone.BAD),
    HealthLevel.WARNING: ("may make tests fail", Tone.GAP),
    HealthLevel.NOTE: ("to know", Tone.QUIET),
    HealthLevel.OK: ("fine", Tone.GOOD),
}
_ELEMENTS = {HealthLevel.FATAL: "failure", HealthLevel.WARNING: "skipped"}
"""Of a case: a warning is to be seen and fails nothing."""


class DiagnosisView(View):
    """What the doctor found, the worst first."""

    forms = (*PEOPLE, Form.JUNIT)
    title = "Doctor"

    def __init__(self, diagnosis: Diagnosis, *, full: bool = False, worded: Callable[[Advice], str] = str) -> None:
        """`full` lists also what is fine; `worded` says an advice as the reader can follow it."""
        self._diagnosis = diagnosis
        self._full = full
        self._worded = worded

    def blocks(self) -> Iterable[Block]:
        """The sum first, then the worst; what is fine in one line unless all of it is listed."""
        diagnosis, health = self._diagnosis, self._diagnosis.health
        yield Heading(f"{diagnosis.cloud} for {', '.join(diagnosis.programs)} of {diagnosis.guideline}")
        yield Sentence(summary(health), Tone.BAD if health.is_fatal else Tone.GOOD)
        for level in HealthLevel:
            if level is not HealthLevel.OK or self._full:
                yield from self._groups(health.of(level), *_TITLES[level])
        if not self._full and (fine := health.of(HealthLevel.OK)):
            yield Sentence(f"fine: {', '.join(_subjects(fine))}", Tone.GOOD)

    def document(self) -> Document:
        """Every finding."""
        diagnosis, health = self._diagnosis, self._diagnosis.health
        body = {
            "cloud": diagnosis.cloud,
            "guideline": diagnosis.guideline,
            "programs": list(diagnosis.programs),
            "tests": diagnosis.tests,
            "workers": diagnosis.workers,
            "suite": diagnosis.suite,
            "surveyed": diagnosis.is_surveyed,
            "fatal": health.is_fatal,
            "counts": {level.value: len(health.of(level)) for level in HealthLevel},
            "calls": health.calls,
            "seconds": round(health.seconds, 2),
            "findings": [self._object(finding) for finding in health.findings],
        }
        return Document("certmark-doctor", 1, body)

    def suites(self) -> Sequence[JUnitSuite]:
        """A suite for each subject, a case for each finding: what is fatal failed, a warning was skipped."""
        findings = self._diagnosis.health.findings
        if not findings:
            return (JUnitSuite("doctor", (Case("doctor", "examination", "failure", summary(self._diagnosis.health)),)),)
        return tuple(
            JUnitSuite(subject, tuple(self._case(finding) for finding in findings if finding.subject == subject))
            for subject in _subjects(findings)
        )

    def _groups(self, findings: Sequence[CloudFinding], title: str, tone: Tone) -> Iterable[ItemGroup]:
        for subject in _subjects(findings):
            items = tuple(self._item(finding) for finding in findings if finding.subject == subject)
            yield ItemGroup(f"{subject}: {title}", items, tone)

    def _item(self, finding: CloudFinding) -> Item:
        return Item(f"{finding.what} [{finding.id}]", tuple(self._notes(finding)))

    def _notes(self, finding: CloudFinding) -> Iterator[str]:
        if finding.severity is HealthLevel.OK:
            return
        if finding.where:
            yield f"where: {finding.where}"
        if finding.why:
            yield f"why it matters: {finding.why}{_concerned(finding)}"
        if mend := self._mend(finding):
            yield f"what to do: {mend}"
        if finding.despite:
            yield "this would stop the run, and you chose to go on"

    def _mend(self, finding: CloudFinding) -> str:
        return "; ".join(filter(None, (finding.mend, self._worded(finding.advice) if finding.advice else "")))

    def _object(self, finding: CloudFinding) -> dict[str, object]:
        return {
            "id": finding.id,
            "severity": finding.severity.value,
            "subject": finding.subject,
            "what": finding.what,
            "where": finding.where,
            "why": finding.why,
            "mend": self._mend(finding),
            "tests": finding.tests,
            "despite": finding.despite,
        }

    def _case(self, finding: CloudFinding) -> Case:
        name = f"{finding.id} ({finding.where})" if finding.where else finding.id
        element = _ELEMENTS.get(finding.severity, "")
        if not element:
            return Case(finding.subject, name)
        text = "\n".join(self._notes(finding)) if element == "failure" else ""
        kind = finding.severity.value if element == "failure" else ""
        return Case(finding.subject, name, element, finding.what, text, kind=kind)


def summary(health: Health) -> str:
    """The sum, in a sentence."""
    fatal, warnings = len(health.of(HealthLevel.FATAL)), len(health.of(HealthLevel.WARNING))
    calls = f"{health.calls} calls in {health.seconds:.1f} s"
    if not health.findings:
        return "nothing could be looked at"
    if not fatal and not warnings:
        return f"nothing found that would stop a run ({calls})"
    parts = [f"{counted(fatal, 'thing')} would make a run fail" if fatal else "nothing fatal"]
    if warnings:
        parts.append(counted(warnings, "warning"))
    return f"{', '.join(parts)} ({calls})"


def line_of(finding: CloudFinding) -> str:
    """The finding in one line without its advice, for the remarks of a run."""
    why = f"; {finding.why}{_concerned(finding)}" if finding.why else ""
    mend = f"; what to do: {finding.mend}" if finding.mend else ""
    return f"[{finding.id}] {finding.what}{why}{mend}"


def _subjects(findings: Iterable[CloudFinding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.subject for finding in findings))


def _concerned(finding: CloudFinding) -> str:
    """How many tests, in brackets."""
    return f" ({counted(finding.tests, 'test')})" if finding.tests else ""
