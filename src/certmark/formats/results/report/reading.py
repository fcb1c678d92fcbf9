"""Reading our JSON report back: its evidence, to judge again, and the judgement, to compare with.

A report may come from anybody. Whatever is wrong with it is one sentence (UnreadableResults).
Keys that this version does not know are left alone; a report of another version is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from certmark.domain.policies import InvalidPolicy, Policy, policy_from
from certmark.domain.results import Attempt, Detail, Evidence, Outcome, Request, Trouble, TroubleKind
from certmark.domain.verdict_values import Standing
from certmark.domain.waivers import Approval, GuidelineRange, Scope, Waiver
from certmark.formats.documents.fields import Fields
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.contents import MAX_NAME, MAX_REASON, MAX_REQUESTS, MAX_TEXT
from certmark.formats.results.report.parsing import parse_report
from certmark.formats.secrets.hiding import scrub

_ENDLESS = 2**63
"""A report as a whole is bounded (`parsing.MAX_SIZE`), its strings are not."""


class Judgement(NamedTuple):
    """What a report says that its evidence was judged to, and by what: enough to judge again."""

    guideline: str
    """Its id."""
    guideline_schema: str
    guideline_sha256: str
    guideline_status: str | None
    program: str
    """Its name."""
    policy: Policy
    as_of: date
    waivers: tuple[Waiver, ...]
    standing: Standing
    sentence: str
    evaluator: str
    """The version of the software that judged."""
    hosts: tuple[str, ...] = ()
    """The ids of the guidelines under which an add-on's hosts were judged; those that were not are left out."""


def read_report(data: bytes) -> tuple[Evidence, ...]:
    """The evidence of a report, with the names and digests that it had. Raises UnreadableResults."""
    return evidence_in(parse_report(data))


def evidence_in(parsed: Mapping[str, Any]) -> tuple[Evidence, ...]:
    """`read_report`, of a report that was parsed already."""
    report = _fields(parsed)
    if not report.has("evidence"):
        report.refuse("must be a list of mappings", "evidence")
    return tuple(_evidence(piece) for piece in report.items("evidence"))


def read_judgement(data: bytes) -> Judgement | None:
    """What the report says of a verdict; None if it was not judged. Raises UnreadableResults.

    Nothing is checked against the evidence: judge again to know.
    """
    return judgement_in(parse_report(data))


def judgement_in(parsed: Mapping[str, Any]) -> Judgement | None:
    """`read_judgement`, of a report that was parsed already."""
    report = _fields(parsed)
    if not report.has("judgement"):
        return None
    judgement = report.mapping("judgement")
    guideline = judgement.mapping("guideline")
    return Judgement(
        guideline=guideline.text("id"),
        guideline_schema=guideline.text("schema"),
        guideline_sha256=guideline.text("sha256"),
        guideline_status=guideline.maybe_text("status", may_be_empty=True),
        program=_any(judgement.mapping("program"), "name"),
        policy=_policy(judgement),
        as_of=judgement.day("as_of"),
        waivers=tuple(waiver_in(waiver) for waiver in judgement.items("waivers")),
        standing=judgement.member("standing", Standing),
        sentence=_any(judgement, "sentence"),
        evaluator=_any(report.mapping("evaluator"), "version"),
        hosts=tuple(dict.fromkeys(filter(None, (host.maybe_text("guideline") for host in judgement.items("hosts"))))),
    )


def _fields(parsed: Mapping[str, Any]) -> Fields:
    return Fields(parsed, "the report", UnreadableResults, hint="send it again")


def _any(fields: Fields, key: str) -> str:
    """A string as it is, also an empty one or a long one."""
    return fields.text(key, may_be_empty=True, limit=_ENDLESS)


def _maybe_any(fields: Fields, key: str) -> str | None:
    return fields.maybe_text(key, may_be_empty=True, limit=_ENDLESS)


