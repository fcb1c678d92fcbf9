"""What standing orders find of a certified cloud raises concerns, settles them, and takes nothing away."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.domain.orders.assignments import AssignmentEnd, AssignmentResult, AssignmentState
from certmark.domain.orders.terms import OrderTerms
from certmark.server import ids
from certmark.server.services import orders, runners, runs
from certmark.server.services.certification import cases, certificates
from certmark.server.services.certification.concerns import CloudUnderTest, heed
from certmark.server.services.context import Services
from certmark.server.services.runners import AboutRunner
from certmark.server.services.runs import AboutRun
from certmark.server.store.orders import PROGRAMME
from support.certification import CLOUD, FAILS, GUIDELINE, PASSES, PROGRAM, SECOND, CertificationScene

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def scene(services: Services, tmp_path: Path) -> CertificationScene:
    return CertificationScene(services, tmp_path)


def concerns(scene: CertificationScene, certificate: bytes) -> list[str]:
    found, _ = cases.listed(scene.services, scene.member, certificate=certificate)
    return [one.state for one in found if one.kind == "concern"]


def of_the_office(scene: CertificationScene, content: bytes) -> bytes:
    file = scene.folder / "night.xml"
    file.write_bytes(content)
    about = AboutRun(name="night.xml", subject=CLOUD, guideline=GUIDELINE, program="P")
    return runs.receive(scene.services, scene.office, file, about).id


def heeded(scene: CertificationScene, run: str, vendor: bytes, *, has_passed: bool = False) -> int:
    with scene.services.database.write() as transaction:
        tested = CloudUnderTest(ids.read(run), PROGRAM, vendor)
        return heed(scene.services, transaction, tested, "It did not pass.", has_passed=has_passed)


def test_the_programmes_order_that_does_not_pass_raises_a_concern_and_the_next_that_does_settles_it(
    scene: CertificationScene,
) -> None:
    services, office, certificate = scene.services, scene.office, scene.certificate().row.id
    terms = OrderTerms("nightly", "north", PROGRAM, guideline=GUIDELINE)
    order = orders.add(services, office, PROGRAMME, terms, "by hand", 60).order.id
    nights = (FAILS, AssignmentResult.FAIL, ["open"]), (PASSES, AssignmentResult.PASS, ["settled"])
    for content, result, states in nights:
        orders.start(services, office, order)
        found = runners.claim(services, office, None, AboutRunner("one", (), ("north",), "1")).found
        assert found is not None
        said = AssignmentEnd(AssignmentState.DONE, result, of_the_office(scene, content), "")
        runners.end(services, office, found.assignment.id, 1, said)
        assert concerns(scene, certificate) == states
    assert certificates.show(services, scene.customer, certificate).standing.word == "certified"


def test_what_a_vendors_own_order_says_is_about_that_vendors_certificates_only(scene: CertificationScene) -> None:
    certificate, run = scene.certificate().row.id, scene.run(content=FAILS)
    assert heeded(scene, run, bytes(16)) == 0
    assert concerns(scene, certificate) == []
    assert heeded(scene, run, scene.vendor) == 1
    assert concerns(scene, certificate) == ["open"]


def test_a_cloud_that_is_not_certified_raises_none(scene: CertificationScene) -> None:
    certificate = scene.certificate().row.id
    assert heeded(scene, scene.run(scene.new_version("6", SECOND), SECOND, FAILS), PROGRAMME) == 0
    assert concerns(scene, certificate) == []
