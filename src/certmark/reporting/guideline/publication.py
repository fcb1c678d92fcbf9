"""What was published of guidelines, or would be; and what was found of a published one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from certmark.domain.advice import Action, Advice
from certmark.domain.findings import LintFinding
from certmark.domain.phrases import counted
from certmark.domain.published_revisions import PublicationAnswer, PublicationDecision, PublishedRevision, newest_of
from certmark.reporting.attestation import listed_steps, step_document, step_lines
from certmark.reporting.blocks import Block, Heading, Sentence, Tone
from certmark.reporting.documents import Document
from certmark.reporting.text import plain
from certmark.reporting.views import View
from certmark.trust.publications.documents import GuidelineIndex, stamp
from certmark.trust.verification.findings import StepOutcome, VerificationSteps

_TONES = {PublicationAnswer.REFUSED: Tone.BAD, PublicationAnswer.SAME: Tone.QUIET}
_MOST_FINDINGS = 20


class PublicationView(View):
    """What became of each guideline that was offered."""

    title = "Published guidelines"

    def __init__(
        self,
        folder: str,
        decisions: Sequence[PublicationDecision],
        findings: Sequence[LintFinding],
        index: GuidelineIndex | None,
        *,
        is_check: bool,
        advise: Callable[[Advice], str] = str,
    ) -> None:
        """`findings` are the errors of lint, `index` what is published now; `is_check`: nothing was to be written."""
        self._folder, self._decisions, self._findings, self._index = folder, decisions, findings, index
        self._is_check, self._advise = is_check, advise
        self._is_refused = any(one.answer is PublicationAnswer.REFUSED for one in decisions)

    def blocks(self) -> Iterator[Block]:
        """A line for each, the errors, and what it comes to."""
        for one in self._decisions:
            line = f"{one.offered.guideline}, revision {one.number}: {self._said(one)}"
            yield Sentence(line, _TONES.get(one.answer, Tone.GOOD), is_line=True)
        for found in self._findings[:_MOST_FINDINGS]:
            yield Sentence(f"  {found.file}:{found.line}: {found.message} [{found.rule.id}]", Tone.BAD, is_line=True)
        if len(self._findings) > _MOST_FINDINGS:
            yield Sentence(f"  and {counted(len(self._findings) - _MOST_FINDINGS, 'error')} more", is_line=True)
        yield Heading(self._conclusion())

    def _said(self, one: PublicationDecision) -> str:
        if one.answer is PublicationAnswer.REFUSED:
            advice = f"; {self._advise(Advice(Action.NAME_REVISED, one.offered.guideline))}" if one.is_change else ""
            return f"not publishable, {one.reason}{advice}"
        if one.answer is PublicationAnswer.SAME:
            return "published already"
        return (
            "would be published"
            if self._is_check or self._is_refused
            else f"published ({one.offered.status or 'no status'})"
        )

    def _conclusion(self) -> str:
        if self._is_refused:
            return "Nothing can be published as it is." if self._is_check else "Nothing was published."
        if self._index is None:
            return f"{self._folder} would be begun."
        guidelines, until = len(newest_of(self._index.revisions)), f"{self._index.expires:%Y-%m-%d}"
        what = f"{counted(len(self._index.revisions), 'revision')} of {counted(guidelines, 'guideline')}"
        return f"{self._index.name}, edition {self._index.number}: {what}, until {until}."

    def document(self) -> Document:
        """`certmark-publication`."""
        body = {
            "folder": self._folder,
            "is_check": self._is_check,
            "is_publishable": not self._is_refused,
            "guidelines": [
                {
                    "id": one.offered.guideline,
                    "revision": one.number,
                    "sha256": one.offered.sha256,
                    "answer": one.answer.value,
                    "reason": one.reason,
                    "errors": one.offered.errors,
                }
                for one in self._decisions
            ],
            "index": _index(self._index),
        }
        return Document("certmark-publication", 1, body)


class PublishedGuidelineView(View):
    """What was found of a published guideline, step by step."""

    title = "Published guideline"

    def __init__(
        self,
        findings: VerificationSteps,
        programme: str | None,
        index: GuidelineIndex | None,
        revision: PublishedRevision | None,
        path: Path | None,
        *,
        status: int,
        advise: Callable[[Advice], str] = str,
    ) -> None:
        """`path` is where it was written; `status` is what a program is told."""
        self._findings, self._programme, self._index = findings, programme, index
        self._revision, self._path, self._status, self._advise = revision, path, status, advise

    def blocks(self) -> Iterator[Block]:
        """A line for each step, then the conclusion."""
        yield from step_lines(self._findings, self._advise)
        if self._programme is not None:
            yield Sentence(f"by the trust of {plain(self._programme)}", Tone.QUIET, is_line=True)
        if self._path is not None:
            yield Sentence(str(self._path), is_line=True)
        yield Heading(self._conclusion())

    def _conclusion(self) -> str:
        if self._findings.holds and self._revision is not None and self._index is not None:
            waived = listed_steps([step.value for step in self._findings.waived])
            left = f" (without {waived})" if waived else ""
            return f"VERIFIED{left}: {self._revision.name}, as {self._index.name} published it"
        faults = [found.step.value for found in self._findings.steps if found.outcome is StepOutcome.FAILED]
        if faults:
            return f"NOT VERIFIED: {listed_steps(faults)} failed"
        missing = [step.value for step in self._findings.missing]
        return f"NOT VERIFIED: nothing is wrong, but {listed_steps(missing)} could not be checked"

    def document(self) -> Document:
        """`certmark-guideline-verification`."""
        one = self._revision
        body = {
            "holds": self._findings.holds,
            "status": self._status,
            "fault": None if self._findings.fault is None else self._findings.fault.value,
            "not_checked": list(dict.fromkeys(step.value for step in self._findings.missing)),
            "steps": [step_document(found, self._advise) for found in self._findings.steps],
            "trust": self._programme,
            "index": _index(self._index),
            "guideline": None
            if one is None
            else {"id": one.guideline, "revision": one.number, "sha256": one.sha256, "status": one.status},
            "written": None if self._path is None else str(self._path),
        }
        return Document("certmark-guideline-verification", 1, body)


def _index(index: GuidelineIndex | None) -> dict[str, Any] | None:
    if index is None:
        return None
    times = {"issued": stamp(index.issued), "expires": stamp(index.expires)}
    return {"name": index.name, "edition": index.number, **times}
