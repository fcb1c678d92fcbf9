"""Applications: those of one's vendors, how one is begun and drafted, and the page of one with its review room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from starlette.responses import Response

from certmark.domain.certification.rulebooks import Programme, in_force
from certmark.domain.certification.standings import day_of as day_of_moment
from certmark.domain.certification.steps import DossierKind, DossierStep
from certmark.domain.permissions import Right, Role
from certmark.server import ids
from certmark.server.api.bodies import Word
from certmark.server.api.ownership import Id
from certmark.server.asking import TokenScope
from certmark.server.services import claims, library, members, offices, products, programmes, vendors
from certmark.server.services.certification import applications
from certmark.server.services.certification.applications import DraftChange, NewApplication, ReviewRoom
from certmark.server.services.certification.facts import projects_asked
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.store.runs import RunRow
from certmark.server.web.certification.dossiers import SECTION, Dossier, step_pages
from certmark.server.web.certification.draft_forms import draft_content, draft_fields, draft_values, run_options
from certmark.server.web.certification.lines import DossierLine, about_application, application_line
from certmark.server.web.certification.room import application_page, runs_of
from certmark.server.web.certification.step_forms import Choices, answers_of, answers_type, fields_form
from certmark.server.web.desk import asks, form_page, identity_in, own_page, sent
from certmark.server.web.forms import Field, FormOption, WebForm, done, sentence
from certmark.server.web.guidelines.opened import day_of
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

BASE = "/certification/applications"
MINE = ("/my/applications", "Applications")
_FRONT = ("/certification", "Certification")
_PAGE = 50


class ApplicationsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Applications of one's vendors, and those that one reviews; the newest first."""

    applications: list[DossierLine]
    assigned: list[DossierLine]
    vendors: list[str]
    behind: str | None


class WantedApplications(msgspec.Struct, frozen=True, kw_only=True):
    """Where the list begins."""

    behind: Id | None = None


class NewDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What is applied for."""

    version: Id
    certifies: Word
    """Programme and program, with a blank between."""
    guideline: Word
    run: Id | None = None
    predecessor: Id | None = None
    supersedes: Id | None = None


def _mine(services: Services, asked: PageRequest) -> Shown:
    now, wanted = services.clock(), asked.query(WantedApplications)
    behind = {} if wanted.behind is None else {"behind": ids.read(wanted.behind)}
    found, further = applications.listed(services, asked.asker, most=_PAGE, **behind)
    data = ApplicationsPage(
        applications=[application_line(one, now) for one in found],
        assigned=[application_line(one, now) for one in applications.assigned(services, asked.asker)],
        vendors=[one.name for one in vendors.own(services, asked.asker)],
        behind=None if further is None else ids.written(further),
    )
    return Shown("certification/applications.html.j2", "Applications", data, section="my", freshness=Freshness.PRIVATE)


def version_options(services: Services, asked: PageRequest) -> Iterator[FormOption]:
    """For which whoever asks may apply."""
    roles = members.own_roles(services, asked.asker)
    for vendor in vendors.own(services, asked.asker):
        if asked.asker.has(Right.EDIT_APPLICATION, roles.towards(vendor.id)):
            for product in products.of_vendor(services, asked.asker, vendor.id):
                for one in products.versions(services, asked.asker, product.id):
                    yield FormOption(ids.written(one.row.id), f"{product.name} {one.row.name} of {vendor.name}")


def _certified(services: Services, programme: str) -> Iterator[FormOption]:
    """Programs for which a programme certifies today; those of the one that an address names first."""
    today = day_of(services)
    for one in sorted(services.programmes, key=lambda each: each.word != programme):
        rulebook = in_force(one.rulebooks, today)
        for program in () if rulebook is None else rulebook.programs:
            yield FormOption(f"{one.word} {program.word}", f"{program.name} ({one.name})")


def _guidelines(services: Services) -> Iterator[FormOption]:
    """Guidelines of programmes that certify, those that each accepts first."""
    revisions = library.every_revision(services)
    newest = {one.id: one for one in revisions}
    for one in sorted(newest.values(), key=lambda each: (each.status != "approved", -each.created)):
        owner: Programme = programmes.programme_of(services, one.id)
        if owner.rulebooks:
            yield FormOption(one.id, f"{one.id}, {one.status or 'without a status'} ({owner.name})")


def _of_run(services: Services, asked: PageRequest, word: str) -> dict[str, str]:
    """The program and guideline for which a run was made; empty where it says nothing that is certified."""
    try:
        run = claims.show(services, asked.asker, ids.read(word)).run
    except (ValueError, NotFound):
        return {}
    guideline = next((one.id for one in library.every_revision(services) if one.digest == run.guideline), "")
    owner = programmes.programme_of(services, guideline)
    rulebook = in_force(owner.rulebooks, day_of(services))
    program = None if rulebook is None or run.program is None else rulebook.program(run.program)
    return {} if program is None else {"guideline": guideline, "program": f"{owner.word} {program.word}"}


def _new(services: Services, asked: PageRequest) -> Shown:
    query: dict[str, str] = dict(asked.request.query_params) if asked.request.method == "GET" else {}
    query = _of_run(services, asked, query.get("run", "")) | query
    versions = tuple(version_options(services, asked))
    programs = tuple(_certified(services, query.get("programme", "")))
    guidelines = tuple(_guidelines(services))
    hidden = [Field(name=name, label=name, kind="hidden", is_optional=True) for name in _HIDDEN]
    form = WebForm(
        path=f"{BASE}/new",
        button="Begin the draft",
        fields=(
            _choice("version", "Product and version", versions, query.get("version", "")),
            _choice("certifies", "Certificate for", programs, query.get("program", "")),
            _choice("guideline", "By the guideline", guidelines, query.get("guideline", "")),
            *hidden,
        ),
        back="/certification",
    ).of(**{name: query.get(name, "")[:100] for name in _HIDDEN})
    lead = ["It is a draft: your vendor's people can change it, and nobody else sees it until it is submitted."]
    if not versions:
        lead.insert(0, "No vendor of yours has a version of a product: register vendor and product first.")
    return form_page("Begin an application", form, lead=lead, trail=(_FRONT, MINE), section=SECTION)


_HIDDEN = ("run", "predecessor", "supersedes")


def _choice(name: str, label: str, options: Sequence[FormOption], value: str) -> Field:
    known = {one.value for one in options}
    first = options[0].value if options else ""
    return Field(
        name=name, label=label, kind="choice", options=tuple(options), value=value if value in known else first
    )


def _begin(services: Services, asked: PageRequest) -> Shown | Response:
    def act(new: NewDraft, _: int | None) -> Response:
        programme, _blank, program = new.certifies.partition(" ")
        wanted = NewApplication(
            ids.read(new.version),
            programme,
            program,
            new.guideline,
            supersedes=None if new.supersedes is None else ids.read(new.supersedes),
            predecessor=None if new.predecessor is None else ids.read(new.predecessor),
        )
        row = applications.draft(services, asked.asker, wanted).row
        if new.run is not None:
            applications.edit(services, asked.asker, row.id, DraftChange(runs=[new.run]), row.revision)
        return done(asked, f"{BASE}/{ids.written(row.id)}/edit", "made")

    return sent(asked, _new(services, asked), act, NewDraft)


def _room(services: Services, asked: PageRequest) -> ReviewRoom:
    return applications.room(services, asked.asker, identity_in(asked, "application"))


def _title(room: ReviewRoom) -> str:
    row = room.shown.row
    return f"{row.number or 'Draft'}: {about_application(row)}"


def _base(room: ReviewRoom) -> str:
    return f"{BASE}/{ids.written(room.shown.row.id)}"


def _show(services: Services, asked: PageRequest) -> Shown:
    room = _room(services, asked)
    data = application_page(services, asked, room, _base(room))
    title = _title(room)
    return Shown("certification/application.html.j2", title, data, section=SECTION, freshness=Freshness.PRIVATE)


def _draft_form(services: Services, asked: PageRequest) -> tuple[Shown, ReviewRoom, tuple[str, ...]]:
    room = _room(services, asked)
    row = room.shown.row
    clouds = products.version(services, asked.asker, row.version).clouds
    runs = _runs(services, asked, row.vendor, clouds)
    fields = draft_fields(room.rulebook, projects_asked(services, row), clouds, room.checks)
    path = f"{_base(room)}/edit"
    options = run_options(clouds, ((ids.written(one.id), one.subject or "", _worded(one)) for one in runs))
    at = {ids.written(one.id): one.subject or "" for one in runs}
    form = fields_form(fields, path, "Save the draft", _base(room), options, revision=row.revision)
    form = form.of(**draft_values(row.content, clouds, at))
    lead = ("Save as often as you like; its page says then what would be refused.",)
    page = form_page(_title(room), form, lead=lead, trail=(_FRONT, MINE, (_base(room), _title(room))), section=SECTION)
    return page, room, tuple(clouds)


def _runs(services: Services, asked: PageRequest, vendor: bytes, clouds: Sequence[str]) -> list[RunRow]:
    return [one for one in runs_of(services, asked, vendor) if one.subject in set(clouds)]


def _worded(run: RunRow) -> str:
    return f"{run.name} of {day_of_moment(run.created)}: {run.standing or 'not judged'}"


def _edit(services: Services, asked: PageRequest) -> Shown:
    return _draft_form(services, asked)[0]


def _save(services: Services, asked: PageRequest) -> Shown | Response:
    page, room, clouds = _draft_form(services, asked)

    def act(answers: msgspec.Struct, revision: int | None) -> Response:
        change = DraftChange(**draft_content(answers_of(answers), clouds))
        applications.edit(services, asked.asker, room.shown.row.id, change, revision)
        return done(asked, _base(room), "saved")

    fields = draft_fields(room.rulebook, projects_asked(services, room.shown.row), clouds, room.checks)
    return sent(asked, page, act, answers_type(fields))


def _look(services: Services, asked: PageRequest) -> Dossier:
    """For the pages of its steps."""
    room = _room(services, asked)
    row = room.shown.row
    return Dossier(
        row.id,
        DossierKind.APPLICATION,
        _title(room),
        _base(room),
        row.state,
        row.revision,
        room.shown.possible,
        (_FRONT, MINE),
        choices=lambda step: _choices(services, asked, room, step),
        lead=lambda step: _lead(room, step),
        rulebook=room.rulebook,
    )


def _choices(services: Services, asked: PageRequest, room: ReviewRoom, step: DossierStep) -> Choices:
    if step.event == "tick":
        return {"item": tuple(FormOption(one.word, one.sentence) for one in room.rulebook.checklist)}
    if step.event == "unassign":
        return {"reviewer": tuple(FormOption(one.name, one.name) for one in room.shown.reviewers)}
    if step.event == "assign":
        there = {one.identity for one in room.shown.reviewers}
        return {"reviewer": reviewer_options(services, asked, {Role.REVIEWER}, there)}
    return {}


def reviewer_options(
    services: Services, asked: PageRequest, roles: set[Role], without: set[bytes]
) -> tuple[FormOption, ...]:
    """People of the programme in one of these roles, by name."""
    return tuple(
        FormOption(one.name, f"{one.name}, {one.organisation}" if one.organisation else one.name)
        for one in offices.seen(services, asked.asker)
        if one.roles & roles and one.identity not in without
    )


def _lead(room: ReviewRoom, step: DossierStep) -> list[str]:
    if step.event != "submit":
        return []
    open_ones = [one for one in room.checks if not one.is_in_order]
    if not open_ones:
        return ["Nothing would be refused now."]
    return [f"It would be refused now. {sentence(one.sentence)} {sentence(one.remedy)}" for one in open_ones]


PAGES: tuple[PageRoute, ...] = (
    own_page("/my/applications", _mine, scope=TokenScope.MANAGE),
    *asks(f"{BASE}/new", _new, _begin),
    own_page(f"{BASE}/{{application}}", _show, scope=TokenScope.MANAGE),
    *asks(f"{BASE}/{{application}}/edit", _edit, _save),
    *step_pages(f"{BASE}/{{application}}", _look, applications.take),
)
