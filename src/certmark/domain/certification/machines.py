"""The machines of certification, as tables of steps (`steps`).

An application becomes a certificate, or not; a certificate is in force until a day, a decision or a successor ends
it; cases are what others have to say of both. The rules and where they come from: a run's age, the office's answer
and the cure after a challenge as in the CNCF's terms, reviewers of two other organisations and an objection window
as OVP had them, the office's decision within thirty days as interop 2017A C2.3, a grievance acknowledged within
thirty days as 2017A C3.3. The numbers themselves are the rulebook's.
"""

from __future__ import annotations

from collections.abc import Mapping

from certmark.domain.certification.steps import DossierKind, DossierMachine, FieldKind, StepField, Turn
from certmark.domain.certification.steps import DossierStep as Step
from certmark.domain.permissions import AccessRules, Right, Role

_REASON = StepField("reason", "Reason")
_TEXT = StepField("text", "Text")
_TEST = StepField("test", "Test that it is about", FieldKind.LINE, is_optional=True)
_CODES = ("evidence forged", "key compromised", "product changed", "terms broken", "not cured", "issued in error",
          "other")  # fmt: skip
_CODE = StepField("code", "Reason, as everybody reads it", FieldKind.CHOICE, _CODES)
FLAG_CODES = ("D400", "D401", "D402", "D403", "D404", "D405", "D406")
"""Why a test is flagged (interop 2017A, D4)."""


def _in(*states: str) -> frozenset[str]:
    return frozenset(states)


_OPEN = _in("submitted", "returned", "in review", "waiting", "objection window")
_GRANT = (
    StepField("reason", "Reasons"),
    StepField("conditions", "Conditions, as everybody reads them", is_optional=True),
    StepField("until", "In force until (the rulebook's day if empty)", FieldKind.DAY, is_optional=True),
)
_DECIDED = ("window_over", "another_reviewed", "verdict_holds")

