"""Certificates as everybody sees them: the page, the signed documents, the badge.

What is signed is handed out as it was signed; how a certificate stands is computed when somebody asks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response

from certmark.domain.certification.certificates import PublicCertificate
from certmark.domain.certification.standings import CertificateStanding, day_of, last_day
from certmark.domain.guidelines import Level
from certmark.domain.verdict_values import CountKind, Verdict
from certmark.formats.certificates.status_list import status_row_document
from certmark.server.services import guidelines
from certmark.server.services.certification import freshness, granted, listing, public
from certmark.server.services.certification.public import PublishedDossier
from certmark.server.services.certification.register import entry_of
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.web.badges import BadgeContent, badge_json, badge_of, badge_svg, seconds_kept
from certmark.server.web.drawing import Span, Strip
from certmark.server.web.register import SECTION, CertificateLine, certificate_line
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import PageRoute, Shown

_JSON = "application/json"
_OPEN = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
_ROLES = {"office": "the programme office", "clock": "the clock", "designate": "its holder", "deputy": "its holder"}


class CertifiedCapability(msgspec.Struct, frozen=True, kw_only=True):
    """A capability in the verdict that was computed from the published outcomes."""

    key: str
    name: str
    level: str
    standing: str
    passed: int
    counted: int
    flagged: int
    waived: int


class ResultRow(msgspec.Struct, frozen=True, kw_only=True):
    """A test that the program asks for, and what it came to."""

    name: str
    capability: str
    level: str
    state: str
    counted: str


class CertifiedRunLine(msgspec.Struct, frozen=True, kw_only=True):
    """A run that the certificate rests on."""

    id: str
    cloud: str
    region: str
    suite: str
    standing: str
    passed: int
    counted: int
    digests: list[tuple[str, str]]
    """What, and its SHA-256."""
    capabilities: list[CertifiedCapability]


class HappenedLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that everybody may know."""

    moment: int
    event: str
    who: str
    rulebook: str


class PublicCaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A public case about the certificate."""

    number: str
    kind: str
    state: str
    created: int


class CertificatePage(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate."""

    certificate: CertificateLine
    mark_may_be_used: bool
    until: int | None
    bar: Strip
    is_signed: bool
    issuer: str
    guideline_sha256: str
    policy: str
    sentence: str
    configuration: str
    statement: list[tuple[str, str]]
    sections: list[tuple[str, str]]
    waivers: list[tuple[str, str, str]]
    """What is waived, why, and the last day."""
    conditions: list[str]
    runs: list[CertifiedRunLine]
    decided: int
    decided_by: str
    rulebook: str
    track: str
    rejudged: bool
    evaluator: str
    predecessor: str | None
    successor: str
    mark: str
    wording: str
    mark_terms: str
    has_receipt: bool
    events: list[HappenedLine]
    cases: list[PublicCaseLine]
    address: str
    """Of this page."""
    badge: str
    """Its address."""


class ResultsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Results of a certificate, test by test."""

    number: str
    run: str
    results: list[ResultRow]


def _number(asked: PageRequest) -> str:
    return str(asked.request.path_params["certificate"])


def _certificate(services: Services, asked: PageRequest) -> Shown:
    found = public.show(services, asked.asker, _number(asked))
    data = _page(services, asked, found)
    title = f"{found.row.number}: {granted.names_of(found.row).title}"
    return Shown("register/certificate.html.j2", title, data, section=SECTION)


def _page(services: Services, asked: PageRequest, found: PublishedDossier) -> CertificatePage:
    row, document, standing = found.row, found.document, found.standing
    entry = entry_of(services, row)._replace(standing=standing)
    verdicts = () if document is None else public.verdicts_of(services, row, document)
    address = asked.absolute(f"/certificates/{row.number}")
    mark = None if document is None else document.mark
    return CertificatePage(
        certificate=certificate_line(entry, freshness.last_passes(services, [row]).get(row.id)),
        mark_may_be_used=standing.mark_may_be_used,
        until=standing.until,
        bar=_bar(row, found, services.clock()),
        is_signed=document is not None,
        has_receipt=found.has_receipt,
        events=[
            HappenedLine(moment=one.moment, event=one.event, who=_ROLES.get(one.role, one.role), rulebook=one.rulebook)
            for one in found.events
        ],
        cases=[
            PublicCaseLine(number=one.number, kind=one.kind, state=one.state, created=one.created)
            for one in found.cases
        ],
        successor=str(row.content.get("successor") or ""),
        address=address,
        badge=f"{address}/badge.svg",
        mark="" if mark is None else mark.name,
        wording="" if mark is None else mark.wording,
        mark_terms="" if mark is None else mark.terms,
        runs=[] if document is None else _runs(document, verdicts),
        decided=row.created,
        **_of_document(document),
    )


def _happened(found: PublishedDossier) -> Iterator[HappenedLine]:
    """The decision, which is its application's event, and everything since."""
    decision = found.document.decision if found.document is not None else None
    who = "programme office" if decision is None else decision.role
    rulebook = "" if decision is None else decision.rulebook
    yield HappenedLine(moment=found.row.created, event="grant", who=who, rulebook=rulebook)
    for one in found.events:
        yield HappenedLine(
            moment=one.moment, event=one.event, who=_ROLES.get(one.role, one.role), rulebook=one.rulebook
        )


