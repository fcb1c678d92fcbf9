"""Cases: how one is filed, and the page of one with its steps."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

import msgspec
from starlette.responses import Response

from certmark.domain.certification.machines import FILING
from certmark.domain.certification.rulebooks import in_force
from certmark.domain.certification.standings import last_day
from certmark.domain.certification.steps import DossierKind, DossierStep, FieldKind, StepField
from certmark.domain.permissions import Role
from certmark.server import ids
from certmark.server.api.bodies import Word
from certmark.server.services import offices
from certmark.server.services.certification import applications, cases, certificates, rules
from certmark.server.services.certification.cases import CaseSubject, ShownCase
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.store.certification.events import CertificationEvent
from certmark.server.web.certification.applications import reviewer_options, version_options
from certmark.server.web.certification.dossiers import (
    SECTION,
    Dossier,
    EventLine,
    ToldLine,
    TurnLine,
    event_lines,
    step_pages,
)
from certmark.server.web.certification.lines import turn_of
from certmark.server.web.certification.step_forms import (
    Choices,
    StepLink,
    answers_of,
    answers_type,
    fields_form,
    step_links,
)
from certmark.server.web.desk import asks, form_page, identity_in, sent
from certmark.server.web.forms import Field, FormOption, done
from certmark.server.web.guidelines.opened import day_of
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

BASE = "/certification/cases"
_FRONT = ("/certification", "Certification")
_LEADS = {
    DossierKind.CHALLENGE: (
        "A challenge says that what is certified does not pass, and shows it by a signed run of the same guideline.",
        "The holder is told, and has the days of the rulebook to mend it. The case is public from then on.",
    ),
    DossierKind.GRIEVANCE: ("A grievance says that a test is wrong. It ends with a flag for everybody, or a refusal.",),
    DossierKind.APPEAL: ("An appeal asks a panel, of which nobody took part, to look at a decision again.",),
    DossierKind.WAIVER: ("A waiver lets a test not count for one product, for a time. It needs a reason and a link.",),
}
_SUBJECT = ("certificate", "application")


class SaidLine(ToldLine, frozen=True, kw_only=True):
    """What was said when it was filed."""

    is_run: bool


class FlagLine(msgspec.Struct, frozen=True, kw_only=True):
    """A flag that was proposed, as an author's shell takes it."""

    test: str
    code: str
    reason: str
    """With the address of the case, where its evidence stands."""


class CasePage(msgspec.Struct, frozen=True, kw_only=True):
    """A case, as somebody sees it."""

    number: str
    kind: str
    state: str
    turn: TurnLine
    vendor: str | None
    vendor_name: str
    product: str | None
    product_name: str
    certificate: str | None
    application: str | None
    application_name: str
    test: str
    until: str | None
    created: int
    opened_by: str
    """Empty where whoever asks is not told."""
    is_public: bool
    steps: list[StepLink]
    revision: int
    said: list[SaidLine]
    events: list[EventLine]
    flag: FlagLine | None
    """What an author does with it in the guideline's repository; None: no flag was proposed."""


class AboutCase(msgspec.Struct, frozen=True, kw_only=True):
    """What a new case is about, as its form names it."""

    certificate: Word | None = None
    """Its number."""
    application: Word | None = None
    version: Word | None = None
    programme: Word | None = None


def _kind_in(asked: PageRequest) -> DossierKind:
    """Raises NotFound."""
    word = str(asked.request.path_params["kind"])
    found = next((one for one in FILING if one.value == word), None)
    if found is None:
        raise NotFound(
            f"there is no case {word[:60]!r} to be filed; there are {', '.join(one.value for one in FILING)}"
        )
    return found


def _subject_fields(kind: DossierKind) -> tuple[StepField, ...]:
    """What it is about: a certificate or application that an address names, else a version of a product."""
    if kind in {DossierKind.GRIEVANCE, DossierKind.WAIVER}:
        return (
            StepField("version", "Product and version", FieldKind.LINE),
            StepField("programme", "Programme", FieldKind.LINE),
        )
    if kind is DossierKind.CHALLENGE:
        return (StepField("certificate", "Number of the certificate", FieldKind.LINE),)
    return tuple(StepField(name, f"Number of the {name}", FieldKind.LINE, is_optional=True) for name in _SUBJECT)


def _new(services: Services, asked: PageRequest) -> Shown:
    kind = _kind_in(asked)
    fields = (*_subject_fields(kind), *FILING[kind][1])
    given = asked.request.query_params if asked.request.method == "GET" else {}
    form = fields_form(fields, f"{BASE}/new/{kind.value}", "File it", "/certification", {}, given)
    if any(one.name == "version" for one in fields):
        form = msgspec.structs.replace(form, fields=tuple(_chosen(services, asked, one) for one in form.fields))
    title = f"File {'an' if kind is DossierKind.APPEAL else 'a'} {_worded(kind)}"
    return form_page(title, form, lead=_LEADS[kind], trail=(_FRONT,), section=SECTION)


def _chosen(services: Services, asked: PageRequest, field: Field) -> Field:
    today = day_of(services)
    if field.name == "version":
        options = tuple(version_options(services, asked))
    elif field.name == "programme":
        certifying = (one for one in services.programmes if in_force(one.rulebooks, today) is not None)
        options = tuple(FormOption(one.word, one.name) for one in certifying)
    else:
        return field
    first = options[0].value if options else ""
    return msgspec.structs.replace(field, kind="choice", hint="", options=options, value=field.value or first)


