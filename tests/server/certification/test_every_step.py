"""Every state, every event, every person, on a server: nobody takes a step that is not theirs, or not now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.domain.certification.machines import FILING, MACHINES
from certmark.domain.certification.steps import DossierKind, UntimelyRequest
from certmark.domain.errors import InvalidRequest
from certmark.server.asking import STRANGER, Asker
from certmark.server.services.certification import cases, steps
from certmark.server.services.certification.cases import CaseSubject
from certmark.server.services.certification.effects import EFFECTS
from certmark.server.services.certification.fields import InvalidField
from certmark.server.services.certification.guards import GUARDS
from certmark.server.services.certification.steps import Overtaken
from certmark.server.services.certification.taking import Place
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted
from certmark.server.store.certification import certificates
from support import databases
from support.certification import PROGRAMME, CertificationScene, planted_certificate

pytestmark = pytest.mark.enable_socket
NOT_TOLD = {"no such value": "x"}
"""It is refused behind everything that says who may take a step, and before anything is done."""


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """What is refused is refused by the same code on both databases."""
    with databases.sqlite(tmp_path) as url:
        yield url


@pytest.fixture
def scene(services: Services, tmp_path: Path) -> CertificationScene:
    return CertificationScene(services, tmp_path)


def test_every_guard_and_effect_of_a_machine_is_there() -> None:
    named = {guard for machine in MACHINES.values() for step in machine.steps for guard in step.guards}
    assert named == set(GUARDS)
    for kind, effects in EFFECTS.items():
        assert set(effects) <= {step.event for step in MACHINES[kind].steps}


def dossier(scene: CertificationScene, kind: DossierKind) -> tuple[Place, bytes]:
    if kind is DossierKind.APPLICATION:
        application = scene.in_review()
        return Place.APPLICATIONS, application
    certificate = planted_certificate(scene.services, scene.vendor, scene.product, scene.version)
    if kind is DossierKind.CERTIFICATE:
        return Place.CERTIFICATES, certificate
    if kind is DossierKind.CONCERN:
        with scene.services.database.write() as transaction:
            row = certificates.TABLE.anybodys(transaction, certificate)
            assert row is not None
            found = cases.raise_concern(scene.services, transaction, row, "It failed.")
            assert found is not None
            return Place.CASES, found.id
    if kind is DossierKind.CHALLENGE:
        said = {"claim": "x", "prevented": "x"}
        about = CaseSubject(certificate=certificate)
        return Place.CASES, cases.file(scene.services, scene.customer, kind, about, said).row.id
    if kind is DossierKind.APPEAL:
        refused = CaseSubject(application=scene.decided("refuse"))
        return Place.CASES, cases.file(scene.services, scene.designate, kind, refused, {"grounds": "x"}).row.id
    said = {"test": "a.B.c", "reason": "x", "link": "https://bugs.example/1"}
    said = {name: said[name] for name in said if name in {field.name for field in FILING[kind][1]}}
    about = CaseSubject(version=scene.version)
    return Place.CASES, cases.file(scene.services, scene.member, kind, about, said, PROGRAMME).row.id


def put_into(scene: CertificationScene, place: Place, identity: bytes, state: str) -> None:
    """As no service does it."""
    with scene.services.database.write() as transaction:
        row = place.table.locked(transaction, identity)
        assert row is not None
        place.table.change(transaction, row._replace(state=state))


def answer(scene: CertificationScene, who: Asker, place: Place, identity: bytes, event: str) -> str:
    try:
        steps.take(scene.services, who, place, identity, event, NOT_TOLD, None)
    except InvalidField:
        return "may"
    except UntimelyRequest:
        return "not now"
    except NotPermitted:
        return "may not"
    except NotFound:
        return "nothing there"
    raise AssertionError("it was taken")


@pytest.mark.parametrize("kind", DossierKind, ids=lambda kind: kind.value)
def test_nobody_takes_a_step_that_is_not_theirs_or_not_now(scene: CertificationScene, kind: DossierKind) -> None:
    place, identity = dossier(scene, kind)
    machine, rules = MACHINES[kind], scene.services.rules
    people = {name: one for name, one in vars(scene).items() if isinstance(one, Asker)} | {"stranger": STRANGER}
    wrong = []
    for state in machine.states:
        put_into(scene, place, identity, state)
        for name, who in people.items():
            with scene.services.database.read() as transaction:
                row = place.table.one(transaction, who, identity)
                roles = frozenset() if row is None else steps.roles_towards(transaction, who, row)
            for step in machine.steps:
                # Eve reviews for the vendor's own organisation.
                may = step.may(rules, roles) and (name != "eve" or step.right not in steps.ACTS_FOR_PROGRAMME)
                now = "may" if state in step.states else "not now"
                expected = "nothing there" if row is None else now if may else "may not"
                found = answer(scene, who, place, identity, step.event)
                if found != expected:
                    wrong.append(f"{name}, {state}, {step.event}: {found}, not {expected}")
    assert wrong == []


def test_who_looked_at_another_state_is_told_and_who_knows_no_step_as_well(scene: CertificationScene) -> None:
    application = scene.submitted()
    with pytest.raises(Overtaken, match="designate took the step 'submit'"):
        steps.take(scene.services, scene.office, Place.APPLICATIONS, application, "complete", {}, 1)
    with pytest.raises(UntimelyRequest, match="'dance' does not happen"):
        steps.take(scene.services, scene.office, Place.APPLICATIONS, application, "dance", {}, None)
    with pytest.raises(InvalidRequest, match="it is raised by what is found"):
        cases.file(scene.services, scene.office, DossierKind.CONCERN, CaseSubject(application=application), {})