def _of_document(document: PublicCertificate | None) -> dict[str, Any]:
    """What the signed document alone says; empty where there is none."""
    if document is None:
        words = ("issuer", "guideline_sha256", "policy", "sentence", "configuration", "decided_by", "rulebook", "track",
                 "evaluator")  # fmt: skip
        lists = ("statement", "sections", "waivers", "conditions")
        return dict.fromkeys(words, "") | {name: [] for name in lists} | {"rejudged": False, "predecessor": None}
    terms, decision = document.terms, document.decision
    return {
        "issuer": document.issuer,
        "guideline_sha256": terms.guideline.sha256,
        "policy": terms.policy.name,
        "sentence": document.sentence,
        "configuration": document.subject.configuration,
        "statement": [tuple(one) for one in document.statement],
        "sections": [tuple(one) for one in document.sections],
        "waivers": [(one.target, one.reason, one.expires.isoformat()) for one in terms.waivers],
        "conditions": list(document.conditions),
        "decided_by": decision.role,
        "rulebook": decision.rulebook,
        "track": decision.track,
        "rejudged": decision.rejudged,
        "evaluator": document.evaluator,
        "predecessor": document.predecessor,
    }


def _bar(row: CertificateRow, found: PublishedDossier, now: int) -> Strip:
    """From the decision to the end: what it was worth when."""
    turns = {"suspend": "suspended", "pause": "suspended", "reinstate": "certified"}
    begin, word, spans = row.valid_from, "certified", []
    ended = row.since if row.state not in {"active", "suspended"} else None
    for one in found.events:
        new = turns.get(one.event)
        if new is not None and begin < one.moment:
            spans.append(Span(begin, one.moment, word))
            begin, word = one.moment, new
    end = min(row.valid_until, now, now if ended is None else ended)
    if begin < end:
        spans.append(Span(begin, end, word))
    if end < now:
        spans.append(Span(end, now, found.standing.word))
    last = max(row.valid_until, now)
    return Strip(f"From {day_of(row.valid_from)} to {last_day(row.valid_until)}", row.valid_from, last, tuple(spans))


def _runs(document: PublicCertificate, verdicts: tuple[Verdict, ...]) -> list[CertifiedRunLine]:
    known: tuple[Verdict | None, ...] = verdicts or (None,) * len(document.runs)
    return [
        CertifiedRunLine(
            id=run.id,
            cloud=run.cloud.identity,
            region=run.cloud.region,
            suite=run.suite,
            standing=run.standing.value,
            passed=run.totals.passed,
            counted=run.totals.counted,
            digests=[(one.what, one.sha256) for one in run.references],
            capabilities=[] if verdict is None else _capabilities(verdict),
        )
        for run, verdict in zip(document.runs, known, strict=True)
    ]


def _capabilities(verdict: Verdict) -> list[CertifiedCapability]:
    return [
        CertifiedCapability(
            key=one.key,
            name=one.name,
            level=one.level.value,
            standing=one.standing.value,
            passed=one.passed,
            counted=one.counted,
            flagged=one.flagged,
            waived=one.waived,
        )
        for one in verdict.capabilities
    ]


def _results(services: Services, asked: PageRequest) -> Shown:
    """Of the run that is named by its place, from 1; the first one where none is."""
    row = public.found(services, asked.asker, _number(asked))
    document = public.document_of(row)
    verdicts = () if document is None else public.verdicts_of(services, row, document)
    place = asked.query(WhichRun).run
    if document is None or not 1 <= place <= len(verdicts):
        raise NotFound(f"the certificate {row.number} has no results of a run {place} here")
    verdict = verdicts[place - 1]
    data = ResultsPage(number=row.number, run=document.runs[place - 1].id, results=_rows(verdict))
    rows = ((one.name, one.capability, one.level, one.state, one.counted) for one in data.results)
    columns = ("test", "capability", "level", "state", "counted")
    title = f"Results of certificate {row.number}"
    return Shown("register/results.html.j2", title, data, section=SECTION, csv=(columns, rows))


