"""Cases: challenges, concerns, grievances, appeals and requests for waivers."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from certmark.domain.certification.machines import FILING
from certmark.domain.certification.steps import DossierKind
from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.bodies import RunId, Word, moment
from certmark.server.api.routes import Answer, Route
from certmark.server.api.v2.dossiers import (
    BODY,
    CHANGES,
    Behind,
    Events,
    EventWord,
    Line,
    Reference,
    Step,
    StepTaken,
    Told,
    behind_of,
    events_body,
    identity_of,
    rights_of,
    step_body,
)
from certmark.server.api.v2.words import IfMatch, Limit, revision_of
from certmark.server.asking import Asker, TokenScope
from certmark.server.services.certification import cases
from certmark.server.services.certification.cases import CaseSubject, ShownCase
from certmark.server.services.context import Services
from certmark.server.store.certification.cases import CaseRow

KindWord = Literal["challenge", "concern", "grievance", "appeal", "waiver"]
FiledWord = Literal["challenge", "grievance", "appeal", "waiver"]
_KINDS = tuple(kind for kind in DossierKind if kind.is_case)


class OfCase(msgspec.Struct, frozen=True, kw_only=True):
    """Which case."""

    case: Reference


class StepOfCase(OfCase, frozen=True, kw_only=True):
    """Which case, as it was when you looked at it, and what happens to it."""

    if_match: IfMatch | None = None
    event: EventWord


class WantedCases(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of which cases; of several filters one is taken."""

    kind: KindWord | None = None
    vendor: RunId | None = None
    product: RunId | None = None
    certificate: RunId | None = None
    application: RunId | None = None
    test: Word | None = None
    cursor: Behind | None = None
    limit: Limit = 50


class FiledCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new case, and what it is about: a certificate, an application, or a version of a product and a programme."""

    kind: FiledWord
    certificate: RunId | None = None
    application: RunId | None = None
    version: RunId | None = None
    programme: Word | None = None
    values: Annotated[dict[Line, Told], Meta(max_length=20)] = {}
    """challenge: claim, run, prevented, is_anonymous; grievance, waiver: test, reason, link, run; appeal: grounds."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says about a certificate, an application or a test."""

    id: str
    number: str
    kind: str
    programme: str
    vendor: str | None
    product: str | None
    certificate: str | None
    application: str | None
    test: str | None
    state: str
    owner: str
    """Whose turn it is."""
    created: str
    due: str | None
    until: str | None
    """Of a waiver: the first moment at which it does not hold any more."""
    public: bool
    content: dict[str, Any]
    """What was said when it was filed, as far as you may know."""
    possible: list[Step]
    """Lists leave them out."""


class Cases(msgspec.Struct, frozen=True, kw_only=True):
    """A page, the newest first."""

    cases: list[Case]
    next: str | None


def case_body(row: CaseRow, shown: ShownCase | None = None) -> Case:
    """A case as JSON has it."""
    return Case(
        id=ids.written(row.id),
        number=row.number,
        kind=row.kind,
        programme=row.programme,
        vendor=_written(row.vendor),
        product=_written(row.product),
        certificate=_written(row.certificate),
        application=_written(row.application),
        test=row.test,
        state=row.state,
        owner=row.owner,
        created=moment(row.created) or "",
        due=moment(row.due),
        until=moment(row.until),
        public=row.is_public,
        content={} if shown is None else dict(shown.content),
        possible=[] if shown is None else [step_body(one) for one in shown.possible],
    )


def _written(identity: bytes | None) -> str | None:
    return None if identity is None else ids.written(identity)


def _read(word: str | None) -> bytes | None:
    return None if word is None else ids.read(word)


def _list(services: Services, asker: Asker, asked: WantedCases) -> Cases:
    rows, behind = cases.listed(
        services,
        asker,
        kind=None if asked.kind is None else DossierKind(asked.kind),
        vendor=_read(asked.vendor),
        product=_read(asked.product),
        certificate=_read(asked.certificate),
        application=_read(asked.application),
        test=asked.test,
        behind=behind_of(asked.cursor),
        most=asked.limit,
    )
    return Cases(cases=[case_body(row) for row in rows], next=None if behind is None else behind.hex())


def _meant(services: Services, asker: Asker, asked: OfCase) -> ShownCase:
    identity = identity_of(asked.case)
    if identity is None:
        return cases.by_number(services, asker, asked.case)
    return cases.show(services, asker, identity)


def _answer(shown: ShownCase, headers: dict[str, str] | None = None) -> Answer:
    return Answer(case_body(shown.row, shown), headers=headers or {}, revision=shown.row.revision)


def _file(services: Services, asker: Asker, asked: msgspec.Struct, new: FiledCase) -> Answer:  # noqa: ARG001 - every handler takes these
    subject = CaseSubject(_read(new.certificate), _read(new.application), _read(new.version))
    shown = cases.file(services, asker, DossierKind(new.kind), subject, new.values, new.programme)
    return _answer(shown, {"Location": f"/api/v2/cases/{ids.written(shown.row.id)}"})


def _show(services: Services, asker: Asker, asked: OfCase) -> Answer:
    return _answer(_meant(services, asker, asked))


def _past(services: Services, asker: Asker, asked: OfCase) -> Events:
    return events_body(cases.past(services, asker, _meant(services, asker, asked).row.id))


def _take(services: Services, asker: Asker, asked: StepOfCase, told: StepTaken) -> Answer:
    revision, before = revision_of(asked.if_match), _meant(services, asker, asked)
    return _answer(cases.take(services, asker, before.row.id, asked.event, told.values, revision))


_MAY_SEE = (Right.SEE_REGISTER, Right.SEE_CASE)
ROUTES = (
    Route(
        method="GET",
        path="/cases",
        name="list_cases",
        summary="Cases that you may see, the newest first.",
        handler=_list,
        parameters=WantedCases,
        answer=Cases,
        may=_MAY_SEE,
    ),
    Route(
        method="POST",
        path="/cases",
        name="file_case",
        summary="Challenge a certificate, object to a test or a decision, or ask for a waiver.",
        handler=_file,
        body=FiledCase,
        answer=Case,
        status=HTTPStatus.CREATED,
        scope=TokenScope.MANAGE,
        may=tuple(dict.fromkeys(right for right, _ in FILING.values())),
        errors=(*BODY, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    ),
    Route(
        method="GET",
        path="/cases/{case}",
        name="show_case",
        summary="A case, and the steps that you may take now.",
        handler=_show,
        parameters=OfCase,
        answer=Case,
        may=_MAY_SEE,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/cases/{case}/events",
        name="list_case_events",
        summary="What happened to a case, as far as you may know.",
        handler=_past,
        parameters=OfCase,
        answer=Events,
        may=_MAY_SEE,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path="/cases/{case}/{event}",
        name="move_case",
        summary="Take a step: notify, acknowledge, cure, accept, vote, approve, withdraw, and so on.",
        handler=_take,
        parameters=StepOfCase,
        body=StepTaken,
        answer=Case,
        scope=TokenScope.MANAGE,
        may=rights_of(*_KINDS),
        errors=CHANGES,
    ),
)
