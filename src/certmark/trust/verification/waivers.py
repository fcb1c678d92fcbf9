"""The waivers that a signed verdict rests on: are they of this product, and who approved them?

1. A waiver that was used and belongs to another product excuses nothing: the verdict would be another one.
2. A waiver that the report has otherwise than the file in the bundle is nobody's; what was used is what the verdict
   that was judged again rests on, and a waiver that names no product is not known to be of this one.
3. Who may approve is the reader's decision. Where they name approvers, a waiver that these did not approve is a
   failure; where they name signers only, it is told and not held against the verdict, as waivers were granted by
   whoever wrote the file before there were signatures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from certmark.domain.advice import Action, Advice
from certmark.domain.phrases import count_of
from certmark.domain.policies import Method
from certmark.domain.verdict_values import WaiverUse
from certmark.domain.waivers import Approval
from certmark.formats.errors import FormatError, excerpt
from certmark.trust.signers.lists import read_any_signers
from certmark.trust.verification.findings import (
    Fault,
    StepResult,
    VerificationStep,
    done_without,
    failed,
    not_checked,
    ok,
)
from certmark.trust.waiver_approvals import SignedWaivers, check_approvals, names_for, read_signed_waivers

if TYPE_CHECKING:
    from certmark.domain.verdict_values import Verdict
    from certmark.domain.waivers import Waiver
    from certmark.evidence.artifacts import OpenedArtifact
    from certmark.evidence.bundle.reading import Bundle
    from certmark.trust.attestations.statements import Statement
    from certmark.trust.signers.signers import Signers
    from certmark.trust.verification.requests import TrustPolicy


def check_waivers(  # noqa: PLR0911 - one answer for each way in which they may stand
    statement: Statement, verdict: Verdict, found: OpenedArtifact, trust: TrustPolicy
) -> StepResult | None:
    """The step, by the `verdict` that was judged again from what was `found`; None where no waiver weighed."""
    step = VerificationStep.WAIVERS
    if step in trust.without:
        return done_without(step)
    files = None if found.bundle is None else waiver_files(found.bundle)
    odd = None if found.bundle is None else _otherwise_on_file(verdict, found.bundle, files or [])
    if odd is not None:
        return failed(step, Fault.VERDICT, odd)
    used = waivers_used(verdict)
    if not used:
        return None
    count = count_of(len(used), "waiver was", "waivers were")
    stranger = of_another_product(used, statement.predicate.get("product"))
    if stranger is not None:
        return failed(step, Fault.VERDICT, stranger)
    revoked = _revoked(files or (), trust)
    if revoked is not None:
        return failed(step, Fault.REVOKED, revoked)
    if not isinstance(statement.predicate.get("product"), dict):
        return not_checked(step, f"{count} used, and no product is named whose they could be")
    approvers = trust.approvers or trust.signers
    if approvers is None or (trust.approvers is None and not approvers.is_list):
        return not_checked(step, f"{count} used", Advice(Action.NAME_APPROVERS))
    if files is None:
        return _unapproved(trust, f"{count} used; the file that was approved is not at hand, name the bundle")
    return _approved(used, files, approvers, trust)


def waivers_used(verdict: Verdict) -> tuple[Waiver, ...]:
    """Those that the verdict rests on, or what it says of an add-on's hosts."""
    used = (record.waiver for record in verdict.waivers if record.use is WaiverUse.USED)
    return tuple(dict.fromkeys((*used, *(waiver for host in verdict.hosts for waiver in host.waivers))))


def _otherwise_on_file(verdict: Verdict, bundle: Bundle, files: Sequence[SignedWaivers]) -> str | None:
    """Why the waivers of the report are not those of the file that the run was judged with; None if they are."""
    told = tuple(record.waiver for record in verdict.waivers)
    name, signers = _judged_with(bundle)
    if name is None:  # of an early run, whose journal does not name it
        there = () if bundle.manifest.is_recorded else files
        odd = next((one for one in told if not _stands_in(one, there)), None)
        return None if odd is None else f"the report has {_named(odd)}, which stands in no file of the bundle"
    file = read_signed_waivers(bundle.content(f"guideline/{name}"), name)
    known = file.waivers if signers is None else _approved_then(bundle, signers, file, verdict.as_of)
    if told == known or verdict.policy.method is Method.REFSTACK_2020:
        return None
    return f"the waivers of the report are not those of {excerpt(name, 60)}"


def _judged_with(bundle: Bundle) -> tuple[str | None, str | None]:
    """The names of the file of waivers and of the list of who may approve them, in the bundle's folder `guideline`."""
    from certmark.evidence.bundle.layout import WAIVER_SIGNERS, WAIVERS

    if bundle.manifest.is_recorded:
        names = (name if bundle.has(f"guideline/{name}") else None for name in (WAIVERS, WAIVER_SIGNERS))
        return next(names), next(names)
    from certmark.formats.run_record import record_in  # a door: a report pays for no journal

    judging = record_in(bundle.content("journal.jsonl")).judging
    return judging.waivers_file, judging.waiver_signers_file


