"""What applications, certificates and cases have in common in JSON: steps, events, and the one body of every step."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from certmark.domain.certification.machines import MACHINES
from certmark.domain.certification.steps import DossierKind, DossierStep
from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.bodies import END, moment
from certmark.server.store.certification.dossiers import LAST
from certmark.server.store.certification.events import CertificationEvent

Reference = Annotated[
    str, Meta(pattern=rf"^[0-9A-Za-z-]{{1,60}}{END}", description="An id, or the number people know.")
]
EventWord = Annotated[str, Meta(pattern=rf"^[a-z-]{{1,40}}{END}")]
Behind = Annotated[str, Meta(pattern=rf"^[0-9a-f]{{32}}{END}")]
"""As a page gave it in `next`."""
Told = str | bool | list[str]
Line = Annotated[str, Meta(max_length=500)]
BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT)
CHANGES = (*BODY, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_REQUIRED)


class StepValue(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is told with a step."""

    name: str
    label: str
    kind: str
    """text, line, choice, day, run, tests, regions, person, flag."""
    choices: list[str]
    optional: bool


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What you may do now, as far as your rights and the state say."""

    event: str
    label: str
    to: str | None
    """The state afterwards; null: it stays."""
    values: list[StepValue]
    grave: bool
    """It cannot be taken back."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened."""

    moment: str
    event: str
    role: str
    """In which somebody acted."""
    who: str | None
    """Null: the clock, or nobody whom you may know."""
    to: str | None
    rulebook: str
    """That was in force."""
    detail: dict[str, Any]
    public: bool


class Events(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, as far as you may know, the oldest first."""

    events: list[Event]


class StepTaken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told with a step; which values there are, says the step."""

    values: Annotated[dict[Line, Told], Meta(max_length=20)] = {}


def step_body(step: DossierStep) -> Step:
    """A step as JSON has it."""
    values = [
        StepValue(
            name=one.name, label=one.label, kind=one.kind.value, choices=list(one.choices), optional=one.is_optional
        )
        for one in step.fields
    ]
    return Step(event=step.event, label=step.label, to=step.to, values=values, grave=step.is_grave)


def events_body(found: Iterable[CertificationEvent]) -> Events:
    """Events as JSON has them."""
    return Events(
        events=[
            Event(
                moment=moment(one.moment) or "",
                event=one.event,
                role=one.role,
                who=one.who,
                to=one.to_state,
                rulebook=one.rulebook,
                detail=dict(one.detail),
                public=one.is_public,
            )
            for one in found
        ]
    )


def identity_of(reference: str) -> bytes | None:
    """The id that a reference is; None: it is a number."""
    try:
        return ids.read(reference)
    except ValueError:
        return None


def behind_of(cursor: str | None) -> bytes:
    """Behind which id a page begins."""
    return LAST if cursor is None else bytes.fromhex(cursor)


def rights_of(*kinds: DossierKind) -> tuple[Right, ...]:
    """The rights of which one is needed for a step of these kinds."""
    found = (step.right for kind in kinds for step in MACHINES[kind].steps if step.right is not None)
    return tuple(dict.fromkeys(found))
