"""What must hold besides, for a step: each guard of the machines by its name, refusing with one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from certmark.domain.certification.machines import MACHINES
from certmark.domain.certification.rulebooks import ApplicationTrack
from certmark.domain.certification.steps import DossierKind
from certmark.domain.errors import InvalidRequest
from certmark.domain.permissions import Role, roles_of
from certmark.domain.phrases import counted
from certmark.server.services.certification.conflicts import conflict_of
from certmark.server.services.certification.fields import end_of_day
from certmark.server.services.certification.rules import tracked
from certmark.server.services.certification.taking import Taking
from certmark.server.services.errors import NotPermitted, WrongState
from certmark.server.store import attestations
from certmark.server.store.certification import applications, certificates, events, names
from certmark.server.store.certification.events import CertificationEvent
from certmark.server.store.vendors import folded

_GRANT = "grant"


def _checks_pass(taking: Taking) -> None:
    wrong = [one for one in taking.findings.checks if not one.is_in_order]
    if wrong:
        more = f"; and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise WrongState(f"{wrong[0].word}: {wrong[0].sentence}; {wrong[0].remedy}{more}")


def _one_open(taking: Taking) -> None:
    row, machine = taking.row, MACHINES[DossierKind.APPLICATION]
    same = applications.TABLE.every(taking.transaction, "of_version", row.version)
    for other in same:
        is_open = other.state != machine.first and not machine.is_final(other.state)
        is_same = (other.programme, other.program) == (row.programme, row.program)
        if is_open and is_same and other.id not in {row.id, row.supersedes}:
            raise WrongState(f"{other.number} of the same version for the same program is open; supersede that one")


def _no_conflict(taking: Taking) -> None:
    if taking.kind is not DossierKind.APPLICATION:
        _refuse_conflict(taking, taking.identity)
        return
    organisation, bits = names.office_of(taking.transaction, taking.person)
    if Role.REVIEWER not in roles_of(bits):
        raise InvalidRequest(f"{taking.values['reviewer'][:200]} is no reviewer of the programme")
    _refuse_conflict(taking, taking.person)
    there = applications.reviewers_of(taking.transaction, taking.row.id)
    if any(one.identity == taking.person for one in there):
        raise WrongState("they are assigned already")
    is_second = any(folded(one.organisation) == folded(organisation) for one in there)
    if taking.rulebook.distinct_organisations and is_second:
        raise WrongState(
            f"somebody of {organisation} is assigned already, and reviewers are of different organisations"
        )


def _refuse_conflict(taking: Taking, person: bytes) -> None:
    why = None if taking.row.vendor is None else conflict_of(taking.transaction, person, taking.row.vendor)
    if why is not None:
        raise NotPermitted(f"a conflict of interest: {why}")


def _assigned(taking: Taking) -> None:
    if taking.kind is DossierKind.APPEAL:
        if taking.asker.identity not in seated(taking.events):
            raise NotPermitted("only who is seated on the panel does that")
        return
    is_office = Role.OFFICE in taking.roles and taking.step.event != "recommend"
    there = {one.identity for one in applications.reviewers_of(taking.transaction, taking.row.id)}
    if not is_office and taking.asker.identity not in there:
        raise NotPermitted("only who is assigned to this application does that")


def _conflict_denied(taking: Taking) -> None:
    if not taking.values.get("no_conflict"):
        raise WrongState("whoever recommends says first that they have no interest in the product: set no_conflict")
    _refuse_conflict(taking, taking.identity)


def recommendations(events: Iterable[CertificationEvent]) -> dict[bytes | None, str]:
    """The last recommendation of everybody."""
    return {one.identity: str(one.detail.get("recommendation")) for one in events if one.event == "recommend"}


def _first_recommendation(taking: Taking) -> None:
    _first(taking, "recommend", "submit", "object")


def _first(taking: Taking, event: str, *since: str) -> None:
    if any(one.event == event and one.identity == taking.asker.identity for one in taking.since(*since)):
        raise WrongState(f"you did that already ({event}); it is on record")


def _enough_reviews(taking: Taking) -> None:
    wanted = tracked(taking.rulebook, taking.row.track).reviewers
    found = recommendations(taking.since("submit"))
    is_grant = taking.values.get("decision") == _GRANT
    having = sum(one == _GRANT for one in found.values()) if is_grant else len(found)
    if having < wanted:
        what = "recommend to grant it" if is_grant else "recommend something"
        raise WrongState(f"{counted(wanted, 'reviewer')} must {what} first, and {having} did")


def _window_over(taking: Taking) -> None:
    if taking.row.due is not None and taking.now < taking.row.due:
        raise WrongState("the time in which somebody may object is not over yet")
    proposed = next((one for one in reversed(taking.events) if one.event == "propose"), None)
    decision = None if proposed is None else proposed.detail.get("decision")
    if decision != taking.step.event:
        raise WrongState(f"what was proposed is to {decision}; object, and propose anew what is right")


def _another_reviewed(taking: Taking) -> None:
    found = recommendations(taking.since("submit"))
    if tracked(taking.rulebook, taking.row.track).reviewers and not found.keys() - {taking.asker.identity}:
        raise NotPermitted("whoever decides is not the only one who reviewed")


def _verdict_holds(taking: Taking) -> None:
    if not taking.findings.runs:
        raise WrongState("it rests on no run")
    for one in taking.findings.runs:
        if not one.is_pass:
            raise WrongState(f"the verdict does not hold: {one.sentence}")


def _simple_track(taking: Taking) -> None:
    if tracked(taking.rulebook, taking.row.track).reviewers:
        raise WrongState(f"it is on the {taking.row.track} track, which asks for reviewers")


def _automatic_track(taking: Taking) -> None:
    if taking.row.track != ApplicationTrack.AUTOMATIC.value:
        raise WrongState(f"it is on the {taking.row.track} track, on which people decide")


def _regions_remain(taking: Taking) -> None:
    there, gone = set(taking.row.content.get("regions", ())), set(taking.values["regions"])
    strange = sorted(gone - there)
    if strange:
        raise InvalidRequest(
            f"{strange[0][:200]} is no region of this certificate; it covers {', '.join(sorted(there))}"
        )
    if not there - gone:
        raise WrongState("no region would remain; withdraw or revoke it")


def _later_day(taking: Taking) -> None:
    row = taking.row
    after = row.valid_until if taking.kind is DossierKind.CERTIFICATE else row.due
    if taking.kind is DossierKind.WAIVER or after is None:
        after = taking.now
    if end_of_day(taking.values["until"]) <= max(after, taking.now):
        raise InvalidRequest("until must be a later day than the one that holds now")


def _proposed_by_another(taking: Taking) -> None:
    proposal = last_proposal(taking.events)
    if proposal is None:
        raise WrongState("nobody proposed to revoke it; that takes two people")
    if proposal.identity == taking.asker.identity:
        raise NotPermitted("whoever proposed to revoke it does not revoke it; that takes two people")


def last_proposal(events: Iterable[CertificationEvent]) -> CertificationEvent | None:
    """The last proposal to revoke a certificate, which no reinstatement followed."""
    found = None
    for one in events:
        found = one if one.event == "propose-revocation" else None if one.event == "reinstate" else found
    return found


def _standing_shown(taking: Taking) -> None:
    content = taking.row.content
    if content.get("prevented"):
        return
    if not taking.findings.runs:
        raise WrongState("it names no run, and does not say what kept them from running the tests; dismiss it")
    (found,) = taking.findings.runs
    if attestations.of_run(taking.transaction, found.run.id) is None:
        raise WrongState("its run is not signed; whoever filed it sends a signed one, or it is dismissed")
    _refuse_other_cloud(taking, found.run.subject)
    if found.is_pass:
        raise WrongState("its run passes; dismiss it")


def _refuse_other_cloud(taking: Taking, subject: str | None) -> None:
    certificate = certificates.TABLE.anybodys(taking.transaction, taking.row.certificate or b"")
    if certificate is not None and subject not in certificate.content.get("regions", ()):
        raise WrongState("the run is of a cloud that the certificate does not cover")


def _first_extension(taking: Taking) -> None:
    if any(one.event == "extend" for one in taking.events):
        raise WrongState("more time is given once, and it was")


def _run_passes(taking: Taking) -> None:
    _verdict_holds(taking)
    for one in taking.findings.runs:
        _refuse_other_cloud(taking, one.run.subject)


def _own(taking: Taking) -> None:
    if taking.row.opened_by is None or taking.row.opened_by != taking.asker.identity:
        raise NotPermitted("only who filed it withdraws it")


def seated(events: Iterable[CertificationEvent]) -> set[bytes]:
    """Who is on the panel of an appeal."""
    return {bytes.fromhex(str(one.detail["reviewer"])) for one in events if one.event == "seat"}


def _took_no_part(taking: Taking) -> None:
    _, bits = names.office_of(taking.transaction, taking.person)
    if not roles_of(bits) & {Role.REVIEWER, Role.OFFICE}:
        raise InvalidRequest(f"{taking.values['reviewer'][:200]} has no role in the programme")
    if taking.person in seated(taking.events):
        raise WrongState("they are seated already")
    _refuse_conflict(taking, taking.person)
    about = taking.row.application or taking.row.certificate or b""
    if any(one.identity == taking.person for one in events.of(taking.transaction, about)):
        raise NotPermitted("they took part in what is appealed against")


def _first_vote(taking: Taking) -> None:
    _first(taking, "vote")


def _panel(taking: Taking, wanted: str) -> None:
    votes = {one.identity: one.detail.get("vote") for one in taking.events if one.event == "vote"}
    if len(votes) < taking.rulebook.panel:
        raise WrongState(f"the panel has {taking.rulebook.panel} members, and {len(votes)} voted")
    having = sum(vote == wanted for vote in votes.values())
    if having * 2 <= len(votes):
        raise WrongState(f"{having} of {len(votes)} voted so; the panel did not decide that")


def _first_approval(taking: Taking) -> None:
    _first(taking, "approve")


def _enough_approvals(taking: Taking) -> None:
    having = len({one.identity for one in taking.events if one.event == "approve"})
    if having < taking.rulebook.waiver_approvals:
        raise WrongState(
            f"{counted(taking.rulebook.waiver_approvals, 'reviewer')} must approve it first, and {having} did"
        )


GUARDS: Mapping[str, Callable[[Taking], None]] = {
    "checks_pass": _checks_pass,
    "one_open": _one_open,
    "no_conflict": _no_conflict,
    "assigned": _assigned,
    "conflict_denied": _conflict_denied,
    "first_recommendation": _first_recommendation,
    "enough_reviews": _enough_reviews,
    "window_over": _window_over,
    "another_reviewed": _another_reviewed,
    "verdict_holds": _verdict_holds,
    "simple_track": _simple_track,
    "automatic_track": _automatic_track,
    "regions_remain": _regions_remain,
    "later_day": _later_day,
    "proposed_by_another": _proposed_by_another,
    "standing_shown": _standing_shown,
    "first_extension": _first_extension,
    "run_passes": _run_passes,
    "own": _own,
    "took_no_part": _took_no_part,
    "first_vote": _first_vote,
    "panel_upholds": lambda taking: _panel(taking, "uphold the decision"),
    "panel_overturns": lambda taking: _panel(taking, "overturn it"),
    "first_approval": _first_approval,
    "enough_approvals": _enough_approvals,
}
"""Every guard that a machine names; a test holds that none is missing."""
JUDGED = {"checks_pass", "verdict_holds", "standing_shown", "run_passes"}
"""Those that look at verdicts, which are found before."""
