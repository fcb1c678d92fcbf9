"""Steps of a certification as forms: one way for applications, certificates and cases.

1. What a machine asks with a step (`DossierStep.fields`) is what its form asks; nothing is asked twice in code.
2. A step that asks nothing and can be taken back is a button; every other has a page of its own.
3. A page says what a step does before somebody does it: whose turn it is then, who can read it, and that it is final.
4. An address may fill fields in beforehand, by their names.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any, Literal

import msgspec

from certmark.domain.certification.machines import MACHINES
from certmark.domain.certification.steps import DossierKind, DossierStep, FieldKind, StepField, Turn
from certmark.server.api.bodies import Word
from certmark.server.api.ownership import Id, Reason
from certmark.server.web.forms import Field, FormOption, WebForm

Options = tuple[FormOption, ...]
Choices = Mapping[str, Options]
"""By the name of a field: what it can be here, where the machine leaves that open."""
_Lines = Annotated[list[Word], msgspec.Meta(max_length=1000)]
_Words = Annotated[list[Word], msgspec.Meta(min_length=1, max_length=1000)]
_TYPES: Mapping[FieldKind, Any] = {
    FieldKind.TEXT: Reason,
    FieldKind.LINE: Word,
    FieldKind.DAY: dt.date,
    FieldKind.RUN: Id,
    FieldKind.TESTS: _Words,
    FieldKind.REGIONS: _Words,
    FieldKind.PERSON: Word,
    FieldKind.FLAG: bool,
}
_DRAWN: Mapping[FieldKind, tuple[Literal["line", "text", "lines", "choice", "check"], str]] = {
    FieldKind.TEXT: ("text", ""),
    FieldKind.LINE: ("line", ""),
    FieldKind.CHOICE: ("choice", ""),
    FieldKind.DAY: ("line", "As in 2026-11-29. It ends at 24:00 UTC."),
    FieldKind.RUN: ("line", "The last part of the address of its page."),
    FieldKind.TESTS: ("lines", "Names, one a line."),
    FieldKind.REGIONS: ("lines", "One a line."),
    FieldKind.PERSON: ("line", "The name that they have here."),
    FieldKind.FLAG: ("check", ""),
}
_TURNS: Mapping[Turn, str] = {
    Turn.VENDOR: "Then it is the vendor's turn.",
    Turn.OFFICE: "Then it is the programme office's turn.",
    Turn.REVIEWERS: "Then it is the reviewers' turn.",
    Turn.PANEL: "Then it is the panel's turn.",
    Turn.CLOCK: "Then it holds until its day has come.",
    Turn.NOBODY: "Then it is nobody's turn any more.",
}


class StepLink(msgspec.Struct, frozen=True, kw_only=True):
    """Something that whoever asks may do now."""

    event: str
    label: str
    path: str
    is_button: bool
    """Rule 2."""
    is_grave: bool


def step_link(step: DossierStep, base: str) -> StepLink:
    """A step of the thing whose page is at `base`."""
    is_button = not step.fields and not step.is_grave
    return StepLink(
        event=step.event, label=step.label, path=f"{base}/{step.event}", is_button=is_button, is_grave=step.is_grave
    )


def step_links(steps: Iterable[DossierStep], base: str) -> list[StepLink]:
    """Likewise, several."""
    return [step_link(step, base) for step in steps]


def step_form(
    step: DossierStep,
    base: str,
    revision: int | None,
    choices: Mapping[str, Options] = {},
    given: Mapping[str, str] = {},
) -> WebForm:
    """Rule 1; `given` is what an address says (rule 4)."""
    return fields_form(
        step.fields, f"{base}/{step.event}", step.label, base, choices, given, revision=revision, is_grave=step.is_grave
    )


def fields_form(
    asked: Iterable[StepField],
    path: str,
    button: str,
    back: str,
    choices: Mapping[str, Options] = {},
    given: Mapping[str, str] = {},
    *,
    revision: int | None = None,
    is_grave: bool = False,
) -> WebForm:
    """A form of what a machine asks, for a step or to begin something."""
    return WebForm(
        path=path,
        button=button,
        fields=tuple(_field(one, choices.get(one.name), given.get(one.name, "")[:1000]) for one in asked),
        revision=revision,
        is_destructive=is_grave,
        back=back,
    )


@cache
def answers_type(fields: tuple[StepField, ...]) -> type[msgspec.Struct]:
    """What the answers to these are read into."""
    found = [_member(one) for one in fields]
    return msgspec.defstruct("StepAnswers", found, frozen=True, kw_only=True)


def answers_of(values: msgspec.Struct) -> dict[str, object]:
    """Answers as they are told to a service and kept; what was left empty is not there."""
    found = msgspec.to_builtins(values)
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def consequences(step: DossierStep, days: str = "") -> list[str]:
    """Rule 3; `days` is what the rulebook says for the step's clock, as in `30 days`."""
    told = [f"The state is {step.to} then."] if step.to is not None else []
    if step.owner is not None:
        told.append(_TURNS[step.owner])
    if days:
        told.append(f"The rulebook gives {days} for it.")
    if step.is_public:
        told.append("Everybody can read it, with what is said here.")
    if step.is_grave:
        told.append("It cannot be taken back.")
    return told


def label_of(kind: DossierKind, event: str, name: str) -> str:
    """What a field of an event is called; its own name where no machine has it."""
    steps = (step for step in MACHINES[kind].steps if step.event == event)
    found = (one.label for step in steps for one in step.fields if one.name == name)
    return next(found, name.replace("_", " ").capitalize())


def event_label(kind: DossierKind, event: str) -> str:
    """What an event is called."""
    return next((step.label for step in MACHINES[kind].steps if step.event == event), event.replace("-", " "))


def _field(asked: StepField, options: Options | None, value: str) -> Field:
    kind, hint = _DRAWN[asked.kind]
    if asked.kind is FieldKind.CHOICE:
        options = tuple(FormOption(one, one) for one in asked.choices)
    elif options is not None:
        kind, hint = "choice", ""
    if options is not None and asked.is_optional:
        options = (FormOption("", "none of these"), *options)
    first = options[0].value if options else ""
    return Field(
        name=asked.name,
        label=asked.label,
        hint=hint,
        kind=kind,
        value=value or first,
        options=options or (),
        is_optional=asked.is_optional,
    )


def _member(asked: StepField) -> tuple[str, Any] | tuple[str, Any, Any]:
    kind = Literal[asked.choices] if asked.kind is FieldKind.CHOICE else _TYPES[asked.kind]
    if asked.kind is FieldKind.FLAG:
        return (asked.name, bool, False)
    if asked.is_optional and kind is _Words:
        return (asked.name, _Lines, [])
    return (asked.name, kind | None, None) if asked.is_optional else (asked.name, kind)