APPLICATION = DossierMachine(
    DossierKind.APPLICATION,
    "draft",
    (
        Step("edit", "Change it", _in("draft", "returned"), None, Right.EDIT_APPLICATION),
        Step("submit", "Submit", _in("draft", "returned"), "submitted", Right.COMMIT_APPLICATION,
             guards=("checks_pass", "one_open"), owner=Turn.OFFICE, clock="first_answer_days", tells="received"),
        Step("discard", "Throw away", _in("draft"), "withdrawn", Right.EDIT_APPLICATION, owner=Turn.NOBODY,
             is_final=True, is_grave=True),
        Step("complete", "It is complete: begin the review", _in("submitted"), "in review",
             Right.DECIDE_ON_APPLICATION, owner=Turn.REVIEWERS, clock="decision_days", tells="in review"),
        Step("return", "Send it back", _in("submitted", "in review"), "returned", Right.DECIDE_ON_APPLICATION,
             fields=(_REASON,), owner=Turn.VENDOR, clock="return_days", tells="returned"),
        Step("assign", "Assign a reviewer", _in("submitted", "in review", "waiting"), None,
             Right.DECIDE_ON_APPLICATION, fields=(StepField("reviewer", "Reviewer", FieldKind.PERSON),),
             guards=("no_conflict",), tells="assigned"),
        Step("unassign", "Take a reviewer off", _in("submitted", "in review", "waiting"), None,
             Right.DECIDE_ON_APPLICATION, fields=(StepField("reviewer", "Reviewer", FieldKind.PERSON), _REASON)),
        Step("tick", "Answer an item of the checklist", _in("submitted", "in review"), None,
             Right.REVIEW_APPLICATION, fields=(
                 StepField("item", "Item", FieldKind.LINE),
                 StepField("answer", "Answer", FieldKind.CHOICE, ("yes", "no", "does not apply")),
                 StepField("text", "Note", is_optional=True)), guards=("assigned",)),
        Step("comment", "Comment", _in("submitted", "in review", "waiting", "objection window"), None,
             Right.REVIEW_APPLICATION, fields=(_TEXT, _TEST), guards=("assigned",)),
        Step("ask", "Ask the vendor", _in("in review"), "waiting", Right.REVIEW_APPLICATION, fields=(_TEXT, _TEST),
             guards=("assigned",), owner=Turn.VENDOR, clock="answer_days", tells="question"),
        Step("answer", "Answer", _in("waiting"), "in review", Right.EDIT_APPLICATION, fields=(_TEXT,),
             owner=Turn.REVIEWERS, clock="decision_days", tells="answer"),
        Step("recommend", "Recommend", _in("in review"), None, Right.REVIEW_APPLICATION, fields=(
            StepField("recommendation", "Recommendation", FieldKind.CHOICE, ("grant", "refuse")),
            _TEXT,
            StepField("no_conflict", "I, my employer and its customers have no interest in this product",
                      FieldKind.FLAG)),
             guards=("assigned", "conflict_denied", "first_recommendation")),
        Step("propose", "Propose the decision", _in("in review"), "objection window", Right.DECIDE_ON_APPLICATION,
             fields=(StepField("decision", "Decision", FieldKind.CHOICE, ("grant", "refuse")), _REASON),
             guards=("enough_reviews",), owner=Turn.OFFICE, clock="objection_days", tells="proposed"),
        Step("object", "Object", _in("objection window"), "in review", Right.REVIEW_APPLICATION, fields=(_REASON,),
             owner=Turn.OFFICE, clock="decision_days", tells="objection"),
        Step("grant", "Grant", _in("objection window"), "granted", Right.DECIDE_ON_APPLICATION, fields=_GRANT,
             guards=_DECIDED, owner=Turn.NOBODY, is_public=True, tells="granted", is_final=True, is_grave=True),
        Step("refuse", "Refuse", _in("objection window"), "refused", Right.DECIDE_ON_APPLICATION, fields=(_REASON,),
             guards=_DECIDED[:2], owner=Turn.NOBODY, tells="refused", is_final=True, is_grave=True),
        Step("grant-simply", "Grant on the simple track", _in("submitted", "in review"), "granted",
             Right.DECIDE_ON_APPLICATION, fields=_GRANT, guards=("simple_track", "verdict_holds"),
             owner=Turn.NOBODY, is_public=True, tells="granted", is_final=True, is_grave=True),
        Step("grant-automatically", "Grant automatically", _in("submitted"), "granted", None, by_clock=True,
             guards=("automatic_track", "verdict_holds"), owner=Turn.NOBODY, is_public=True, tells="granted",
             is_final=True),
        Step("send-back", "Return what was not answered", _in("waiting"), "returned", None, by_clock=True,
             owner=Turn.VENDOR, clock="return_days", tells="returned"),
        Step("lapse", "Close", _in("returned"), "lapsed", None, by_clock=True, owner=Turn.NOBODY, tells="lapsed",
             is_final=True),
        Step("reopen", "Take it up again", _in("refused"), "in review", None, owner=Turn.OFFICE,
             clock="decision_days", tells="reopened"),
        Step("withdraw", "Withdraw", _OPEN, "withdrawn", Right.COMMIT_APPLICATION, fields=(_REASON,),
             owner=Turn.NOBODY, tells="withdrawn", is_final=True, is_grave=True),
        Step("supersede", "Put another in its place", _OPEN, "superseded", Right.COMMIT_APPLICATION,
             owner=Turn.NOBODY, is_final=True, is_grave=True),
    ),
)  # fmt: skip
"""workflow: drafted, submitted, checked, reviewed, decided. `supersede` comes with the submission of the successor,
`reopen` with an appeal that is upheld against the office.
"""

