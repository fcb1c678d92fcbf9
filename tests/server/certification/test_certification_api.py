"""Applications, certificates and cases in JSON: a whole way by HTTP, and how it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from certmark.server import ids
from certmark.server.api.application import application
from certmark.server.asking import STRANGER, Asker
from certmark.server.services.context import Services
from support import databases
from support.certification import DAY, GUIDELINE, PROGRAM, PROGRAMME, CertificationScene
from support.server import answering

pytestmark = pytest.mark.enable_socket
Ask = Callable[..., requests.Response]


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    """What is asked of the API is the same for both databases; the services are tried on both."""
    with databases.sqlite(tmp_path) as url:
        yield url


@pytest.fixture
def scene(services: Services, tmp_path: Path) -> CertificationScene:
    return CertificationScene(services, tmp_path)


@pytest.fixture
def ask(scene: CertificationScene) -> Iterator[Ask]:
    """Somebody asks; the server knows them by a header."""
    known = {one.name: one for one in vars(scene).values() if isinstance(one, Asker)}

    def identify(request: Any) -> Asker:
        return known.get(request.headers.get("who", ""), STRANGER)

    with answering(application(scene.services, identify)) as url:

        def found(method: str, path: str, who: Asker | None = None, match: str = "*", **more: Any) -> requests.Response:
            headers = {"If-Match": match} | ({} if who is None else {"Who": who.name})
            return requests.request(method, f"{url}/api/v2{path}", headers=headers, timeout=60, **more)

        yield found


def test_from_a_draft_to_a_certificate(scene: CertificationScene, ask: Ask) -> None:
    wanted = {"version": ids.written(scene.version), "programme": PROGRAMME, "program": PROGRAM, "guideline": GUIDELINE}
    made = ask("POST", "/applications", scene.member, json=wanted)
    assert made.status_code == 201, made.text
    place = made.headers["Location"].removeprefix("/api/v2")
    change = {"runs": [scene.run()], "contacts": ["ops@example.org"], "release": "a"}
    edited = ask("PATCH", place, scene.member, match=made.headers["ETag"], json=change)
    assert edited.status_code == 200, edited.text
    again = ask("PATCH", place, scene.admin, match=made.headers["ETag"], json=change)
    assert (again.status_code, "somebody else was quicker: member took the step 'edit'" in again.text) == (409, True)
    checks = ask("GET", f"{place}/checks", scene.designate).json()
    assert [one["word"] for one in checks["checks"] if not one["in_order"]] == []
    assert [one["standing"] for one in checks["runs"]] == ["pass"]
    assert ask("GET", place).status_code == 401

    def take(who: Asker, event: str, **values: object) -> dict[str, Any]:
        answer = ask("POST", f"{place}/{event}", who, json={"values": values})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    number = take(scene.designate, "submit")["number"]
    assert ask("GET", f"/applications/{number}", scene.office).json()["state"] == "submitted"
    take(scene.office, "complete")
    for who in (scene.ada, scene.bob):
        take(scene.office, "assign", reviewer=who.name)
        take(who, "recommend", recommendation="grant", text="Fine.", no_conflict=True)
    (queued,) = ask("GET", "/application-queue", scene.office).json()["queue"]
    assert (queued["application"]["number"], queued["overdue"]) == (number, False)
    assert ask("GET", "/application-queue", scene.customer).json()["queue"] == []
    assert [one["number"] for one in ask("GET", "/applications?whose=assigned", scene.ada).json()["applications"]] == [
        number
    ]
    take(scene.office, "propose", decision="grant", reason="Fine.")
    scene.now += 9 * DAY
    granted = take(scene.office, "grant", reason="Fine.")
    (certificate,) = ask("GET", "/certificates").json()["certificates"]
    assert certificate["number"] == granted["content"]["certificate"]
    assert certificate["standing"]["word"] == "certified"
    assert ask("GET", f"/certificates/{certificate['number']}").json()["possible"] == []
    events = ask("GET", f"{place}/events", scene.member).json()["events"]
    assert {one["who"] for one in events if one["role"] == "programme office"} == {None}
    renewal = ask("POST", "/renewals", scene.member, json={"certificate": certificate["id"]})
    assert renewal.json()["predecessor"] == certificate["id"]


REFUSED: list[tuple[str, dict[str, object], int, str]] = [
    ("recommend", {}, 409, "'recommend' does not happen to an application that is submitted; possible is assign"),
    ("grant-automatically", {}, 403, "happens by itself"),
    ("assign", {}, 400, "reviewer is missing: Reviewer"),
    ("assign", {"reviewer": "nobody"}, 404, "nobody is called 'nobody' here"),
    ("assign", {"reviewer": ["x"]}, 400, "reviewer must be a text"),
    ("complete", {"x": "y"}, 400, "'x' is not told with this; nothing is told with it"),
    ("tick", {"item": "a\nb", "answer": "yes"}, 400, "item has characters"),
    ("tick", {"item": "a", "answer": "maybe"}, 400, "answer must be one of: yes, no, does not apply"),
    ("grant-simply", {"reason": "x"}, 409, "full track, which asks for reviewers"),
    ("withdraw", {"reason": "x"}, 403, "commit-application"),
]


def test_what_does_not_fit_is_refused_with_a_sentence(scene: CertificationScene, ask: Ask) -> None:
    place = f"/applications/{ids.written(scene.submitted())}"
    for event, values, status, sentence in REFUSED:
        answer = ask("POST", f"{place}/{event}", scene.office, json={"values": values})
        assert (answer.status_code, sentence in answer.json()["detail"]) == (status, True), answer.text
    assert ask("POST", f"{place}/complete", scene.office, match="", json={}).status_code == 400


def test_a_case_is_filed_and_withdrawn(scene: CertificationScene, ask: Ask) -> None:
    certificate = ids.written(scene.certificate().row.id)
    new = {"kind": "challenge", "certificate": certificate, "values": {"claim": "It fails.", "prevented": "Closed."}}
    assert ask("POST", "/cases", json=new).status_code == 401
    made = ask("POST", "/cases", scene.customer, json=new)
    assert made.status_code == 201, made.text
    case = made.json()["id"]
    assert [one["event"] for one in made.json()["possible"]] == ["withdraw"]
    assert ask("GET", f"/cases/{case}").status_code == 404
    assert ask("POST", f"/cases/{case}/withdraw", scene.office, json={}).status_code == 403
    assert ask("POST", f"/cases/{case}/withdraw", scene.customer, json={}).json()["state"] == "withdrawn"
    assert [one["event"] for one in ask("GET", f"/cases/{case}/events", scene.customer).json()["events"]] == [
        "file",
        "withdraw",
    ]
    assert ask("POST", "/cases", scene.customer, json={"kind": "appeal", "values": {"grounds": "x"}}).status_code == 400


def test_masked_values_go_to_who_is_assigned(scene: CertificationScene, ask: Ask) -> None:
    application = ids.written(scene.in_review())
    run = ask("GET", f"/applications/{application}", scene.member).json()["content"]["runs"][0]
    place = f"/applications/{application}/disclosures/{run}"
    assert ask("PUT", place, scene.customer, data=b"{}").status_code == 404
    assert ask("PUT", place, scene.member, data=b'{"a": 1}').status_code == 204
    assert ask("GET", place, scene.ada).content == b'{"a": 1}'
    assert ask("GET", place, scene.office).status_code == 404
