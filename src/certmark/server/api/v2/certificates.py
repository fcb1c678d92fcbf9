"""Certificates: what stands in the register, and what their holders and the programme office do with them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec

from certmark.domain.certification.steps import DossierKind
from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.bodies import RunId, Word, moment
from certmark.server.api.routes import Answer, Route
from certmark.server.api.v2.dossiers import (
    CHANGES,
    Behind,
    Events,
    EventWord,
    Reference,
    Step,
    StepTaken,
    behind_of,
    events_body,
    identity_of,
    rights_of,
    step_body,
)
from certmark.server.api.v2.words import IfMatch, Limit, revision_of
from certmark.server.asking import Asker, TokenScope
from certmark.server.services.certification import certificates
from certmark.server.services.certification.certificates import ShownCertificate
from certmark.server.services.context import Services


class OfCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """Which certificate."""

    certificate: Reference


class StepOfCertificate(OfCertificate, frozen=True, kw_only=True):
    """Which certificate, as it was when you looked at it, and what happens to it."""

    if_match: IfMatch | None = None
    event: EventWord


class WantedCertificates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of which certificates; of several filters one is taken."""

    vendor: RunId | None = None
    product: RunId | None = None
    programme: Word | None = None
    cursor: Behind | None = None
    limit: Limit = 50


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a certificate is worth now."""

    word: str
    """certified, due, grace, suspended, expired, withdrawn, superseded, revoked."""
    sentence: str
    in_force: bool
    mark_may_be_used: bool
    since: str
    until: str | None
    reason: str
    stale: bool


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate."""

    id: str
    number: str
    vendor: str
    product: str
    version: str
    programme: str
    program: str
    guideline: str
    rulebook: str
    valid_from: str
    valid_until: str
    """The first moment at which it is not in force any more."""
    state: str
    standing: Standing
    content: dict[str, Any]
    predecessor: str | None
    possible: list[Step]
    """Lists leave them out."""


class Certificates(msgspec.Struct, frozen=True, kw_only=True):
    """A page, the newest first."""

    certificates: list[Certificate]
    next: str | None


def certificate_body(shown: ShownCertificate) -> Certificate:
    """A certificate as JSON has it."""
    row, stands = shown.row, shown.standing
    return Certificate(
        id=ids.written(row.id),
        number=row.number,
        vendor=ids.written(row.vendor),
        product=ids.written(row.product),
        version=ids.written(row.version),
        programme=row.programme,
        program=row.program,
        guideline=row.guideline,
        rulebook=row.rulebook,
        valid_from=moment(row.valid_from) or "",
        valid_until=moment(row.valid_until) or "",
        state=row.state,
        standing=Standing(
            word=stands.word,
            sentence=stands.sentence,
            in_force=stands.is_in_force,
            mark_may_be_used=stands.mark_may_be_used,
            since=moment(stands.since) or "",
            until=moment(stands.until),
            reason=stands.reason,
            stale=stands.is_stale,
        ),
        content=dict(row.content),
        predecessor=None if row.predecessor is None else ids.written(row.predecessor),
        possible=[step_body(one) for one in shown.possible],
    )


def _list(services: Services, asker: Asker, asked: WantedCertificates) -> Answer:
    shown, behind = certificates.listed(
        services,
        asker,
        vendor=None if asked.vendor is None else ids.read(asked.vendor),
        product=None if asked.product is None else ids.read(asked.product),
        programme=asked.programme,
        behind=behind_of(asked.cursor),
        most=asked.limit,
    )
    body = Certificates(
        certificates=[certificate_body(one) for one in shown], next=None if behind is None else behind.hex()
    )
    return Answer(body, is_public=True)


def _meant(services: Services, asker: Asker, asked: OfCertificate) -> ShownCertificate:
    identity = identity_of(asked.certificate)
    if identity is None:
        return certificates.by_number(services, asker, asked.certificate)
    return certificates.show(services, asker, identity)


def _show(services: Services, asker: Asker, asked: OfCertificate) -> Answer:
    shown = _meant(services, asker, asked)
    return Answer(certificate_body(shown), revision=shown.row.revision)


def _past(services: Services, asker: Asker, asked: OfCertificate) -> Events:
    return events_body(certificates.past(services, asker, _meant(services, asker, asked).row.id))


def _take(services: Services, asker: Asker, asked: StepOfCertificate, told: StepTaken) -> Answer:
    revision, before = revision_of(asked.if_match), _meant(services, asker, asked)
    shown = certificates.take(services, asker, before.row.id, asked.event, told.values, revision)
    return Answer(certificate_body(shown), revision=shown.row.revision)


_MAY_SEE = (Right.SEE_REGISTER,)
ROUTES = (
    Route(
        method="GET",
        path="/certificates",
        name="list_certificates",
        summary="Certificates, the newest first, each with what it is worth now.",
        handler=_list,
        parameters=WantedCertificates,
        answer=Certificates,
        may=_MAY_SEE,
    ),
    Route(
        method="GET",
        path="/certificates/{certificate}",
        name="show_certificate",
        summary="A certificate, what it is worth now, and the steps that you may take.",
        handler=_show,
        parameters=OfCertificate,
        answer=Certificate,
        may=_MAY_SEE,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/certificates/{certificate}/events",
        name="list_certificate_events",
        summary="What happened to a certificate, as far as you may know.",
        handler=_past,
        parameters=OfCertificate,
        answer=Events,
        may=_MAY_SEE,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path="/certificates/{certificate}/{event}",
        name="move_certificate",
        summary="Take a step: suspend, reinstate, narrow, extend, rename, withdraw, revoke, and so on.",
        handler=_take,
        parameters=StepOfCertificate,
        body=StepTaken,
        answer=Certificate,
        scope=TokenScope.MANAGE,
        may=rights_of(DossierKind.CERTIFICATE),
        errors=CHANGES,
    ),
)