def _worded(kind: DossierKind) -> str:
    return "request for a waiver" if kind is DossierKind.WAIVER else kind.value


def _file(services: Services, asked: PageRequest) -> Shown | Response:
    kind = _kind_in(asked)
    about = {one.name for one in _subject_fields(kind)}

    def act(found: msgspec.Struct, _: int | None) -> Response:
        values = answers_of(found)
        subject = {name: str(value) for name, value in values.items() if name in about}
        told = {name: value for name, value in values.items() if name not in about}
        meant = _meant(services, asked, subject)
        row = cases.file(services, asked.asker, kind, meant, told, subject.get("programme")).row
        return done(asked, f"{BASE}/{ids.written(row.id)}", "filed")

    return sent(asked, _new(services, asked), act, answers_type((*_subject_fields(kind), *FILING[kind][1])))


def _meant(services: Services, asked: PageRequest, subject: dict[str, str]) -> CaseSubject:
    """Raises NotFound."""
    if "certificate" in subject:
        found = certificates.by_number(services, asked.asker, subject["certificate"])
        return CaseSubject(certificate=found.row.id)
    if "application" in subject:
        return CaseSubject(application=applications.by_number(services, asked.asker, subject["application"]).row.id)
    try:
        return CaseSubject(version=ids.read(subject["version"]) if "version" in subject else None)
    except ValueError as error:
        raise NotFound(f"there is no version {subject['version'][:60]!r} that you may see") from error


def _shown(services: Services, asked: PageRequest) -> ShownCase:
    return cases.show(services, asked.asker, identity_in(asked, "case"))


def _show(services: Services, asked: PageRequest) -> Shown:
    found = _shown(services, asked)
    row, kind, called = found.row, DossierKind(found.row.kind), found.row.content.get("names", {})
    base = f"{BASE}/{ids.written(row.id)}"
    past = cases.past(services, asked.asker, row.id)
    data = CasePage(
        number=row.number,
        kind=_worded(kind),
        state=row.state,
        turn=turn_of(kind, row, services.clock()),
        vendor=None if row.vendor is None else ids.written(row.vendor),
        vendor_name=str(called.get("vendor", "")),
        product=None if row.product is None else ids.written(row.product),
        product_name=str(called.get("product", "")),
        certificate=_certificate(services, asked, row.certificate),
        application=None if row.application is None else ids.written(row.application),
        application_name="its file",
        test=row.test or "",
        until=None if row.until is None else last_day(row.until),
        created=row.created,
        opened_by="you" if row.opened_by is not None and row.opened_by == asked.asker.identity else "",
        is_public=row.is_public,
        steps=step_links(found.possible, base),
        revision=row.revision,
        said=list(_said(kind, found)),
        events=event_lines(kind, past, _people(services, asked, found)),
        flag=_flag(asked.absolute(base), row.test, past),
    )
    title = f"{row.number}: {_worded(kind)}"
    return Shown("certification/case.html.j2", title, data, section=SECTION, freshness=Freshness.PRIVATE)


def _flag(address: str, test: str | None, past: Sequence[CertificationEvent]) -> FlagLine | None:
    proposed = next((one.detail for one in reversed(past) if one.event == "propose-flag"), None)
    if proposed is None or not test:
        return None
    reason = f"{' '.join(str(proposed.get('reason', '')).split())} ({address})"
    words = (shlex.quote(word) for word in (test, str(proposed.get("code", "")), reason))
    return FlagLine(**dict(zip(("test", "code", "reason"), words, strict=True)))


def _certificate(services: Services, asked: PageRequest, identity: bytes | None) -> str | None:
    return None if identity is None else certificates.show(services, asked.asker, identity).row.number


def _said(kind: DossierKind, found: ShownCase) -> Iterator[SaidLine]:
    fields = FILING[kind][1] if kind in FILING else ()
    labels = {one.name: one.label for one in fields} | {"text": "What was found"}
    for name, label in labels.items():
        value = found.content.get(name)
        if isinstance(value, str) and value and name != "test":
            yield SaidLine(label=label, text=value, is_run=name == "run")


def _people(services: Services, asked: PageRequest, found: ShownCase) -> dict[str, str]:
    """Names of a panel, for who may know them."""
    if not any(step.event == "seat" for step in found.possible):
        return {}
    return {one.identity.hex(): one.name for one in offices.seen(services, asked.asker)}


def _look(services: Services, asked: PageRequest) -> Dossier:
    found = _shown(services, asked)
    row = found.row
    kind = DossierKind(row.kind)
    return Dossier(
        row.id,
        kind,
        f"{row.number}: {_worded(kind)}",
        f"{BASE}/{ids.written(row.id)}",
        row.state,
        row.revision,
        found.possible,
        (_FRONT,),
        choices=lambda step: _choices(services, asked, step),
        rulebook=rules.rulebook_of(services, row, services.clock()),
    )


def _choices(services: Services, asked: PageRequest, step: DossierStep) -> Choices:
    if step.event == "seat":
        return {"reviewer": reviewer_options(services, asked, {Role.REVIEWER, Role.OFFICE}, set())}
    return {}


PAGES: tuple[PageRoute, ...] = (
    *asks(f"{BASE}/new/{{kind}}", _new, _file),
    PageRoute(f"{BASE}/{{case}}", _show),
    *step_pages(f"{BASE}/{{case}}", _look, cases.take),
)
