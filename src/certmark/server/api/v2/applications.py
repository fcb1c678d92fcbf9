"""Applications: drafted, checked, submitted, reviewed and decided."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from certmark.domain.certification.steps import DossierKind
from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.bodies import RunId, Word, moment
from certmark.server.api.routes import Answer, Content, Route
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
    behind_of,
    events_body,
    identity_of,
    rights_of,
    step_body,
)
from certmark.server.api.v2.words import IfMatch, Limit, revision_of
from certmark.server.asking import Asker, TokenScope
from certmark.server.services.certification import applications, certificates
from certmark.server.services.certification.applications import (
    DraftChange,
    NewApplication,
    QueueFilter,
    ShownApplication,
)
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.store.certification.applications import ApplicationRow

Said = Annotated[dict[Line, Annotated[str, Meta(max_length=20_000)]], Meta(max_length=200)]
Lines = Annotated[list[Line], Meta(max_length=100)]


class OfApplication(msgspec.Struct, frozen=True, kw_only=True):
    """Which application."""

    application: Reference


class ChangeOfApplication(OfApplication, frozen=True, kw_only=True):
    """Which application, as it was when you looked at it."""

    if_match: IfMatch | None = None


class StepOfApplication(ChangeOfApplication, frozen=True, kw_only=True):
    """Likewise, and what happens to it."""

    event: EventWord


class OfDisclosure(OfApplication, frozen=True, kw_only=True):
    """Masked values of which run, for which application."""

    run: RunId


class WantedApplications(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of which applications."""

    vendor: RunId | None = None
    version: RunId | None = None
    whose: Literal["assigned", "all"] = "all"
    """assigned: those that you are to review, at most 200."""
    cursor: Behind | None = None
    limit: Limit = 50


class WantedQueue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of the queue."""

    programme: Word | None = None
    state: Word | None = None
    owner: Word | None = None
    """vendor, programme office, reviewers."""
    overdue: bool | None = None


class ApplicationDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is applied for."""

    version: RunId
    """Of a product."""
    programme: Word
    program: Word
    guideline: Word
    supersedes: RunId | None = None
    predecessor: RunId | None = None
    """The certificate that it renews."""


