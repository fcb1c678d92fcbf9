"""The page of an application: its file for the vendor, its review room for the programme's people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from certmark.domain.certification.checks import ApplicationCheck
from certmark.domain.certification.machines import APPLICATION
from certmark.domain.certification.standings import A_DAY, last_day
from certmark.domain.certification.steps import DossierKind
from certmark.server import ids
from certmark.server.services import claims
from certmark.server.services.certification import applications, rules
from certmark.server.services.certification.applications import ReviewRoom
from certmark.server.services.certification.facts import projects_asked
from certmark.server.services.context import Services
from certmark.server.store.runs import RunRow
from certmark.server.web.certification.dossiers import EventLine, ToldLine, TurnLine, event_lines
from certmark.server.web.certification.draft_forms import asked_words
from certmark.server.web.certification.lines import about_application, turn_of
from certmark.server.web.certification.step_forms import StepLink, step_links
from certmark.server.web.desk import RunLine, run_lines
from certmark.server.web.forms import sentence
from certmark.server.web.requests import PageRequest

_TALK = {"ask", "answer", "comment"}
_MOST_RUNS = 200


class CheckLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was checked."""

    item: str
    clause: str
    is_met: bool
    sentence: str
    remedy: str
    is_answerable: bool
    answer: str


class RegionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A region, and the run that was made there."""

    region: str
    run: str | None
    words: str


class TickLine(msgspec.Struct, frozen=True, kw_only=True):
    """An item of the checklist, and what reviewers answered."""

    word: str
    words: str
    clause: str
    answers: list[str]


class RecommendationLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a reviewer recommends."""

    words: str
    who: str
    organisation: str
    text: str


class ChangedSinceLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is otherwise than in the last certificate."""

    what: str
    before: str
    now: str


class RoomPart(msgspec.Struct, frozen=True, kw_only=True):
    """What only the programme's people see."""

    standing: str | None
    sentence: str
    reviewers: list[str]
    given: int
    needed: int
    checklist: list[TickLine]
    may_tick: bool
    recommendations: list[RecommendationLine]
    predecessor: str | None
    changes: list[ChangedSinceLine]
    compared: list[str]
    """Runs of one region, before and now, as the address of their comparison has them."""
    revealed: list[str]
    """Runs of which the vendor reveals masked values to whoever asks."""
    days: int
    """How far back runs are listed."""
    runs: list[RunLine]


class ApplicationPage(msgspec.Struct, frozen=True, kw_only=True):
    """An application, as somebody sees it."""

    id: str
    base: str
    name: str
    number: str | None
    state: str
    is_draft: bool
    turn: TurnLine
    vendor: str
    vendor_name: str
    product: str
    product_name: str
    version_name: str
    programme: str
    program: str
    guideline: str
    rulebook: str
    track: str
    submitted: int | None
    promised: str | None
    certificate: str | None
    steps: list[StepLink]
    revision: int
    checks: list[CheckLine]
    unmet: int
    """So many checks would be refused now."""
    regions: list[RegionLine]
    statement: list[ToldLine]
    contacts: list[str]
    talk: list[EventLine]
    events: list[EventLine]
    room: RoomPart | None
    appeal: bool
    """Whether whoever asks may appeal against its decision."""


def application_page(services: Services, asked: PageRequest, found: ReviewRoom, base: str) -> ApplicationPage:
    """What stands on it."""
    row, people = found.shown.row, {one.identity.hex(): one.name for one in found.shown.reviewers}
    called = row.content.get("names", {})
    events = event_lines(DossierKind.APPLICATION, found.events, people)
    is_open = not APPLICATION.is_final(row.state)
    return ApplicationPage(
        id=ids.written(row.id),
        base=base,
        name=f"{row.number or 'the draft'} {about_application(row)}",
        number=row.number,
        state=row.state,
        is_draft=row.state in {"draft", "returned"},
        turn=turn_of(DossierKind.APPLICATION, row, services.clock()),
        vendor=ids.written(row.vendor),
        vendor_name=str(called.get("vendor", "")),
        product=ids.written(row.product),
        product_name=str(called.get("product", "")),
        version_name=str(called.get("version", "")),
        programme=row.programme,
        program=row.program,
        guideline=row.guideline,
        rulebook=row.rulebook,
        track=row.track,
        submitted=row.submitted,
        promised=None if row.promised is None or not is_open else last_day(row.promised),
        certificate=row.content.get("certificate"),
        steps=_steps(found, base),
        revision=row.revision,
        checks=[_check(one) for one in found.checks] if is_open else [],
        unmet=sum(not one.is_in_order for one in found.checks),
        regions=list(_regions(found)),
        statement=list(_statement(found, projects_asked(services, row))),
        contacts=list(row.content.get("contacts", ())),
        talk=[one for one in events if one.event in _TALK],
        events=events,
        room=_room(services, asked, found) if found.shown.sees_review else None,
        appeal=row.state in {"granted", "refused"} and not found.shown.sees_review,
    )


