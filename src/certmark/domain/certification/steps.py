"""What a step of a certification is: an event that leads from one state to another, as data.

1. An application, a certificate and every case (a challenge, a concern, a grievance, an appeal, a request for a
   waiver) has one state, and only steps change it: by whoever has the right, or by the clock.
2. A step says what must be told with it (`fields`), what must hold besides (`guards`, by name), whose turn it is
   afterwards and by when (`owner`, `clock`: a number of the rulebook), and whether everybody may read of it.
3. What is final has no owner and no deadline; everything else has both an owner and, where the rulebook sets one, a
   day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.domain.permissions import AccessRules, Right, Role


class UntimelyRequest(InvalidRequest):
    """In this state that does not happen; the sentence says what does."""


class DossierKind(Enum):
    """What has states."""

    APPLICATION = "application"
    CERTIFICATE = "certificate"
    CHALLENGE = "challenge"
    """Somebody outside shows that what is certified does not pass."""
    CONCERN = "concern"
    """A later run of the holder's own or of a standing order did not pass, or none came."""
    GRIEVANCE = "grievance"
    """A vendor objects to a test."""
    APPEAL = "appeal"
    """A vendor objects to a decision."""
    WAIVER = "waiver"
    """A vendor asks that a test does not count for one product, for a time."""

    @property
    def is_case(self) -> bool:
        """Whether it is about something else: a certificate, an application, a test."""
        return self not in {DossierKind.APPLICATION, DossierKind.CERTIFICATE}


class Turn(Enum):
    """Who must do something next."""

    VENDOR = "vendor"
    OFFICE = "programme office"
    REVIEWERS = "reviewers"
    PANEL = "panel"
    CLOCK = "clock"
    NOBODY = "nobody"


class FieldKind(Enum):
    """What is told with a step."""

    TEXT = "text"
    LINE = "line"
    CHOICE = "choice"
    DAY = "day"
    """As in 2026-11-29; it ends at 24:00 UTC."""
    RUN = "run"
    TESTS = "tests"
    """Names, one a line."""
    REGIONS = "regions"
    """Likewise."""
    PERSON = "person"
    """By the name that they have here."""
    FLAG = "flag"
    """Yes or no."""


class StepField(NamedTuple):
    """One thing that is told with a step."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    choices: tuple[str, ...] = ()
    is_optional: bool = False


class DossierStep(NamedTuple):
    """One row of a machine."""

    event: str
    label: str
    """On a button, as a verb."""
    states: frozenset[str]
    """In which it may happen."""
    to: str | None
    """The state afterwards; None: as before."""
    right: Right | None
    """Who may; None: only the clock."""
    by_clock: bool = False
    """Whether the clock does it, too, once the day has passed."""
    fields: tuple[StepField, ...] = ()
    guards: tuple[str, ...] = ()
    """What must hold besides, by its name (`services.certification.guards`)."""
    owner: Turn | None = None
    """Whose turn it is afterwards; None: as before."""
    clock: str | None = None
    """The number of the rulebook that sets the day by which; None: there is none, or as before where `to` is None."""
    is_public: bool = False
    tells: str | None = None
    """The kind of the notice; None: nobody is told."""
    is_final: bool = False
    """Nothing but an appeal or what the machine names comes after it."""
    is_grave: bool = False
    """It cannot be taken back: pages ask whether somebody means it."""

    def may(self, rules: AccessRules, roles: Iterable[Role]) -> bool:
        """Whether somebody with these roles may, guards aside."""
        return self.right is not None and rules.allow(self.right, roles)


class DossierMachine:
    """All steps of one kind."""

    def __init__(self, kind: DossierKind, first: str, steps: Iterable[DossierStep]) -> None:
        self.kind, self.first, self.steps = kind, first, tuple(steps)
        self._by_state: Mapping[tuple[str, str], DossierStep] = {
            (state, step.event): step for step in self.steps for state in step.states
        }
        self._final = frozenset(step.to for step in self.steps if step.is_final and step.to)
        self.states = tuple(
            dict.fromkeys(
                [first, *(state for step in self.steps for state in (*sorted(step.states), step.to) if state)]
            )
        )

    def step(self, state: str, event: str) -> DossierStep:
        """What `event` does in `state`. Raises UntimelyRequest."""
        found = self._by_state.get((state, event))
        if found is None:
            there = sorted({name for at, name in self._by_state if at == state})
            what = f"possible is {', '.join(there)}" if there else "nothing comes after it"
            raise UntimelyRequest(f"{event[:60]!r} does not happen to {self._named} that is {state}; {what}")
        return found

    @property
    def _named(self) -> str:
        return f"{'an' if self.kind.value[0] in 'aeiou' else 'a'} {self.kind.value}"

    def possible(self, state: str, rules: AccessRules, roles: Iterable[Role]) -> list[DossierStep]:
        """What somebody with these roles may do now, in the order of the machine; guards are asked later."""
        known = frozenset(roles)
        return [step for (at, _), step in self._by_state.items() if at == state and step.may(rules, known)]

    def of_clock(self, state: str) -> DossierStep | None:
        """What the clock does once the day of `state` has passed."""
        return next((step for (at, _), step in self._by_state.items() if at == state and step.by_clock), None)

    def is_final(self, state: str) -> bool:
        """Whether it is nobody's turn any more."""
        return state in self._final