class EditedApplication(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What it is to say otherwise; what is left out or null stays."""

    runs: Annotated[list[RunId], Meta(max_length=100)] | None = None
    regions: Lines | None = None
    statement: Said | None = None
    contacts: Lines | None = None
    answers: Said | None = None
    """To checks that are not met, by their words."""
    waivers: Lines | None = None
    release: Line | None = None


class RenewalDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which certificate is to be renewed."""

    certificate: RunId
    guideline: Word | None = None
    """Null: the same one."""


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """An application for a certificate."""

    id: str
    number: str | None
    """Null: it was not submitted yet."""
    vendor: str
    product: str
    version: str
    programme: str
    program: str
    guideline: str
    revision_digest: str | None
    """SHA-256 of the guideline's text that was frozen."""
    rulebook: str
    track: str
    state: str
    owner: str
    """Whose turn it is."""
    created: str
    submitted: str | None
    due: str | None
    promised: str | None
    supersedes: str | None
    predecessor: str | None
    content: dict[str, Any]
    possible: list[Step]
    """Lists leave them out."""
    reviewers: list[str]
    """Names; nobody of the vendor is told."""


class Applications(msgspec.Struct, frozen=True, kw_only=True):
    """A page, the newest first."""

    applications: list[Application]
    next: str | None


class Queued(msgspec.Struct, frozen=True, kw_only=True):
    """An application of which it is somebody's turn."""

    application: Application
    overdue: bool
    age_days: int
    promised_days: int | None
    """Until the promised decision; below 0: it is late."""


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """The most overdue first, at most 200."""

    queue: list[Queued]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was looked at."""

    word: str
    clause: str
    """Where it is written."""
    met: bool
    in_order: bool
    """Met, or answered where that is allowed."""
    sentence: str
    remedy: str
    answerable: bool
    answer: str


class JudgedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run of the application, judged now."""

    run: str
    sha256: str
    subject: str | None
    standing: str
    sentence: str
    guideline: str
    """SHA-256 of the text that judged."""


class Checks(msgspec.Struct, frozen=True, kw_only=True):
    """What would be refused now, and why."""

    checks: list[Check]
    runs: list[JudgedRun]
    problem: str | None
    """Why the runs could not be judged; null: they were."""


def application_body(row: ApplicationRow, shown: ShownApplication | None = None) -> Application:
    """An application as JSON has it."""
    return Application(
        id=ids.written(row.id),
        number=row.number,
        vendor=ids.written(row.vendor),
        product=ids.written(row.product),
        version=ids.written(row.version),
        programme=row.programme,
        program=row.program,
        guideline=row.guideline,
        revision_digest=None if row.revision_digest is None else row.revision_digest.hex(),
        rulebook=row.rulebook,
        track=row.track,
        state=row.state,
        owner=row.owner,
        created=moment(row.created) or "",
        submitted=moment(row.submitted),
        due=moment(row.due),
        promised=moment(row.promised),
        supersedes=None if row.supersedes is None else ids.written(row.supersedes),
        predecessor=None if row.predecessor is None else ids.written(row.predecessor),
        content=dict(row.content),
        possible=[] if shown is None else [step_body(one) for one in shown.possible],
        reviewers=[] if shown is None else [one.name for one in shown.reviewers],
    )


def _answer(shown: ShownApplication, headers: dict[str, str] | None = None) -> Answer:
    return Answer(application_body(shown.row, shown), headers=headers or {}, revision=shown.row.revision)


def _meant(services: Services, asker: Asker, asked: OfApplication) -> bytes:
    identity = identity_of(asked.application)
    return applications.by_number(services, asker, asked.application).row.id if identity is None else identity


def _list(services: Services, asker: Asker, asked: WantedApplications) -> Applications:
    if asked.whose == "assigned":
        rows, behind = applications.assigned(services, asker, most=200), None
    else:
        vendor = None if asked.vendor is None else ids.read(asked.vendor)
        version = None if asked.version is None else ids.read(asked.version)
        rows, behind = applications.listed(
            services, asker, vendor=vendor, version=version, behind=behind_of(asked.cursor), most=asked.limit
        )
    return Applications(
        applications=[application_body(row) for row in rows], next=None if behind is None else behind.hex()
    )


def _queue(services: Services, asker: Asker, asked: WantedQueue) -> Queue:
    wanted = QueueFilter(asked.programme, asked.state, asked.owner, asked.overdue)
    return Queue(
        queue=[
            Queued(
                application=application_body(one.row),
                overdue=one.is_overdue,
                age_days=one.age_days,
                promised_days=one.promised_days,
            )
            for one in applications.queue(services, asker, wanted)
        ]
    )


def _draft(services: Services, asker: Asker, asked: msgspec.Struct, new: ApplicationDraft) -> Answer:  # noqa: ARG001 - every handler takes these
    wanted = NewApplication(
        ids.read(new.version),
        new.programme,
        new.program,
        new.guideline,
        None if new.supersedes is None else ids.read(new.supersedes),
        None if new.predecessor is None else ids.read(new.predecessor),
    )
    return _made(applications.draft(services, asker, wanted))


def _renew(services: Services, asker: Asker, asked: msgspec.Struct, wanted: RenewalDraft) -> Answer:  # noqa: ARG001 - likewise
    return _made(certificates.renew(services, asker, ids.read(wanted.certificate), wanted.guideline))


def _made(shown: ShownApplication) -> Answer:
    return _answer(shown, {"Location": f"/api/v2/applications/{ids.written(shown.row.id)}"})


def _show(services: Services, asker: Asker, asked: OfApplication) -> Answer:
    return _answer(applications.show(services, asker, _meant(services, asker, asked)))


def _edit(services: Services, asker: Asker, asked: ChangeOfApplication, change: EditedApplication) -> Answer:
    revision, application = revision_of(asked.if_match), _meant(services, asker, asked)
    wanted = DraftChange(**msgspec.structs.asdict(change))
    return _answer(applications.edit(services, asker, application, wanted, revision))


def _past(services: Services, asker: Asker, asked: OfApplication) -> Events:
    return events_body(applications.past(services, asker, _meant(services, asker, asked)))


def _checks(services: Services, asker: Asker, asked: OfApplication) -> Checks:
    room = applications.room(services, asker, _meant(services, asker, asked))
    checks = [
        Check(
            word=one.word,
            clause=one.clause,
            met=one.is_met,
            in_order=one.is_in_order,
            sentence=one.sentence,
            remedy=one.remedy,
            answerable=one.is_answerable,
            answer=one.answer,
        )
        for one in room.checks
    ]
    runs = [
        JudgedRun(
            run=ids.written(one.run.id),
            sha256=one.run.digest.hex(),
            subject=one.run.subject,
            standing=one.standing,
            sentence=one.sentence,
            guideline=one.guideline,
        )
        for one in room.runs
    ]
    return Checks(checks=checks, runs=runs, problem=room.problem)


def _take(services: Services, asker: Asker, asked: StepOfApplication, told: StepTaken) -> Answer:
    revision, application = revision_of(asked.if_match), _meant(services, asker, asked)
    return _answer(applications.take(services, asker, application, asked.event, told.values, revision))


def _reveal(services: Services, asker: Asker, asked: OfDisclosure, file: Path) -> None:
    application = _meant(services, asker, asked)
    if file.stat().st_size > applications.LARGEST_DISCLOSURE:
        content = bytes(applications.LARGEST_DISCLOSURE + 1)
    else:
        content = file.read_bytes()
    applications.reveal(services, asker, application, ids.read(asked.run), content)


def _revealed(services: Services, asker: Asker, asked: OfDisclosure) -> Content:
    run = ids.read(asked.run)
    found = applications.revealed(services, asker, _meant(services, asker, asked))
    for one in found:
        if one.run == run:
            return Content(one.content, "application/json")
    raise NotFound("nothing of this run is revealed to you")


_MAY_SEE = (Right.SEE_APPLICATION,)
_MAY_EDIT = (Right.EDIT_APPLICATION,)
ROUTES = (
    Route(
        method="GET",
        path="/applications",
        name="list_applications",
        summary="Applications that you may see, the newest first.",
        handler=_list,
        parameters=WantedApplications,
        answer=Applications,
        scope=TokenScope.READ,
        may=_MAY_SEE,
    ),
    Route(
        method="POST",
        path="/applications",
        name="draft_application",
        summary="Begin an application for a version of a product.",
        handler=_draft,
        body=ApplicationDraft,
        answer=Application,
        status=HTTPStatus.CREATED,
        scope=TokenScope.MANAGE,
        may=_MAY_EDIT,
        errors=(*BODY, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    ),
    Route(
        method="POST",
        path="/renewals",
        name="renew_certificate",
        summary="Begin an application that renews a certificate, and says again what was said before.",
        handler=_renew,
        body=RenewalDraft,
        answer=Application,
        status=HTTPStatus.CREATED,
        scope=TokenScope.MANAGE,
        may=_MAY_EDIT,
        errors=(*BODY, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    ),
    Route(
        method="GET",
        path="/application-queue",
        name="list_queue",
        summary="Applications of which it is somebody's turn, the most overdue first.",
        handler=_queue,
        parameters=WantedQueue,
        answer=Queue,
        scope=TokenScope.READ,
        may=_MAY_SEE,
    ),
    Route(
        method="GET",
        path="/applications/{application}",
        name="show_application",
        summary="An application, and the steps that you may take now.",
        handler=_show,
        parameters=OfApplication,
        answer=Application,
        scope=TokenScope.READ,
        may=_MAY_SEE,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="PATCH",
        path="/applications/{application}",
        name="edit_application",
        summary="Change a draft, or an application that was returned.",
        handler=_edit,
        parameters=ChangeOfApplication,
        body=EditedApplication,
        answer=Application,
        scope=TokenScope.MANAGE,
        may=_MAY_EDIT,
        errors=CHANGES,
    ),
    Route(
        method="GET",
        path="/applications/{application}/events",
        name="list_application_events",
        summary="What happened to an application, as far as you may know.",
        handler=_past,
        parameters=OfApplication,
        answer=Events,
        scope=TokenScope.READ,
        may=_MAY_SEE,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/applications/{application}/checks",
        name="check_application",
        summary="What would be refused of an application now, item by item, with its verdicts judged anew.",
        handler=_checks,
        parameters=OfApplication,
        answer=Checks,
        scope=TokenScope.READ,
        may=_MAY_SEE,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="PUT",
        path="/applications/{application}/disclosures/{run}",
        name="reveal_values",
        summary="Reveal masked values of a run to the reviewers of an application, until it is decided.",
        handler=_reveal,
        parameters=OfDisclosure,
        takes_body=True,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.MANAGE,
        may=_MAY_EDIT,
        errors=(*BODY, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
    ),
    Route(
        method="GET",
        path="/applications/{application}/disclosures/{run}",
        name="get_revealed_values",
        summary="What was revealed of a run, for who is assigned to the application.",
        handler=_revealed,
        parameters=OfDisclosure,
        answer=None,
        media=("application/json",),
        scope=TokenScope.READ,
        may=(Right.REVIEW_APPLICATION,),
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path="/applications/{application}/{event}",
        name="move_application",
        summary="Take a step: submit, complete, assign, ask, answer, recommend, propose, grant, refuse, and so on.",
        handler=_take,
        parameters=StepOfApplication,
        body=StepTaken,
        answer=Application,
        scope=TokenScope.MANAGE,
        may=rights_of(DossierKind.APPLICATION),
        errors=CHANGES,
    ),
)
