"""What the pages of applications, certificates and cases share: whose turn it is, what happened, what may be done.

1. Nobody's turn is said as such; a day that has passed is said to have passed, never hidden.
2. Every step has the same two pages: what it does and asks, and what becomes of it.
3. Who may not do a step now is told so by its page, as by the service behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec
from starlette.responses import Response

from certmark.domain.certification.machines import MACHINES
from certmark.domain.certification.rulebooks import Rulebook
from certmark.domain.certification.standings import A_DAY, last_day
from certmark.domain.certification.steps import DossierKind, DossierStep
from certmark.domain.phrases import counted
from certmark.server.asking import Asker, TokenScope
from certmark.server.services.certification.rules import WORKING
from certmark.server.services.context import Services
from certmark.server.services.errors import NotPermitted
from certmark.server.store.certification.events import CertificationEvent
from certmark.server.web.certification.step_forms import (
    Choices,
    answers_of,
    answers_type,
    consequences,
    event_label,
    label_of,
    step_form,
)
from certmark.server.web.desk import asks, form_page, sent
from certmark.server.web.forms import done
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import PageRoute, Shown

SECTION = "certification"
_LONGEST = 4000
_UNTOLD = {"test", "content", "rulebook"}
"""What stands elsewhere, or is for programs."""


class TurnLine(msgspec.Struct, frozen=True, kw_only=True):
    """Who must do something, and by when."""

    owner: str
    due: str | None
    """The last day; None: there is none."""
    is_overdue: bool
    days: int | None
    """Until that day, or since it where it is overdue."""
    sentence: str


class ToldLine(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was told with an event."""

    label: str
    text: str


class EventLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened."""

    moment: int
    who: str
    role: str
    event: str
    label: str
    to_state: str | None
    told: list[ToldLine]
    test: str
    """That it is about; empty: about all of it."""


class Dossier(NamedTuple):
    """An application, a certificate or a case, as a page needs it to change it."""

    id: bytes
    kind: DossierKind
    title: str
    base: str
    """Where its page is."""
    state: str
    revision: int
    steps: Sequence[DossierStep]
    """What whoever asks may do now."""
    trail: tuple[tuple[str, str], ...]
    choices: Callable[[DossierStep], Choices] = lambda _: {}
    lead: Callable[[DossierStep], Sequence[str]] = lambda _: ()
    rulebook: Rulebook | None = None
    """By which days are counted."""


def turn(owner: str, due: int | None, moment: int, *, is_final: bool) -> TurnLine:
    """Rule 1."""
    if is_final or owner == "nobody":
        return TurnLine(owner="nobody", due=None, is_overdue=False, days=None, sentence="Nothing more is to be done.")
    who = {"clock": "It waits for its day"}.get(owner, f"It is the turn of the {owner}")
    if due is None:
        return TurnLine(owner=owner, due=None, is_overdue=False, days=None, sentence=f"{who}.")
    day, is_overdue = last_day(due), moment >= due
    days = (moment - due) // A_DAY + 1 if is_overdue else (due - moment) // A_DAY
    words = f"since {day}: {days} {'day' if days == 1 else 'days'} overdue" if is_overdue else f"until {day}"
    said = f"{who}, {words}." if owner != "clock" else f"{who}, {day}."
    return TurnLine(owner=owner, due=day, is_overdue=is_overdue, days=days, sentence=said)


def event_lines(
    kind: DossierKind, events: Iterable[CertificationEvent], people: Mapping[str, str] = {}
) -> list[EventLine]:
    """What happened, the oldest first; `people` has names by the ids of those whom events are about."""
    return [_event(kind, one, people) for one in events]


def step_pages(
    path: str,
    look: Callable[[Services, PageRequest], Dossier],
    take: Callable[[Services, Asker, bytes, str, Mapping[str, object], int | None], object],
) -> tuple[PageRoute, PageRoute]:
    """Rule 2: the pages of every step of what stands at `path`; `take` is the service that takes it."""

    def shown(services: Services, asked: PageRequest) -> Shown:
        found = look(services, asked)
        return _page(asked, found, _step_in(asked, found))

    def carried(services: Services, asked: PageRequest) -> Shown | Response:
        found = look(services, asked)
        step = _step_in(asked, found)

        def acted(values: msgspec.Struct, revision: int | None) -> Response:
            take(services, asked.asker, found.id, step.event, answers_of(values), revision)
            return done(asked, found.base, "done")

        return sent(asked, _page(asked, found, step), acted, answers_type(step.fields))

    return asks(f"{path}/{{event}}", shown, carried, TokenScope.MANAGE)


def _step_in(asked: PageRequest, found: Dossier) -> DossierStep:
    """Rule 3. Raises UntimelyRequest, also where somebody else moved it meanwhile, or NotPermitted."""
    event = str(asked.request.path_params["event"])
    step = MACHINES[found.kind].step(found.state, event)
    if step not in found.steps:
        raise NotPermitted(f"{event!r} is not yours to do here")
    return step


def _page(asked: PageRequest, found: Dossier, step: DossierStep) -> Shown:
    given = asked.request.query_params if asked.request.method == "GET" else {}
    form = step_form(step, found.base, found.revision, found.choices(step), given)
    return form_page(
        f"{step.label}: {found.title}",
        form,
        lead=found.lead(step),
        consequences=consequences(step, _days(found, step)),
        trail=(*found.trail, (found.base, found.title)),
        section=SECTION,
    )


def _days(found: Dossier, step: DossierStep) -> str:
    """Of the step's clock; the objection window is a track's, and is told where it begins."""
    value = None if step.clock is None else getattr(found.rulebook, step.clock, None)
    return counted(value, "working day" if step.clock in WORKING else "day") if isinstance(value, int) else ""


def _event(kind: DossierKind, one: CertificationEvent, people: Mapping[str, str]) -> EventLine:
    test = one.detail.get("test")
    told = {name: people.get(str(value), "") if name == "reviewer" else value for name, value in one.detail.items()}
    return EventLine(
        moment=one.moment,
        who=one.who or f"the {one.role}",
        role=one.role,
        event=one.event,
        label=event_label(kind, one.event),
        to_state=one.to_state,
        told=[
            ToldLine(label=label_of(kind, one.event, name), text=_text(value))
            for name, value in told.items()
            if name not in _UNTOLD and _is_text(value)
        ],
        test=test if isinstance(test, str) else "",
    )


def _is_text(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, str) for one in value)
    return isinstance(value, bool | int) or (isinstance(value, str) and bool(value))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text[:_LONGEST]
