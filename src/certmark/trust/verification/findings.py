"""What a verification found, step by step. Every step can fail alone, and each kind of failure has a name."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from certmark.domain.advice import Advice


class VerificationStep(Enum):
    """What is looked at, in this order."""

    ENVELOPE = "envelope"
    """It is one, and what it holds can be understood."""
    SIGNATURE = "signature"
    """The owner of a key made it, over exactly these bytes. Who that is, is another question."""
    RECEIPT = "receipt"
    """A log's server received it, and has it on record."""
    SIGNER = "signer"
    """That owner may speak for this vendor and this cloud."""
    REVOCATION = "revocation"
    """Neither the key nor the attestation was revoked."""
    DIGESTS = "digests"
    """The bytes at hand are those that are spoken of."""
    RUN = "run"
    """A run is on record, with its journal and configuration; told only where it is not."""
    GUIDELINE = "guideline"
    """The guideline that was judged by is one that somebody here vouches for."""
    POLICY = "policy"
    """What a skip or an attempt means is the guideline's own policy, or one that the person names."""
    DAY = "day"
    """It was judged for a day between the run's end and the time that counts; of published guidelines: the index is
    in date, and no older than the one that was seen before."""
    WAIVERS = "waivers"
    """Those that the verdict rests on are of this product, and approved; only where there are any."""
    VERDICT = "verdict"
    """Judged again, the evidence gives the verdict that is claimed."""
    STATUS = "status"
    """Only of certificates: a programme's status list, signed and in date, says that it is in force."""


OF_CERTIFICATES = frozenset({VerificationStep.STATUS})
"""Steps that nothing else has."""


class StepOutcome(Enum):
    """How a step ended."""

    OK = "ok"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


class Fault(Enum):
    """What is wrong, as a script tells it by the exit status."""

    SIGNATURE = "signature"
    SIGNER = "signer"
    DIGEST = "digest"
    VERDICT = "verdict"
    RECEIPT = "receipt"
    REVOKED = "revoked"
    EXPIRED = "expired"
    GUIDELINE = "guideline"
    ENDED = "ended"
    """Of a certificate: it is not in force."""


OPTIONAL = frozenset({VerificationStep.RECEIPT, VerificationStep.REVOCATION})
"""Steps that need something that not every programme has; where it is not given, nothing is missing."""


class StepResult(NamedTuple):
    """How one step ended, and why."""

    step: VerificationStep
    outcome: StepOutcome
    sentence: str
    fault: Fault | None = None
    """Of a failure."""
    advice: Advice | None = None
    """What the person may do about it, where that is clear."""


class VerificationSteps(NamedTuple):
    """All steps."""

    steps: tuple[StepResult, ...]
    waived: frozenset[VerificationStep] = frozenset()
    """Steps that the person does without."""
    required: frozenset[VerificationStep] = frozenset()
    """Of the steps in `OPTIONAL`, those that the programme asks for."""

    @property
    def fault(self) -> Fault | None:
        """The first failure's."""
        return next((found.fault for found in self.steps if found.outcome is StepOutcome.FAILED), None)

    @property
    def missing(self) -> tuple[VerificationStep, ...]:
        """Steps without which nothing is verified, and which could not be taken."""
        return tuple(
            found.step
            for found in self.steps
            if found.outcome is StepOutcome.NOT_CHECKED and found.step not in (OPTIONAL - self.required) | self.waived
        )

    @property
    def holds(self) -> bool:
        """Whether nothing failed and nothing is missing."""
        return bool(self.steps) and self.fault is None and not self.missing


def ok(step: VerificationStep, sentence: str) -> StepResult:
    """A step that holds."""
    return StepResult(step, StepOutcome.OK, sentence)


def failed(step: VerificationStep, fault: Fault, sentence: str, advice: Advice | None = None) -> StepResult:
    """A step that does not."""
    return StepResult(step, StepOutcome.FAILED, sentence, fault, advice)


def not_checked(step: VerificationStep, sentence: str, advice: Advice | None = None) -> StepResult:
    """A step that could not be taken, or was not asked for."""
    return StepResult(step, StepOutcome.NOT_CHECKED, sentence, advice=advice)


def done_without(step: VerificationStep) -> StepResult:
    """A step that the person does without."""
    return not_checked(step, "done without, as asked")
