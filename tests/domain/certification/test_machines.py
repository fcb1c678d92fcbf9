"""Every state, event and role of every machine: what may happen, who may do it, and that nothing is left with nobody."""

from __future__ import annotations

from itertools import product

import pytest

from certmark.domain.certification.machines import APPLICATION, CERTIFICATE, FILING, MACHINES, possible, step
from certmark.domain.certification.steps import DossierKind, DossierStep, UntimelyRequest
from certmark.domain.permissions import DEFAULT_RULES, OF_PROGRAMME, OF_VENDOR, Role

KINDS = tuple(DossierKind)
STEPS = [(kind, one) for kind in KINDS for one in MACHINES[kind].steps]


def named(value: object) -> str:
    return value.event if isinstance(value, DossierStep) else str(getattr(value, "value", value))


def events(kind: DossierKind) -> set[str]:
    return {one.event for one in MACHINES[kind].steps}


def reachable(kind: DossierKind) -> set[str]:
    machine, found = MACHINES[kind], {MACHINES[kind].first}
    while True:
        further = {one.to for one in machine.steps if one.to and one.states & found} - found
        if not further:
            return found
        found |= further


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_every_event_in_every_state_is_a_step_or_a_sentence(kind: DossierKind) -> None:
    for state, event in product(MACHINES[kind].states, events(kind) | {"nonsense", ""}):
        if any(one.event == event and state in one.states for one in MACHINES[kind].steps):
            assert step(kind, state, event).event == event
        else:
            with pytest.raises(UntimelyRequest, match=f"{kind.value} that is {state}"):
                step(kind, state, event)


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_every_role_may_just_what_a_right_of_it_allows(kind: DossierKind) -> None:
    for state, role in product(MACHINES[kind].states, Role):
        may = {one.event for one in possible(kind, state, DEFAULT_RULES, frozenset({role}))}
        for event in events(kind):
            try:
                found = step(kind, state, event)
            except UntimelyRequest:
                assert event not in may
                continue
            allowed = found.right is not None and role in DEFAULT_RULES.roles(found.right)
            assert (event in may) == allowed, (state, event, role)


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_every_state_can_come_about(kind: DossierKind) -> None:
    assert reachable(kind) == set(MACHINES[kind].states)


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_one_event_in_one_state_is_one_step(kind: DossierKind) -> None:
    pairs = [(state, one.event) for one in MACHINES[kind].steps for state in one.states]
    assert len(pairs) == len(set(pairs))


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_the_clock_does_one_thing_at_most_in_a_state(kind: DossierKind) -> None:
    for state in MACHINES[kind].states:
        assert len([one for one in MACHINES[kind].steps if one.by_clock and state in one.states]) <= 1


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_what_is_not_final_has_a_way_on(kind: DossierKind) -> None:
    machine = MACHINES[kind]
    for state in machine.states:
        leads_on = [one for one in machine.steps if state in one.states and one.to not in {None, state}]
        assert leads_on or machine.is_final(state), state


@pytest.mark.parametrize(("kind", "one"), STEPS, ids=named)
def test_what_leads_to_another_state_says_whose_turn_it_is(kind: DossierKind, one: DossierStep) -> None:
    if one.to is not None:
        assert one.owner is not None
    if one.is_final:
        assert one.clock is None, f"{kind.value}: what is final has no deadline"


@pytest.mark.parametrize(("kind", "one"), STEPS, ids=named)
def test_what_is_on_record_for_everybody_has_reasons_or_is_the_clocks(kind: DossierKind, one: DossierStep) -> None:
    told = {field.name for field in one.fields if not field.is_optional}
    if one.is_public and one.right is not None:
        assert told & {"reason", "text"}, f"{kind.value} {one.event}"


def test_nobody_outside_of_the_office_decides_for_the_programme() -> None:
    deciding = {"complete", "propose", "grant", "grant-simply", "refuse", "suspend", "revoke", "extend", "narrow"}
    for role in set(Role) - {Role.OFFICE}:
        for kind in (DossierKind.APPLICATION, DossierKind.CERTIFICATE):
            for state in MACHINES[kind].states:
                may = {one.event for one in possible(kind, state, DEFAULT_RULES, frozenset({role}))}
                assert not may & deciding, (role, state)


def test_only_the_designate_and_the_deputy_commit_the_company() -> None:
    committing = {"submit", "withdraw", "pause"}
    for role in (OF_VENDOR | OF_PROGRAMME | {Role.USER}) - {Role.DESIGNATE, Role.DEPUTY}:
        for machine in (APPLICATION, CERTIFICATE):
            for state in machine.states:
                may = {one.event for one in machine.possible(state, DEFAULT_RULES, {role})}
                assert not may & committing, (role, state)


def test_the_clock_alone_lets_expire_and_lapse() -> None:
    for kind, event in ((DossierKind.CERTIFICATE, "expire"), (DossierKind.APPLICATION, "lapse")):
        for state in MACHINES[kind].states:
            assert event not in {one.event for one in possible(kind, state, DEFAULT_RULES, frozenset(Role))}


def test_a_decision_needs_the_window_to_be_over_and_another_one_who_reviewed() -> None:
    assert set(step(DossierKind.APPLICATION, "objection window", "grant").guards) >= {"window_over", "another_reviewed"}
    assert "enough_reviews" in step(DossierKind.APPLICATION, "in review", "propose").guards


def test_a_revocation_takes_two_people_whatever_the_certificate_is() -> None:
    for state in set(CERTIFICATE.states) - {"revoked"}:
        assert CERTIFICATE.step(state, "revoke").guards == ("proposed_by_another",)


def test_what_was_revoked_stays_revoked() -> None:
    assert [one for one in CERTIFICATE.steps if "revoked" in one.states] == []


def test_a_concern_cannot_take_a_certificate_away() -> None:
    assert {one.to for one in MACHINES[DossierKind.CONCERN].steps} == {None, "settled", "shown"}


def test_every_case_but_a_concern_is_opened_by_a_person() -> None:
    assert set(FILING) == {kind for kind in DossierKind if kind.is_case} - {DossierKind.CONCERN}