_LIVE = _in("active", "suspended")
_ENDED = _in("expired", "withdrawn", "superseded")
CERTIFICATE = DossierMachine(
    DossierKind.CERTIFICATE,
    "active",
    (
        Step("suspend", "Suspend", _in("active"), "suspended", Right.MANAGE_CERTIFICATE, fields=(_CODE, _REASON),
             owner=Turn.VENDOR, clock="cure_days", is_public=True, tells="suspended", is_grave=True),
        Step("pause", "Have it suspended", _in("active"), "suspended", Right.COMMIT_APPLICATION, fields=(_REASON,),
             owner=Turn.OFFICE, clock="cure_days", is_public=True, tells="suspended", is_grave=True),
        Step("reinstate", "Reinstate", _in("suspended"), "active", Right.MANAGE_CERTIFICATE, fields=(_REASON,),
             owner=Turn.NOBODY, is_public=True, tells="reinstated"),
        Step("narrow", "Take regions out", _LIVE, None, Right.MANAGE_CERTIFICATE,
             fields=(StepField("regions", "Regions that are not covered any more", FieldKind.REGIONS), _REASON),
             guards=("regions_remain",), is_public=True, tells="narrowed", is_grave=True),
        Step("extend", "Move its end", _in("active"), None, Right.MANAGE_CERTIFICATE,
             fields=(StepField("until", "In force until", FieldKind.DAY), _REASON), guards=("later_day",),
             is_public=True, tells="extended"),
        Step("rename", "Enter a new name of the product", _LIVE, None, Right.MANAGE_CERTIFICATE,
             fields=(StepField("name", "New name", FieldKind.LINE), _REASON), is_public=True, tells="renamed"),
        Step("void-run", "Say that a run says nothing", _LIVE, None, Right.MANAGE_CERTIFICATE,
             fields=(StepField("run", "Run", FieldKind.RUN), _REASON), is_public=True),
        Step("withdraw", "Give it back", _LIVE, "withdrawn", Right.COMMIT_APPLICATION, fields=(_REASON,),
             owner=Turn.NOBODY, is_public=True, tells="certificate withdrawn", is_final=True, is_grave=True),
        Step("supersede", "Put a renewal in its place", _LIVE | {"expired"}, "superseded", None, owner=Turn.NOBODY,
             is_public=True, is_final=True),
        Step("expire", "End", _LIVE, "expired", None, owner=Turn.NOBODY, is_public=True, tells="expired",
             is_final=True),
        Step("cure-over", "The time to mend it is over", _in("suspended"), None, None, owner=Turn.OFFICE,
             tells="cure over"),
        Step("propose-revocation", "Propose to revoke it", _LIVE | _ENDED, None, Right.MANAGE_CERTIFICATE,
             fields=(_CODE, StepField("invalid_from", "Invalid from", FieldKind.DAY), _REASON)),
        Step("revoke", "Revoke", _LIVE | _ENDED, "revoked", Right.MANAGE_CERTIFICATE, fields=(_REASON,),
             guards=("proposed_by_another",), owner=Turn.NOBODY, is_public=True, tells="revoked", is_final=True,
             is_grave=True),
    ),
)  # fmt: skip
"""`expire` is the clock's at `valid_until`, `supersede` comes with a renewal that is granted."""

CHALLENGE = DossierMachine(
    DossierKind.CHALLENGE,
    "filed",
    (
        Step("notify", "Let the holder know", _in("filed"), "noticed", Right.HANDLE_CASE,
             fields=(StepField("text", "What the holder must do"),), guards=("standing_shown",), owner=Turn.VENDOR,
             clock="cure_days", tells="challenge", is_public=True),
        Step("acknowledge", "Acknowledge", _in("noticed"), None, Right.COMMIT_APPLICATION),
        Step("extend", "Give more time, once", _in("noticed"), None, Right.HANDLE_CASE,
             fields=(StepField("until", "Until", FieldKind.DAY), _REASON), guards=("first_extension", "later_day"),
             tells="extended", is_public=True),
        Step("cure", "Say that it is mended", _in("noticed", "not cured"), "answered", Right.COMMIT_APPLICATION,
             fields=(StepField("run", "Run that passes", FieldKind.RUN), StepField("text", "Statement")),
             guards=("run_passes",), owner=Turn.OFFICE, clock="challenge_notice_days", tells="cure"),
        Step("accept", "Accept the cure", _in("answered"), "cured", Right.HANDLE_CASE, fields=(_REASON,),
             owner=Turn.NOBODY, is_public=True, tells="cured", is_final=True),
        Step("reject", "Reject the cure", _in("answered"), "not cured", Right.HANDLE_CASE, fields=(_REASON,),
             owner=Turn.OFFICE, clock="challenge_notice_days", tells="not cured"),
        Step("run-out", "The time to mend it is over", _in("noticed"), "not cured", None, by_clock=True,
             owner=Turn.OFFICE, clock="challenge_notice_days", tells="not cured"),
        Step("uphold", "Uphold, and suspend the certificate", _in("not cured"), "upheld", Right.HANDLE_CASE,
             fields=(_REASON,), owner=Turn.NOBODY, is_public=True, tells="upheld", is_final=True, is_grave=True),
        Step("dismiss", "Dismiss", _in("filed", "noticed", "answered", "not cured"), "dismissed", Right.HANDLE_CASE,
             fields=(_REASON,), owner=Turn.NOBODY, is_public=True, tells="dismissed", is_final=True),
        Step("withdraw", "Withdraw", _in("filed", "noticed", "answered", "not cured"), "withdrawn", Right.FILE_CASE,
             guards=("own",), owner=Turn.NOBODY, is_final=True),
    ),
)  # fmt: skip

