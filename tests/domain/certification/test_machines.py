"""The machines of certification: every state, every event, every role; and what holds of all of them."""

from __future__ import annotations

import dataclasses

import pytest

from certmark.domain.certification.machines import FILING, MACHINES
from certmark.domain.certification.rulebooks import Rulebook, TrackRules
from certmark.domain.certification.steps import DossierKind, DossierMachine, Turn, UntimelyRequest
from certmark.domain.permissions import DEFAULT_RULES, OF_VENDOR, Right, Role

ALL = [pytest.param(machine, id=kind.value) for kind, machine in MACHINES.items()]
BY_ITSELF = {"supersede", "expire", "cure-over", "reopen", "pass"}
"""What comes along with something else, or by a day that no machine knows."""


def reached(machine: DossierMachine) -> set[str]:
    found, before = {machine.first}, set[str]()
    while found != before:
        before = set(found)
        found |= {step.to for step in machine.steps if step.to is not None and step.states & found}
    return found


@pytest.mark.parametrize("machine", ALL)
def test_each_event_in_each_state_is_a_step_or_a_sentence_that_says_what_is_possible(machine: DossierMachine) -> None:
    events = {step.event for step in machine.steps}
    for state in machine.states:
        possible = sorted({step.event for step in machine.steps if state in step.states})
        for event in events:
            if event in possible:
                assert state in machine.step(state, event).states
                continue
            with pytest.raises(UntimelyRequest) as refusal:
                machine.step(state, event)
            assert str(refusal.value).endswith(
                f"possible is {', '.join(possible)}" if possible else "nothing comes after it"
            )


@pytest.mark.parametrize("machine", ALL)
def test_each_role_may_in_each_state_what_the_right_of_the_step_says(machine: DossierMachine) -> None:
    for state in machine.states:
        for role in Role:
            possible = {step.event for step in machine.possible(state, DEFAULT_RULES, {role})}
            expected = {
                step.event
                for step in machine.steps
                if state in step.states and step.right is not None and DEFAULT_RULES.allow(step.right, {role})
            }
            assert possible == expected, (state, role)


@pytest.mark.parametrize("machine", ALL)
def test_strangers_and_operators_move_nothing(machine: DossierMachine) -> None:
    for state in machine.states:
        assert machine.possible(state, DEFAULT_RULES, {Role.ANONYMOUS, Role.OPERATOR}) == []


@pytest.mark.parametrize("machine", ALL)
def test_every_state_is_reached_and_an_event_is_one_step(machine: DossierMachine) -> None:
    assert reached(machine) == set(machine.states)
    events = [step.event for step in machine.steps]
    assert len(events) == len(set(events))


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


def test_only_the_designate_and_the_deputy_commit_the_company() -> None:
    commits = {"submit", "withdraw", "supersede"}
    for step in MACHINES[DossierKind.APPLICATION].steps:
        if step.event in commits:
            may = {role for role in Role if step.may(DEFAULT_RULES, {role})}
            assert may == {Role.DESIGNATE, Role.DEPUTY}, step.event


def test_nobody_of_a_vendor_decides() -> None:
    decides = {Right.DECIDE_ON_APPLICATION, Right.MANAGE_CERTIFICATE, Right.HANDLE_CASE, Right.REVIEW_APPLICATION}
    for machine in MACHINES.values():
        for step in machine.steps:
            if step.right in decides:
                assert not any(step.may(DEFAULT_RULES, {role}) for role in OF_VENDOR), step.event


def test_a_concern_is_raised_by_what_is_found_and_every_other_case_is_filed() -> None:
    assert {kind for kind in DossierKind if kind.is_case} - {DossierKind.CONCERN} == set(FILING)