class WhichRun(msgspec.Struct, frozen=True, kw_only=True):
    """Which of the runs of a certificate."""

    run: int = 1


def _rows(verdict: Verdict) -> list[ResultRow]:
    shown = [one for one in verdict.capabilities if one.level is not Level.REMOVED]
    return [
        ResultRow(
            name=test.name,
            capability=one.key,
            level=one.level.value,
            state=settled.state.value,
            counted=_counted(verdict.counted_as(one.key, test)),
        )
        for one in shown
        for test, settled in verdict.tests_of(one.key)
    ]


def _counted(kind: CountKind) -> str:
    return kind.word


def _answer(asked: PageRequest, content: bytes, kind: str, seconds: int) -> Response:
    """Something that everybody may have from anywhere, with a tag."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
    headers = {**_OPEN, "Cache-Control": f"public, max-age={seconds}", "ETag": tag}
    if tag in asked.request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, HTTPStatus.OK, headers, kind)


def _document(services: Services, asked: PageRequest) -> Response:
    row = public.found(services, asked.asker, _number(asked))
    if row.envelope is None:
        raise NotFound(f"the certificate {row.number} is not signed yet; ask again in a moment")
    return _answer(asked, row.envelope, _JSON, 3600)


def _receipt(services: Services, asked: PageRequest) -> Response:
    row = public.found(services, asked.asker, _number(asked))
    receipt = public.receipt_of(services, row)
    if receipt is None:
        raise NotFound(f"there is no receipt of the certificate {row.number}, or not yet")
    return _answer(asked, receipt, "text/plain; charset=utf-8", 60)


def _status(services: Services, asked: PageRequest) -> Response:
    row = public.found(services, asked.asker, _number(asked))
    standing = public.standing_of(services, row)
    document = {
        "certificate": status_row_document(public.status_of(services, row)),
        "standing": {
            "word": standing.word,
            "sentence": standing.sentence,
            "in_force": standing.is_in_force,
            "mark_may_be_used": standing.mark_may_be_used,
            "stale": standing.is_stale,
        },
        "signed_list": asked.absolute("/certificates/status-list.json"),
    }
    return _answer(asked, msgspec.json.encode(document), _JSON, seconds_kept(standing, services.clock()))


def _list(services: Services, asked: PageRequest) -> Response:
    found = listing.newest_bytes(services)
    if found is None:
        raise NotFound("no status list is signed here, or not yet")
    return _answer(asked, found, _JSON, 60)


def _guideline(services: Services, asked: PageRequest) -> Response:
    """The text that a certificate names by its SHA-256."""
    digest = str(asked.request.path_params["sha256"])
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise NotFound("a text is meant by its SHA-256, in 64 small hexadecimal digits")
    revision = guidelines.revision_of(services, digest)
    if revision.digest.hex() != digest:
        raise NotFound(f"there is no guideline of SHA-256 {digest} here")
    content = guidelines.file_of(services, revision).read_bytes()
    return _answer(asked, content, "application/octet-stream", 3600)


def _badge(services: Services, asked: PageRequest) -> tuple[BadgeContent, CertificateStanding | None]:
    try:
        row = public.found(services, asked.asker, _number(asked))
    except NotFound:
        return badge_of("certificate", "", None), None
    standing = public.standing_of(services, row)
    return badge_of(entry_of(services, row).program, row.guideline, standing), standing


def _badge_svg(services: Services, asked: PageRequest) -> Response:
    content, standing = _badge(services, asked)
    return _answer(asked, badge_svg(content), "image/svg+xml", seconds_kept(standing, services.clock()))


def _badge_json(services: Services, asked: PageRequest) -> Response:
    content, standing = _badge(services, asked)
    seconds = seconds_kept(standing, services.clock())
    return _answer(asked, msgspec.json.encode(badge_json(content, seconds)), _JSON, seconds)


_HANDLERS: Mapping[str, Any] = {
    "/certificates/status-list.json": _list,
    "/certificates/guidelines/{sha256}": _guideline,
    "/certificates/{certificate}/status.json": _status,
    "/certificates/{certificate}/badge.svg": _badge_svg,
    "/certificates/{certificate}/badge.json": _badge_json,
    "/certificates/{certificate}.json": _document,
    "/certificates/{certificate}.tlog-proof": _receipt,
}
PAGES: tuple[PageRoute, ...] = (
    *(PageRoute(path, handler, forms=()) for path, handler in _HANDLERS.items()),
    PageRoute("/certificates/{certificate}/tests", _results, forms=("json", "csv")),
    PageRoute("/certificates/{certificate}", _certificate, forms=()),
)
