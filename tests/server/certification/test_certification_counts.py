"""What is asked of the database does not grow with what happened, nor with how many applications and cases there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.domain.certification.steps import DossierKind
from certmark.server import ids
from certmark.server.api.v2 import applications as routes_of_applications
from certmark.server.api.v2 import cases as routes_of_cases
from certmark.server.api.v2 import certificates as routes_of_certificates
from certmark.server.api.v2.dossiers import StepTaken
from certmark.server.asking import Asker
from certmark.server.services.certification import applications, cases
from certmark.server.services.certification.applications import DraftChange
from certmark.server.services.certification.cases import CaseSubject
from certmark.server.services.context import Services
from certmark.server.store.database import Transaction
from certmark.server.store.statements import SqlStatement
from support import databases
from support.certification import PROGRAMME, CertificationScene

pytestmark = pytest.mark.enable_socket
ROUTES = {
    route.name: route
    for module in (routes_of_applications, routes_of_certificates, routes_of_cases)
    for route in module.ROUTES
}
MOST_READ, MOST_CHANGED = 14, 40


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """Both databases are asked the same."""
    with databases.sqlite(tmp_path) as url:
        yield url


@pytest.fixture
def scene(services: Services, tmp_path: Path) -> CertificationScene:
    return CertificationScene(services, tmp_path)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    statements: list[str] = []
    real = Transaction.run

    def run(self: Transaction, statement: SqlStatement, /, **values: object) -> object:
        statements.append(statement.name)
        return real(self, statement, **values)  # type: ignore[arg-type]  # as it was asked

    monkeypatch.setattr(Transaction, "run", run)
    return statements


def test_no_route_of_certification_asks_more_where_there_is_more(scene: CertificationScene, counted: list[str]) -> None:
    services = scene.services
    certificate = scene.certificate().row
    open_one = scene.in_review(version=scene.new_version("4"))
    said = {"test": "a.B.c", "reason": "x"}
    about = CaseSubject(version=scene.version)
    case = cases.file(services, scene.member, DossierKind.GRIEVANCE, about, said, PROGRAMME).row.id

    def ask(name: str, who: Asker, *body: object, **words: str) -> int:
        route = ROUTES[name]
        counted.clear()
        route.handler(services, who, route.parameters(**words), *body)
        return len(counted)

    def reads() -> dict[str, int]:
        one = {"application": ids.written(open_one)}
        return {
            "list_applications": ask("list_applications", scene.office),
            "list_queue": ask("list_queue", scene.office),
            "show_application": ask("show_application", scene.office, **one),
            "list_application_events": ask("list_application_events", scene.office, **one),
            "list_certificates": ask("list_certificates", scene.customer),
            "show_certificate": ask("show_certificate", scene.customer, certificate=certificate.number),
            "list_certificate_events": ask("list_certificate_events", scene.office, certificate=certificate.number),
            "list_cases": ask("list_cases", scene.office),
            "show_case": ask("show_case", scene.office, case=ids.written(case)),
            "list_case_events": ask("list_case_events", scene.office, case=ids.written(case)),
        }

    def change() -> int:
        told = StepTaken(values={"text": "Seen."})
        return ask(
            "move_application", scene.ada, told, application=ids.written(open_one), event="comment", if_match="*"
        )

    before, changed = reads(), change()
    for number in range(3):
        draft = scene.drafted(scene.new_version(f"5.{number}")).row
        applications.edit(services, scene.member, draft.id, DraftChange(release="b"), None)
        scene.take(scene.ada, open_one, "comment", text="Again.")
        said = {"test": f"a.B.{number}", "reason": "x"}
        cases.file(services, scene.member, DossierKind.GRIEVANCE, about, said, PROGRAMME)
    scene.submitted(version=scene.new_version("6"))
    assert (reads(), change()) == (before, changed)
    assert {name: found for name, found in before.items() if found > MOST_READ} == {}
    assert changed <= MOST_CHANGED


def test_those_to_review_are_one_question(scene: CertificationScene, counted: list[str]) -> None:
    for number in range(2):
        scene.in_review(version=scene.new_version(f"7.{number}"))
    counted.clear()
    assert len(applications.assigned(scene.services, scene.ada)) == 2
    assert counted == ["applications.assigned"]
    assert applications.assigned(scene.services, scene.eve) == []
