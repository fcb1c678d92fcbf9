"""What the exit status of `certmark` means; docs/reference/exit-status.md lists it for people."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    # every start pays for this module, few for those
    from certmark.domain.leftovers import LeftoverState
    from certmark.domain.verdict_values import Standing
    from certmark.trust.certificates.verification import CertificateResult
    from certmark.trust.verification.findings import VerificationSteps
    from certmark.trust.verification.verification import VerificationResult


class Exit(IntEnum):
    """An exit status."""

    OK = 0
    """Pass, or the command did its work."""
    FAIL = 1
    """The verdict is fail, or a comparison found something newly failing."""
    USAGE = 2
    """The command line cannot be understood."""
    UNREADABLE = 3
    """Input is unreadable or contradicts itself."""
    INCOMPLETE = 4
    """The verdict is incomplete or not applicable."""
    ENVIRONMENT = 5
    """The cloud, the suite or this machine does not let the command begin or go on."""
    SIGNATURE = 10
    """No sound signature: the envelope is damaged, or its key did not make it."""
    SIGNER = 11
    """A sound signature by somebody who may not speak for this vendor and cloud."""
    DIGEST = 12
    """What is at hand is not what was signed."""
    VERDICT = 13
    """Judged again, the evidence does not give the verdict that was signed."""
    RECEIPT = 14
    """A receipt does not prove that a log has this attestation."""
    REVOKED = 15
    """The key or the attestation was revoked."""
    EXPIRED = 16
    """The signer's key was not valid at the time, or the run is too old."""
    GUIDELINE = 17
    """The verdict was made with another text of the guideline."""
    ENDED = 18
    """A certificate is not in force: expired, suspended, withdrawn, superseded, revoked, not listed."""
    UNCHECKED = 19
    """Nothing is wrong with a certificate, and something could not be looked at: whether it is in force, mostly."""
    CERTIFIED = 20
    """A certificate holds, and is in force as of the newest status list at hand."""
    INTERNAL_ERROR = 70
    """Certmark broke; nothing can be concluded (EX_SOFTWARE of sysexits.h)."""
    INTERRUPTED = 130
    """Ctrl-C."""


def of_verdict(standing: Standing) -> Exit:
    """The exit status of verbs that end with a verdict."""
    return {"PASS": Exit.OK, "FAIL": Exit.FAIL}.get(standing.name, Exit.INCOMPLETE)


def of_word(standing: str) -> Exit:
    """The same for the word that a server says."""
    return {"pass": Exit.OK, "fail": Exit.FAIL}.get(standing, Exit.INCOMPLETE)


def of_findings(findings: VerificationSteps) -> Exit:
    """The exit status of what was looked at, whatever was signed."""
    if findings.fault is not None:
        return Exit[findings.fault.name]
    return Exit.OK if findings.holds else Exit.INCOMPLETE


def of_verification(result: VerificationResult, required: str) -> Exit:
    """The exit status of a check of something signed; `required`: pass, or any verdict that was verified."""
    found = of_findings(result.findings)
    if found is not Exit.OK or required == "any":
        return found
    return {"pass": Exit.OK, "fail": Exit.FAIL}.get(result.standing or "pass", Exit.INCOMPLETE)


def of_certificate(result: CertificateResult) -> Exit:
    """The exit status of a check of a certificate: never that of a verdict that was verified."""
    if result.findings.fault is not None:
        return Exit[result.findings.fault.name]
    return Exit.CERTIFIED if result.findings.holds else Exit.UNCHECKED


def worst(statuses: Iterable[Exit]) -> Exit:
    """Of several verdicts: a fail before a gap, a gap before a pass."""
    return max(statuses, key=(Exit.OK, Exit.INCOMPLETE, Exit.FAIL).index)


def of_leftovers(state: LeftoverState) -> Exit:
    """The exit status of a look at what is left in a cloud."""
    return {"NONE": Exit.OK, "SOME": Exit.FAIL}.get(state.name, Exit.INCOMPLETE)