def _evidence(piece: Fields) -> Evidence:
    return Evidence(
        name=_any(piece, "name"),
        format=_any(piece, "format"),
        size=piece.number("size"),
        sha256=_maybe_any(piece, "sha256"),
        attempts=tuple(_attempt(attempt) for attempt in piece.items("attempts")),
        passes_only=piece.truth("passes_only"),
        truncated=piece.truth("truncated"),
        remarks=piece.texts("remarks", (), limit=_ENDLESS),
        # AbsentPart in reports of before there were troubles, plugins and circumstances.
        troubles=tuple(_trouble(trouble) for trouble in piece.items("troubles")) if piece.has("troubles") else (),
        plugin=_maybe_any(piece, "plugin"),
        circumstances=piece.texts("circumstances", (), limit=_ENDLESS),
    )


def _trouble(trouble: Fields) -> Trouble:
    return Trouble(trouble.member("kind", TroubleKind), _any(trouble, "sentence"), _maybe_any(trouble, "scope") or "")


def _attempt(attempt: Fields) -> Attempt:
    name = _any(attempt, "name")
    if not 0 < len(name) <= MAX_NAME:
        attempt.refuse(f"must be a string of 1 to {MAX_NAME} characters", "name")
    return Attempt(
        name=name,
        uuid=_maybe_any(attempt, "uuid"),
        outcome=attempt.member("outcome", Outcome),
        started=attempt.maybe_number("started", least=-_ENDLESS + 1),
        seconds=attempt.maybe_decimal("seconds"),
        worker=_maybe_any(attempt, "worker"),
        attributes=attempt.texts("attributes", (), limit=_ENDLESS),
        tags=attempt.texts("tags", (), limit=_ENDLESS),
        detail=_detail(attempt.mapping("detail")) if attempt.has("detail") else None,
        place=_maybe_any(attempt, "place"),
        window=_window(attempt) if attempt.has("window") else None,
        superseded=attempt.truth("superseded") if attempt.has("superseded") else False,
    )


def _window(attempt: Fields) -> tuple[int, int]:
    match attempt.content["window"]:
        case [int(began), int(ended)] if -_ENDLESS < began <= ended < _ENDLESS:
            return (began, ended)
    return attempt.refuse("must be two times, the earlier one first", "window")


def _detail(detail: Fields) -> Detail:
    # A report may be of a release that did not know every form of a secret.
    return Detail(
        reason=scrub(_any(detail, "reason")[: 2 * MAX_REASON]),
        text=scrub((_maybe_any(detail, "text") or "")[-2 * MAX_TEXT :]),
        requests=tuple(_request(request) for request in detail.items("requests"))[:MAX_REQUESTS],
    )


def _request(request: Fields) -> Request:
    status = request.maybe_number("status")
    return Request(_any(request, "method"), _any(request, "url"), status, _maybe_any(request, "request_id"))


def waiver_in(waiver: Fields) -> Waiver:
    """A waiver as a report has it. Raises what `waiver` refuses with."""
    ends = waiver.mapping("guidelines") if waiver.has("guidelines") else None
    return Waiver(
        scope=waiver.member("scope", Scope),
        target=_any(waiver, "target"),
        reason=_any(waiver, "reason"),
        grantor=_any(waiver, "grantor"),
        expires=waiver.day("expires"),
        granted=waiver.maybe_day("granted"),
        link=_maybe_any(waiver, "link"),
        product=_maybe_any(waiver, "product"),
        guidelines=None if ends is None else GuidelineRange(_maybe_any(ends, "from"), _maybe_any(ends, "to")),
        # AbsentPart in reports of before there were signed waivers.
        approval=waiver.member("approval", Approval) if waiver.has("approval") else Approval.UNSIGNED,
        approvers=waiver.texts("approvers", (), limit=_ENDLESS),
    )


def _policy(judgement: Fields) -> Policy:
    try:
        return policy_from(judgement.mapping("policy").content)
    except InvalidPolicy as error:
        raise UnreadableResults(f"the report, policy: {error}; send it again") from error