def _steps(found: ReviewRoom, base: str) -> list[StepLink]:
    """The draft has a form of its own."""
    return [
        msgspec.structs.replace(one, is_button=False) if one.event == "edit" else one
        for one in step_links(found.shown.possible, base)
    ]


def _check(one: ApplicationCheck) -> CheckLine:
    return CheckLine(
        item=one.word.replace("-", " "),
        clause=one.clause,
        is_met=one.is_met,
        sentence=sentence(one.sentence),
        remedy=sentence(one.remedy) if one.remedy else "",
        is_answerable=one.is_answerable,
        answer=one.answer,
    )


def _regions(found: ReviewRoom) -> Iterator[RegionLine]:
    """Runs at clouds that are not applied for stand at the end."""
    row, at = found.shown.row, {one.run.subject or "": one for one in found.runs}
    regions = list(row.content.get("regions", ()))
    for region in [*regions, *(subject for subject in at if subject not in regions)]:
        run = at.get(region)
        words = "" if run is None else f"{run.run.name}: {run.standing}. {run.sentence}"
        yield RegionLine(region=region, run=None if run is None else ids.written(run.run.id), words=words)


def _statement(found: ReviewRoom, projects: Sequence[str]) -> Iterator[ToldLine]:
    said = found.shown.row.content.get("statement", {})
    for word, one in asked_words(found.rulebook, projects):
        _, _, project = word.partition("/")
        yield ToldLine(label=f"{project}: {one.question}" if project else one.question, text=str(said.get(word, "")))


def _room(services: Services, asked: PageRequest, found: ReviewRoom) -> RoomPart:
    row, track = found.shown.row, rules.tracked(found.rulebook, found.shown.row.track)
    recommendations = [one for one in found.events if one.event == "recommend"]
    organisations = {one.name: one.organisation for one in found.shown.reviewers}
    days = found.rulebook.run_age_days
    since, regions = services.clock() - days * A_DAY, {*row.content.get("regions", ())}
    recent = [
        one
        for one in runs_of(services, asked, row.vendor)
        if one.created >= since and (one.subject in regions or one.subject in {run.run.subject for run in found.runs})
    ]
    worst = next((one for one in found.runs if not one.is_pass), next(iter(found.runs), None))
    since_last = applications.changes_since(services, asked.asker, row.id)
    return RoomPart(
        standing=None if worst is None else worst.standing,
        sentence=found.problem or ("" if worst is None else worst.sentence),
        reviewers=[
            f"{one.name} ({one.organisation})" if one.organisation else one.name for one in found.shown.reviewers
        ],
        given=len({one.identity for one in recommendations}),
        needed=track.reviewers,
        checklist=list(_checklist(found)),
        may_tick=any(step.event == "tick" for step in found.shown.possible),
        recommendations=[
            RecommendationLine(
                words=str(one.detail.get("recommendation", "")),
                who=one.who or one.role,
                organisation=organisations.get(one.who or "", ""),
                text=str(one.detail.get("text", "")),
            )
            for one in recommendations
        ],
        predecessor=None if since_last is None else since_last.certificate,
        changes=[] if since_last is None else list(_changes(since_last.changed)),
        compared=[] if since_last is None else [f"{before}..{now}" for before, now in since_last.runs],
        revealed=[ids.written(one.run) for one in found.disclosures],
        days=days,
        runs=run_lines(recent),
    )


def _checklist(found: ReviewRoom) -> Iterator[TickLine]:
    for one in found.rulebook.checklist:
        ticks = [event for event in found.events if event.event == "tick" and event.detail.get("item") == one.word]
        last = {event.identity: event for event in ticks}
        answers = [
            ": ".join(filter(None, (event.who or event.role, str(event.detail.get("answer", "")), _note(event.detail))))
            for event in last.values()
        ]
        yield TickLine(word=one.word, words=one.sentence, clause=one.clause, answers=answers)


def _note(detail: Mapping[str, object]) -> str:
    return str(detail.get("text") or "")


def _changes(changed: Mapping[str, tuple[Any, Any]]) -> Iterator[ChangedSinceLine]:
    for name, (before, now) in changed.items():
        yield ChangedSinceLine(what=name, before=_worded(before), now=_worded(now))


def _worded(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def runs_of(services: Services, asked: PageRequest, vendor: bytes) -> list[RunRow]:
    """The newest runs of a vendor that whoever asks may see."""
    return claims.of_vendor(services, asked.asker, vendor, None, _MOST_RUNS)[0]