def _approved_then(bundle: Bundle, name: str, file: SignedWaivers, day: date) -> tuple[Waiver, ...]:
    """The waivers as they were approved by the list of the run, which is the sender's; the reader has another step."""
    signers = read_any_signers(bundle.content(f"guideline/{name}"), name)
    noon = datetime.combine(day, time(12), UTC)
    approvals = check_approvals(file, signers, noon)
    return tuple(
        waiver._replace(
            approval=Approval.APPROVED if answer.allowed else waiver.approval,
            approvers=names_for(waiver, approvals.sound, signers, noon) if answer.allowed else (),
        )
        for waiver, answer in approvals.answers
    )


def _stands_in(waiver: Waiver, files: Sequence[SignedWaivers]) -> bool:
    """Whether a file has it; that somebody approved it is asked of whoever verifies."""
    return any(
        _plain(one) == _plain(waiver) and (file.envelope is None) is (waiver.approval is Approval.UNSIGNED)
        for file in files
        for one in file.waivers
    )


def _named(waiver: Waiver) -> str:
    return f"the waiver of {waiver.scope.value} {excerpt(waiver.target)}"


def of_another_product(waivers: Sequence[Waiver], product: object) -> str | None:
    """Why one of them does not belong to the product as it was signed; None if all do."""
    if not isinstance(product, dict) or not isinstance(product.get("name"), str):
        whose = next((waiver.product for waiver in waivers if waiver.product), None)
        return None if whose is None else f"waivers of {excerpt(whose)} were used, and it names no product"
    vendor, version = (word if isinstance(word := product.get(key), str) else None for key in ("vendor", "version"))
    for waiver in waivers:
        if not waiver.is_of(product["name"], vendor, version):
            whose = " ".join(filter(None, (vendor, product["name"], version)))
            return f"{_named(waiver)} is one of {excerpt(waiver.product or '')}, and this is {excerpt(whose)}"
    return None


def _approved(
    used: tuple[Waiver, ...], files: Sequence[SignedWaivers], approvers: Signers, trust: TrustPolicy
) -> StepResult:
    names: dict[str, None] = {}
    signed = [file for file in files if file.envelope is not None]
    approvers = _without_revoked(approvers, trust)
    for waiver in used:
        plain = _plain(waiver)
        reason = "no signed file of waivers in the bundle has it"
        for file in signed:
            approvals = check_approvals(file, approvers, trust.moment)
            for one, answer in approvals.answers:
                if _plain(one) == plain and answer.allowed:
                    names |= dict.fromkeys(names_for(one, approvals.sound, approvers, trust.moment))
                    reason = ""
                elif _plain(one) == plain and reason:
                    reason = answer.sentence
        if reason:
            return _unapproved(trust, f"{_named(waiver)} is approved by nobody who may: {reason}")
    count = count_of(len(used), "waiver was", "waivers were")
    return ok(VerificationStep.WAIVERS, f"{count} used, approved by {' and '.join(names)}")


def _revoked(files: Sequence[SignedWaivers], trust: TrustPolicy) -> str | None:
    """Why a file of waivers excuses nothing any more: it is named by its digest of before it was signed."""
    revoked = trust.revocations.waivers if trust.revocations is not None else {}
    for file in files:
        digest = hashlib.sha256(file.envelope.payload).hexdigest() if file.envelope is not None else ""
        if digest in revoked:
            return f"a file of waivers that it rests on was revoked: {excerpt(revoked[digest].reason)}"
    return None


def _without_revoked(approvers: Signers, trust: TrustPolicy) -> Signers:
    if trust.revocations is None:
        return approvers
    counting = trust.unrevoked(approvers.keys, trust.moment)
    return approvers._replace(signatories=tuple(one for one in approvers.signatories if one.key in counting))


def _unapproved(trust: TrustPolicy, sentence: str) -> StepResult:
    if trust.approvers is None:  # Rule 3
        return not_checked(VerificationStep.WAIVERS, sentence)
    return failed(VerificationStep.WAIVERS, Fault.SIGNER, sentence)


def waiver_files(bundle: Bundle) -> list[SignedWaivers]:
    """The files of waivers in the bundle, signed or not."""
    from certmark.evidence.bundle.layout import MemberKind

    found = []
    for member in bundle.manifest.of(MemberKind.JUDGING):
        try:
            found.append(read_signed_waivers(bundle.content(member.path), member.path))
        except FormatError:
            continue  # a policy, a host's guideline
    return found


def _plain(waiver: Waiver) -> Waiver:
    """What it says, whoever approved it."""
    return waiver._replace(approval=type(waiver.approval).UNSIGNED, approvers=())
