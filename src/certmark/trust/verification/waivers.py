"""The waivers that a signed verdict rests on: are they of this product, and who approved them?

1. A waiver that was used and belongs to another product excuses nothing: the verdict would be another one.
2. Who may approve is the reader's decision. Where they name approvers, a waiver that these did not approve is a
   failure; where they name signers only, it is told and not held against the verdict, as waivers were granted by
   whoever wrote the file before there were signatures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from certmark.domain.advice import Action, Advice
from certmark.domain.phrases import count_of
from certmark.formats.errors import FormatError, excerpt
from certmark.formats.results.report.reading import read_judgement
from certmark.trust.verification.findings import Fault, StepResult, VerificationStep, failed, not_checked, ok
from certmark.trust.waiver_approvals import SignedWaivers, check_approvals, names_for, read_signed_waivers

if TYPE_CHECKING:
    from certmark.domain.waivers import Waiver
    from certmark.evidence.artifacts import OpenedArtifact
    from certmark.evidence.bundle.reading import Bundle
    from certmark.trust.attestations.statements import Statement
    from certmark.trust.signers.signers import Signers
    from certmark.trust.verification.requests import TrustPolicy

_USED = "used"


def check_waivers(statement: Statement, found: OpenedArtifact, trust: TrustPolicy) -> StepResult:
    """The step, of a statement that uses waivers and follows from what was `found`."""
    try:
        report = found.report if found.bundle is None else found.bundle.content("report.json")
        used = waivers_used(statement.predicate, report or b"")
    except FormatError as error:
        return failed(VerificationStep.WAIVERS, Fault.VERDICT, str(error))
    count = count_of(len(used), "waiver was", "waivers were")
    stranger = of_another_product(used, statement.predicate.get("product"))
    if stranger is not None:
        return failed(VerificationStep.WAIVERS, Fault.VERDICT, stranger)
    revoked = _revoked(found.bundle, trust) if found.bundle is not None else None
    if revoked is not None:
        return failed(VerificationStep.WAIVERS, Fault.REVOKED, revoked)
    approvers = trust.approvers or trust.signers
    if approvers is None or (trust.approvers is None and not approvers.is_list):
        return not_checked(VerificationStep.WAIVERS, f"{count} used", Advice(Action.NAME_APPROVERS))
    if found.bundle is None:
        return _unapproved(trust, f"{count} used; the file that was approved is not at hand, name the bundle")
    return _approved(used, found.bundle, approvers, trust)


def waivers_used(predicate: Mapping[str, Any], report: bytes) -> tuple[Waiver, ...]:
    """Those of the report that its verdict rests on; `predicate` says the same. Raises UnreadableResults."""
    judgement = read_judgement(report)
    waivers = judgement.waivers if judgement is not None else ()
    places = [place for place, one in enumerate(predicate["waivers"]) if one.get("use") == _USED]
    return tuple(waivers[place] for place in places if place < len(waivers))


def of_another_product(waivers: Sequence[Waiver], product: object) -> str | None:
    """Why one of them does not belong to the product as it was signed; None if all do."""
    if not isinstance(product, dict) or not isinstance(product.get("name"), str):
        whose = next((waiver.product for waiver in waivers if waiver.product), None)
        return None if whose is None else f"waivers of {excerpt(whose)} were used, and it names no product"
    vendor, version = (word if isinstance(word := product.get(key), str) else None for key in ("vendor", "version"))
    for waiver in waivers:
        if not waiver.is_of(product["name"], vendor, version):
            whose = " ".join(filter(None, (vendor, product["name"], version)))
            what = f"the waiver of {waiver.scope.value} {excerpt(waiver.target)}"
            return f"{what} is one of {excerpt(waiver.product or '')}, and this is {excerpt(whose)}"
    return None


def _approved(used: tuple[Waiver, ...], bundle: Bundle, approvers: Signers, trust: TrustPolicy) -> StepResult:
    names: dict[str, None] = {}
    files = _signed_files(bundle)
    approvers = _without_revoked(approvers, trust)
    for waiver in used:
        plain = _plain(waiver)
        reason = f"no signed file of waivers in {bundle.name} has it"
        for file in files:
            approvals = check_approvals(file, approvers, trust.moment)
            for one, answer in approvals.answers:
                if _plain(one) == plain and answer.allowed:
                    names |= dict.fromkeys(names_for(one, approvals.sound, approvers, trust.moment))
                    reason = ""
                elif _plain(one) == plain and reason:
                    reason = answer.sentence
        if reason:
            what = f"the waiver of {waiver.scope.value} {excerpt(waiver.target)} is approved by nobody who may"
            return _unapproved(trust, f"{what}: {reason}")
    count = count_of(len(used), "waiver was", "waivers were")
    return ok(VerificationStep.WAIVERS, f"{count} used, approved by {' and '.join(names)}")


def _revoked(bundle: Bundle, trust: TrustPolicy) -> str | None:
    """Why a file of waivers in the bundle excuses nothing any more: its digest is that of before it was signed."""
    if trust.revocations is None:
        return None
    for file in _signed_files(bundle):
        digest = hashlib.sha256(file.envelope.payload).hexdigest() if file.envelope is not None else ""
        found = trust.revocations.waivers.get(digest)
        if found is not None:
            return f"a file of waivers in {bundle.name} was revoked: {excerpt(found.reason)}"
    return None


def _without_revoked(approvers: Signers, trust: TrustPolicy) -> Signers:
    if trust.revocations is None:
        return approvers
    counting = trust.unrevoked(approvers.keys, trust.moment)
    return approvers._replace(signatories=tuple(one for one in approvers.signatories if one.key in counting))


def _unapproved(trust: TrustPolicy, sentence: str) -> StepResult:
    if trust.approvers is None:  # Rule 2
        return not_checked(VerificationStep.WAIVERS, sentence)
    return failed(VerificationStep.WAIVERS, Fault.SIGNER, sentence)


def _signed_files(bundle: Bundle) -> list[SignedWaivers]:
    from certmark.evidence.bundle.layout import MemberKind

    found = []
    for member in bundle.manifest.of(MemberKind.JUDGING):
        try:
            file = read_signed_waivers(bundle.content(member.path), member.path)
        except FormatError:
            continue  # a policy, a host's guideline
        if file.envelope is not None:
            found.append(file)
    return found


def _plain(waiver: Waiver) -> Waiver:
    """What it says, whoever approved it."""
    return waiver._replace(approval=type(waiver.approval).UNSIGNED, approvers=())
