"""A certificate from inside: how it stands, what its holder and the office do with it, its cases, its renewal."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from certmark.domain.certification.standings import day_of, last_day
from certmark.domain.certification.steps import DossierKind, DossierStep, FieldKind
from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.services import members
from certmark.server.services.certification import cases, certificates, rules
from certmark.server.services.certification.certificates import ShownCertificate
from certmark.server.services.context import Services
from certmark.server.web.certification.applications import BASE as APPLICATIONS
from certmark.server.web.certification.dossiers import SECTION, Dossier, EventLine, event_lines, step_pages
from certmark.server.web.certification.lines import DossierLine, case_line
from certmark.server.web.certification.step_forms import StepLink, step_links
from certmark.server.web.desk import Nothing, asks, confirmed, form_page, sent
from certmark.server.web.forms import done
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

BASE = "/certification/certificates"
_FRONT = ("/certification", "Certification")


class CertificateDesk(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate, as somebody sees it who may change it, or not."""

    number: str
    word: str
    sentence: str
    mark_may_be_used: bool
    vendor: str
    vendor_name: str
    product: str
    product_name: str
    version_name: str
    programme: str
    program: str
    guideline: str
    regions: list[str]
    valid_from: str
    valid_until: str
    conditions: str
    application: str | None
    """Its file, for who may see it."""
    may_renew: bool
    steps: list[StepLink]
    revision: int
    cases: list[DossierLine]
    events: list[EventLine]


def _found(services: Services, asked: PageRequest) -> ShownCertificate:
    """By its number, or by its id, as notices name it. Raises NotFound."""
    word = str(asked.request.path_params["certificate"])
    try:
        identity = ids.read(word)
    except ValueError:
        return certificates.by_number(services, asked.asker, word)
    return certificates.show(services, asked.asker, identity)


def _show(services: Services, asked: PageRequest) -> Shown:
    found, now = _found(services, asked), services.clock()
    row, content = found.row, found.row.content
    called, base = content.get("names", {}), f"{BASE}/{found.row.number}"
    roles = members.own_roles(services, asked.asker).towards(row.vendor)
    about, _ = cases.listed(services, asked.asker, certificate=row.id)
    data = CertificateDesk(
        number=row.number,
        word=found.standing.word,
        sentence=found.standing.sentence[:1].upper() + found.standing.sentence[1:],
        mark_may_be_used=found.standing.mark_may_be_used,
        vendor=ids.written(row.vendor),
        vendor_name=str(called.get("vendor", "")),
        product=ids.written(row.product),
        product_name=str(called.get("product", "")),
        version_name=str(called.get("version", "")),
        programme=row.programme,
        program=row.program,
        guideline=row.guideline,
        regions=list(content.get("regions", ())),
        valid_from=day_of(row.valid_from),
        valid_until=last_day(row.valid_until),
        conditions=str(content.get("conditions") or ""),
        application=ids.written(row.application) if asked.asker.has(Right.SEE_APPLICATION, roles) else None,
        may_renew=asked.asker.has(Right.EDIT_APPLICATION, roles),
        steps=step_links(found.possible, base),
        revision=row.revision,
        cases=[case_line(one, now) for one in about],
        events=event_lines(DossierKind.CERTIFICATE, certificates.past(services, asked.asker, row.id)),
    )
    title = f"Certificate {row.number}"
    return Shown("certification/certificate.html.j2", title, data, section=SECTION, freshness=Freshness.PRIVATE)


def _renewal(services: Services, asked: PageRequest) -> Shown:
    row = _found(services, asked).row
    base = f"{BASE}/{row.number}"
    form = msgspec.structs.replace(confirmed(f"{base}/renew", "Begin a renewal", base), is_destructive=False)
    lead = (
        "A draft is made that says what the last application said; change what is otherwise now, and name new runs.",
        "This certificate stays as it is until the renewal is granted, and then gives way to it.",
    )
    return form_page(f"Renew {row.number}", form, lead=lead, trail=(_FRONT, (base, row.number)), section=SECTION)


def _renew(services: Services, asked: PageRequest) -> Shown | Response:
    row = _found(services, asked).row

    def act(_: Nothing, __: int | None) -> Response:
        begun = certificates.renew(services, asked.asker, row.id)
        return done(asked, f"{APPLICATIONS}/{ids.written(begun.row.id)}/edit", "made")

    return sent(asked, _renewal(services, asked), act, Nothing)


def _look(services: Services, asked: PageRequest) -> Dossier:
    found = _found(services, asked)
    row = found.row
    return Dossier(
        row.id,
        DossierKind.CERTIFICATE,
        f"certificate {row.number}",
        f"{BASE}/{row.number}",
        row.state,
        row.revision,
        found.possible,
        (_FRONT,),
        lead=lambda step: _lead(found, step),
        rulebook=rules.rulebook_of(services, row, services.clock()),
    )


def _lead(found: ShownCertificate, step: DossierStep) -> list[str]:
    if any(one.kind is FieldKind.REGIONS for one in step.fields):
        return [f"It covers {', '.join(found.row.content.get('regions', ()))}."]
    return []


PAGES: tuple[PageRoute, ...] = (
    PageRoute(f"{BASE}/{{certificate}}", _show),
    *asks(f"{BASE}/{{certificate}}/renew", _renewal, _renew),
    *step_pages(f"{BASE}/{{certificate}}", _look, certificates.take),
)