CONCERN = DossierMachine(
    DossierKind.CONCERN,
    "open",
    (
        Step("explain", "Explain", _in("open", "shown"), None, Right.EDIT_APPLICATION, fields=(_TEXT,)),
        Step("settle", "Settle", _in("open", "shown"), "settled", Right.HANDLE_CASE, fields=(_REASON,),
             owner=Turn.NOBODY, is_final=True),
        Step("pass", "A later run passed", _in("open", "shown"), "settled", None, owner=Turn.NOBODY, is_final=True),
        Step("show", "Show it", _in("open"), "shown", None, by_clock=True, owner=Turn.VENDOR, is_public=True,
             tells="concern shown"),
    ),
)  # fmt: skip
"""Never a revocation by itself (SCS-0004 8)."""

GRIEVANCE = DossierMachine(
    DossierKind.GRIEVANCE,
    "filed",
    (
        Step("acknowledge", "Acknowledge", _in("filed"), "acknowledged", Right.HANDLE_CASE, owner=Turn.OFFICE,
             clock="decision_days", tells="acknowledged"),
        Step("propose-flag", "Propose a flag", _in("filed", "acknowledged"), "flag proposed", Right.HANDLE_CASE,
             fields=(StepField("code", "Reason code", FieldKind.CHOICE, FLAG_CODES), _REASON), owner=Turn.NOBODY,
             is_public=True, tells="flag proposed", is_final=True),
        Step("refuse", "Refuse", _in("filed", "acknowledged"), "refused", Right.HANDLE_CASE, fields=(_REASON,),
             owner=Turn.NOBODY, is_public=True, tells="grievance refused", is_final=True),
        Step("withdraw", "Withdraw", _in("filed", "acknowledged"), "withdrawn", Right.EDIT_APPLICATION,
             owner=Turn.NOBODY, is_final=True),
    ),
)  # fmt: skip

APPEAL = DossierMachine(
    DossierKind.APPEAL,
    "filed",
    (
        Step("seat", "Seat a member of the panel", _in("filed", "before the panel"), "before the panel",
             Right.HANDLE_CASE, fields=(StepField("reviewer", "Member", FieldKind.PERSON),), guards=("took_no_part",),
             owner=Turn.PANEL, clock="appeal_days", tells="assigned"),
        Step("stay", "Stay the decision", _in("before the panel"), None, Right.REVIEW_APPLICATION, fields=(_REASON,),
             guards=("assigned",), is_public=True),
        Step("vote", "Vote", _in("before the panel"), None, Right.REVIEW_APPLICATION,
             fields=(StepField("vote", "Vote", FieldKind.CHOICE, ("uphold the decision", "overturn it")), _REASON),
             guards=("assigned", "first_vote")),
        Step("uphold", "The decision stands", _in("before the panel"), "upheld", Right.HANDLE_CASE,
             fields=(_REASON,), guards=("panel_upholds",), owner=Turn.NOBODY, is_public=True, tells="appeal decided",
             is_final=True, is_grave=True),
        Step("overturn", "The decision is overturned", _in("before the panel"), "overturned", Right.HANDLE_CASE,
             fields=(_REASON,), guards=("panel_overturns",), owner=Turn.NOBODY, is_public=True,
             tells="appeal decided", is_final=True, is_grave=True),
        Step("withdraw", "Withdraw", _in("filed", "before the panel"), "withdrawn", Right.COMMIT_APPLICATION,
             owner=Turn.NOBODY, is_final=True),
    ),
)  # fmt: skip
"""An application that was refused, and whose refusal is overturned, goes back to its review."""

