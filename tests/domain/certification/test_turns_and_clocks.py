"""What holds of every step: somebody's turn and a day, or nobody's and none; clocks that the rulebook knows."""

from __future__ import annotations

import dataclasses

import pytest

from certmark.domain.certification.machines import MACHINES
from certmark.domain.certification.rulebooks import Rulebook, TrackRules
from certmark.domain.certification.steps import DossierKind, DossierMachine, Turn

ALL = [pytest.param(machine, id=kind.value) for kind, machine in MACHINES.items()]
BY_ITSELF = {"supersede", "expire", "cure-over", "reopen", "pass"}
"""What comes along with something else, or by a day that no machine knows."""


@pytest.mark.parametrize("machine", ALL)
def test_nothing_is_pending_with_nobody(machine: DossierMachine) -> None:
    for step in machine.steps:
        if step.to is None or machine.kind is DossierKind.CERTIFICATE:
            continue
        if step.is_final:
            assert (step.owner, step.clock) == (Turn.NOBODY, None), step.event
        else:
            assert step.owner not in {None, Turn.NOBODY}, step.event
            assert step.clock is not None or step.owner is Turn.CLOCK or step.event == "show", step.event


@pytest.mark.parametrize("machine", ALL)
def test_what_is_final_is_left_only_by_what_comes_along_or_by_two_people(machine: DossierMachine) -> None:
    left = {step.event for step in machine.steps for state in step.states if machine.is_final(state)}
    assert left <= {"reopen", "supersede", "propose-revocation", "revoke"}


@pytest.mark.parametrize("machine", ALL)
def test_who_is_nobody_is_the_clock_or_comes_along(machine: DossierMachine) -> None:
    for step in machine.steps:
        if step.right is None and not step.by_clock:
            assert step.event in BY_ITSELF, step.event
            assert step.fields == ()
    for state in machine.states:
        assert len([step for step in machine.steps if step.by_clock and state in step.states]) <= 1


@pytest.mark.parametrize("machine", ALL)
def test_every_clock_is_a_number_of_the_rulebook(machine: DossierMachine) -> None:
    known = {field.name for kind in (Rulebook, TrackRules) for field in dataclasses.fields(kind)}
    assert {step.clock for step in machine.steps if step.clock is not None} <= known
