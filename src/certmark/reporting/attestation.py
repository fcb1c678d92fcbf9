"""What was signed, shown; and what checking it found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from certmark.domain.advice import Advice
from certmark.domain.sentences import sentence
from certmark.evidence.rejudging import Computed
from certmark.formats.results.report.document import judgement_document
from certmark.reporting.blocks import Block, Heading, Sentence, Tone
from certmark.reporting.documents import Document
from certmark.reporting.text import plain
from certmark.reporting.views import View
from certmark.trust.attestations.statements import Statement
from certmark.trust.verification.findings import StepOutcome, StepResult, VerificationSteps
from certmark.trust.verification.verification import VerificationResult

_TONES = {StepOutcome.OK: Tone.GOOD, StepOutcome.FAILED: Tone.BAD, StepOutcome.NOT_CHECKED: Tone.QUIET}


class SignedView(View):
    """An attestation that was just made."""

    title = "Signed"

    def __init__(self, statement: Statement, written: Sequence[Path]) -> None:
        """`written` are its files."""
        self._statement = statement
        self._written = written

    def blocks(self) -> Iterator[Block]:
        """Where it lies."""
        for path in self._written:
            yield Sentence(str(path), is_line=True)

    def document(self) -> Document:
        """Where it lies, and what it says."""
        predicate = self._statement.predicate
        signed = {key: predicate.get(key) for key in ("product", "cloud", "guideline", "verdict", "signer")}
        return Document("certmark-signed", 1, {"written": [str(path) for path in self._written], **signed})


class VerificationView(View):
    """A verification, step by step."""

    title = "Verification"

    def __init__(self, result: VerificationResult, *, status: int, advise: Callable[[Advice], str] = str) -> None:
        """`status` is what a program is told; `advise` words what a person may do."""
        self._result = result
        self._status = status
        self._advise = advise

    def blocks(self) -> Iterator[Block]:
        """A line for each step, then the conclusion."""
        yield from step_lines(self._result.findings, self._advise)
        if self._result.programme is not None:
            yield Sentence(f"by the trust of {plain(self._result.programme)}", Tone.QUIET, is_line=True)
        for line in self._result.unused_lines:
            yield Sentence(f"not used: {line}", Tone.QUIET, is_line=True)
        yield Heading(conclusion(self._result))

    def document(self) -> Document:
        """The same for programs; what the sender claims stands apart."""
        findings, statement = self._result.findings, self._result.statement
        predicate = statement.predicate if statement is not None else {}
        body = {
            "holds": findings.holds,
            "status": self._status,
            "fault": None if findings.fault is None else findings.fault.value,
            "not_checked": [step.value for step in findings.missing],
            "steps": [step_document(found, self._advise) for found in findings.steps],
            "trust": self._result.programme,
            "unused_lines": list(self._result.unused_lines),
            "signed_by": [{"id": key.id, "type": key.algorithm.value} for key in self._result.signed_by],
            "computed": _computed(self._result.computed),
            "recorded": None if self._result.computed is None else _recorded(predicate),
            "claims": _claims(predicate, has_verdict=self._result.computed is None),
        }
        return Document("certmark-verification", 1, body)


def step_lines(findings: VerificationSteps, advise: Callable[[Advice], str]) -> Iterator[Sentence]:
    """A line for each step."""
    width = max(len(outcome.value) for outcome in StepOutcome)
    for found in findings.steps:
        word = found.outcome.value.upper() if found.outcome is StepOutcome.FAILED else found.outcome.value
        line = f"{word:<{width}}  {found.step.value:<10}  {_advised(found, advise)}"
        yield Sentence(line, _TONES[found.outcome], is_line=True)


def step_document(found: StepResult, advise: Callable[[Advice], str]) -> dict[str, str | None]:
    """A step for programs."""
    return {
        "step": found.step.value,
        "outcome": found.outcome.value,
        "sentence": _advised(found, advise),
        "fault": None if found.fault is None else found.fault.value,
    }


def _advised(found: StepResult, advise: Callable[[Advice], str]) -> str:
    return found.sentence if found.advice is None else f"{found.sentence}; {advise(found.advice)}"


def conclusion(result: VerificationResult) -> str:
    """What it comes to, in one sentence."""
    findings = result.findings
    if findings.holds:
        left = f" (without {listed_steps(sorted(step.value for step in findings.waived))})" if findings.waived else ""
        standing = "" if result.standing in {None, "pass"} else f" {plain(str(result.standing)[:40]).upper()}"
        return f"VERIFIED{standing}{left}: {_about(result)}"
    failures = [found.step.value for found in findings.steps if found.outcome is StepOutcome.FAILED]
    if failures:
        return f"NOT VERIFIED: {listed_steps(failures)} failed"
    missing = listed_steps([step.value for step in findings.missing])
    return f"NOT VERIFIED: nothing is wrong, but {missing} could not be checked"


def listed_steps(words: Sequence[str]) -> str:
    """Steps in a sentence, each once."""
    words = list(dict.fromkeys(words))
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _about(result: VerificationResult) -> str:
    """Whose verdict, which its signer says; and the verdict that was computed here, or by whom it is only claimed."""
    statement = result.statement
    if statement is None:
        return "these bytes"
    product, verdict = statement.predicate.get("product"), statement.predicate.get("verdict")
    whose = ""
    if isinstance(product, dict):
        words = " ".join(str(word) for word in (product.get("name"), product.get("version")) if word)
        whose = f"{plain(str(product.get('vendor'))[:200])}, {plain(words[:400])}: "
    if result.computed is not None:
        return f"{whose}{plain(sentence(result.computed.verdict))}"
    said = verdict.get("sentence") if isinstance(verdict, dict) else statement.predicate.get("result")
    return f"{whose}its signer claims: {plain(str(said)[:400])}"


def _computed(computed: Computed | None) -> dict[str, Any] | None:
    """What was computed from the raw results, as data."""
    if computed is None:
        return None
    judged = judgement_document(computed.verdict)
    verdict = {key: judged[key] for key in ("standing", "sentence", "as_of", "totals")}
    return {
        "verdict": verdict,
        "guideline": {**judged["guideline"], "program": judged["program"]["name"]},
        "policy": judged["policy"],
        "waivers": [{key: one[key] for key in ("scope", "target", "use", "tests")} for one in judged["waivers"]],
        "hosts": judged["hosts"],
        "run": computed.span.document(),
        "formats": list(computed.formats),
    }


def _recorded(predicate: Mapping[str, Any]) -> dict[str, Any]:
    """What the records of the run say, which were compared with each other: nobody else saw the cloud."""
    run, cloud = predicate.get("run"), predicate.get("cloud")
    return {
        "run": run.get("id") if isinstance(run, dict) else None,
        "cloud": {key: cloud.get(key) for key in ("identity", "region")} if isinstance(cloud, dict) else None,
        "suite": predicate.get("suite"),
    }


def _claims(predicate: Mapping[str, Any], *, has_verdict: bool) -> dict[str, Any]:
    """What only the signer can know; the verdict too, where nobody computed it."""
    cloud, configuration = predicate.get("cloud"), predicate.get("configuration")
    legacy = cloud.get("legacy") if isinstance(cloud, dict) else None
    return {
        "product": predicate.get("product"),
        "signed": predicate.get("signed"),
        "evaluator": predicate.get("evaluator"),
        "catalog_id": legacy.get("catalog_id") if isinstance(legacy, dict) else None,
        "fingerprint": configuration.get("fingerprint") if isinstance(configuration, dict) else None,
        "verdict": predicate.get("verdict") if has_verdict else None,
    }