WAIVER = DossierMachine(
    DossierKind.WAIVER,
    "asked",
    (
        Step("approve", "Approve", _in("asked"), None, Right.REVIEW_APPLICATION, fields=(_REASON,),
             guards=("no_conflict", "first_approval")),
        Step("put-in-force", "Put in force", _in("asked"), "in force", Right.HANDLE_CASE,
             fields=(StepField("until", "Until", FieldKind.DAY), _REASON), guards=("enough_approvals", "later_day"),
             owner=Turn.CLOCK, is_public=True, tells="waiver granted"),
        Step("refuse", "Refuse", _in("asked"), "refused", Right.HANDLE_CASE, fields=(_REASON,), owner=Turn.NOBODY,
             tells="waiver refused", is_final=True),
        Step("withdraw", "Withdraw", _in("asked"), "withdrawn", Right.EDIT_APPLICATION, owner=Turn.NOBODY,
             is_final=True),
        Step("revoke", "Revoke", _in("in force"), "revoked", Right.HANDLE_CASE, fields=(_REASON,), owner=Turn.NOBODY,
             is_public=True, tells="waiver revoked", is_final=True, is_grave=True),
        Step("expire", "End", _in("in force"), "expired", None, by_clock=True, owner=Turn.NOBODY, is_public=True,
             tells="waiver expired", is_final=True),
        Step("propose-flag", "Propose a flag for all", _in("asked", "in force"), None, Right.HANDLE_CASE,
             fields=(StepField("code", "Reason code", FieldKind.CHOICE, FLAG_CODES), _REASON), is_public=True),
    ),
)  # fmt: skip

MACHINES: Mapping[DossierKind, DossierMachine] = {
    machine.kind: machine for machine in (APPLICATION, CERTIFICATE, CHALLENGE, CONCERN, GRIEVANCE, APPEAL, WAIVER)
}
"""Every kind has one."""
FILING: Mapping[DossierKind, tuple[Right, tuple[StepField, ...]]] = {
    DossierKind.CHALLENGE: (Right.FILE_CASE, (
        StepField("claim", "What does not hold"),
        StepField("run", "Your signed run of the same guideline", FieldKind.RUN, is_optional=True),
        StepField("prevented", "What kept you from running the tests", is_optional=True),
        StepField("is_anonymous", "The holder is not told who I am", FieldKind.FLAG, is_optional=True))),
    DossierKind.GRIEVANCE: (Right.EDIT_APPLICATION, (
        StepField("test", "Test", FieldKind.LINE), _REASON, StepField("link", "Link", FieldKind.LINE, is_optional=True),
        StepField("run", "Run that shows it", FieldKind.RUN, is_optional=True))),
    DossierKind.APPEAL: (Right.COMMIT_APPLICATION, (StepField("grounds", "Grounds"),)),
    DossierKind.WAIVER: (Right.EDIT_APPLICATION, (
        StepField("test", "Test", FieldKind.LINE), _REASON, StepField("link", "Link", FieldKind.LINE),
        StepField("run", "Run that shows it", FieldKind.RUN, is_optional=True))),
}  # fmt: skip
"""Who may open a case, and what they say; a concern is raised by what is found, never by a person."""


def step(kind: DossierKind, state: str, event: str) -> Step:
    """What an event does. Raises UntimelyRequest."""
    return MACHINES[kind].step(state, event)


def possible(kind: DossierKind, state: str, rules: AccessRules, roles: frozenset[Role]) -> list[Step]:
    """What somebody with these roles may do now, guards aside."""
    return MACHINES[kind].possible(state, rules, roles)
