"""The desk of certification: applying, reviewing, deciding, renewing and challenging by pages alone."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from httpx2 import Response

from certmark.domain.certification.machines import MACHINES
from certmark.domain.certification.steps import DossierKind
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.services.certification import applications, cases, certificates
from certmark.server.services.certification.cases import CaseSubject
from certmark.server.services.context import Services
from support.certification import CLOUD, GUIDELINE, PROGRAM, PROGRAMME, CertificationScene
from support.web_pages import Pages, path_of, revision_in, wrong

pytestmark = pytest.mark.enable_socket
_FORM = re.compile(r'<form class="(?:act|form)"[^>]*action="[^"]*?(/certification/[^"]*)"')
_LINK = re.compile(r'<a class="button" href="[^"]*?(/certification/[^"]*)"')


@pytest.fixture
def scene(services: Services, tmp_path: Path) -> CertificationScene:
    settings = replace(services.settings, public_url="http://127.0.0.1:8300")
    return CertificationScene(replace(services, settings=settings), tmp_path)


@pytest.fixture
def pages(scene: CertificationScene) -> Pages:
    return Pages(scene.services)


def offered(answer: Response, base: str) -> set[str]:
    """The steps to which a page leads."""
    assert answer.status_code == 200, answer.text
    found = {*_FORM.findall(answer.text), *_LINK.findall(answer.text)}
    return {path.removeprefix(f"{base}/") for path in found if path.startswith(f"{base}/")}


def take(pages: Pages, path: str, who: Asker, **fields: str) -> str:
    """Read the form of a step as a browser does, fill it in and send it; where it leads."""
    shown = pages.get(path, who)
    revision = revision_in(shown) if shown.status_code == 200 else "0"
    return path_of(pages.send(path, who, revision=revision, **fields))


def begun(pages: Pages, scene: CertificationScene) -> str:
    """A draft that could be submitted, made by pages; its path."""
    version, run = ids.written(scene.version), scene.run()
    asked = {"version": version, "certifies": f"{PROGRAMME} {PROGRAM}", "guideline": GUIDELINE}
    edit = path_of(pages.send("/certification/applications/new", scene.member, **asked, run=run))
    said = {"run_0": run, "contacts": "ops@example.org\r\ndesk@example.org", "release": "a"}
    assert f'value="{run}" selected' in pages.get(edit, scene.member).text
    return take(pages, edit, scene.member, **said)


def test_from_a_draft_to_a_certificate_and_its_renewal_by_pages_alone(pages: Pages, scene: CertificationScene) -> None:
    base = begun(pages, scene)
    assert pages.json(base, scene.member)["unmet"] == 1  # a designate sends it
    assert pages.json(base, scene.designate)["unmet"] == 0
    assert take(pages, f"{base}/submit", scene.designate) == base
    take(pages, f"{base}/complete", scene.office)
    for who in (scene.ada, scene.bob):
        take(pages, f"{base}/assign", scene.office, reviewer=who.name)
    take(pages, f"{base}/ask", scene.ada, text="Which hypervisor?", test="a.B.c")
    assert "Which hypervisor?" in pages.get(base, scene.member).text
    take(pages, f"{base}/answer", scene.member, text="KVM")
    take(pages, f"{base}/tick", scene.ada, item="evidence", answer="yes", text="")
    for who in (scene.ada, scene.bob):
        take(pages, f"{base}/recommend", who, recommendation="grant", text="Fine.", no_conflict="yes")
    room = pages.json(base, scene.ada)["room"]
    assert (room["standing"], room["given"], room["needed"]) == ("pass", 2, 2)
    take(pages, f"{base}/propose", scene.office, decision="grant", reason="All is there.")
    scene.later(days=9)
    pages = Pages(scene.services)  # sessions end
    take(pages, f"{base}/grant", scene.office, reason="All is there.", conditions="", until="")
    number = pages.json(base, scene.member)["certificate"]
    desk = f"/certification/certificates/{number}"
    assert pages.json(desk)["word"] == "certified"
    draft = path_of(pages.send(f"{desk}/renew", scene.member)).removesuffix("/edit")
    renewal = pages.json(draft, scene.member)
    assert (renewal["state"], [one["region"] for one in renewal["regions"]]) == ("draft", [CLOUD])
    assert offered(pages.get(desk, scene.member), desk) == set()


def test_pages_offer_in_each_state_what_the_machine_lets_each_role_do(pages: Pages, scene: CertificationScene) -> None:
    people = {"member": scene.member, "designate": scene.designate, "office": scene.office, "reviewer": scene.ada}
    made = {
        "draft": scene.drafted().row.id,
        "submitted": scene.submitted(version=scene.new_version("4")),
        "in review": scene.in_review(version=scene.new_version("5")),
        "objection window": scene.proposed(version=scene.new_version("6")),
    }
    machine = MACHINES[DossierKind.APPLICATION]
    wrong_ones = []
    for state, application in made.items():
        base = f"/certification/applications/{ids.written(application)}"
        for name, who in people.items():
            answer = pages.get(base, who)
            if answer.status_code == 404:
                assert (name, state) in {("reviewer", "draft"), ("reviewer", "submitted")}
                continue
            may = {step.event for step in applications.show(scene.services, who, application).possible}
            found = offered(answer, base)
            wrong_ones += [f"{name}, {state}: {found ^ may}"] if found != may else []
            for event in {step.event for step in machine.steps} - may:
                status = pages.send(f"{base}/{event}", who, revision="1").status_code
                wrong_ones += [f"{name}, {state}, {event}: {status}"] if status not in {403, 409, 422} else []
    assert wrong_ones == []


def test_a_vendor_sees_neither_reviewers_nor_what_they_say_among_themselves(
    pages: Pages, scene: CertificationScene
) -> None:
    application = scene.in_review()
    scene.take(scene.ada, application, "comment", text="Between us.")
    base = f"/certification/applications/{ids.written(application)}"
    of_vendor, of_reviewer = pages.get(base, scene.member).text, pages.get(base, scene.ada).text
    assert all(word in of_reviewer for word in ("Between us.", scene.bob.name, "Checklist"))
    assert not any(word in of_vendor for word in ("Between us.", scene.bob.name, scene.ada.name, "Checklist"))
    assert pages.get(base, scene.customer).status_code == 404
    assert pages.get(base).status_code == 303  # a stranger signs in first


def test_of_two_who_act_at_once_the_second_is_told_and_nothing_happens_twice(
    pages: Pages, scene: CertificationScene
) -> None:
    application = scene.submitted()
    path = f"/certification/applications/{ids.written(application)}/return"
    first = revision_in(pages.get(path, scene.office))
    scene.take(scene.second, application, "assign", reviewer=scene.ada.name)
    answer = pages.send(path, scene.office, revision=first, reason="Not complete")
    assert answer.status_code == 409
    assert "Somebody else was quicker" in wrong(answer)
    assert "Not complete" in answer.text
    scene.take(scene.second, application, "complete")
    late = pages.send(path.replace("/return", "/complete"), scene.office, revision=first)
    assert (late.status_code, applications.show(scene.services, scene.office, application).row.state) == (
        409,
        "in review",
    )


def test_what_a_draft_lacks_is_said_item_by_item_with_its_remedy(pages: Pages, scene: CertificationScene) -> None:
    asked = {"version": ids.written(scene.version), "certifies": f"{PROGRAMME} {PROGRAM}", "guideline": GUIDELINE}
    edit = path_of(pages.send("/certification/applications/new", scene.member, **asked))
    base = edit.removesuffix("/edit")
    lacks = {one["item"]: one for one in pages.json(base, scene.member)["checks"] if not one["is_met"]}
    assert {"contacts", "runs"} <= set(lacks) or len(lacks) > 2, lacks
    assert all(one["sentence"] and one["remedy"] for one in lacks.values())
    refused = pages.send(
        f"{base}/submit", scene.designate, revision=revision_in(pages.get(f"{base}/submit", scene.designate))
    )
    assert refused.status_code == 409
    assert "It would be refused now" in refused.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"version": "x", "certifies": "a b", "guideline": "c"}, 422),
        ({"version": "01a22378-0009-737a-9629-c1bee3400d61", "certifies": "a b", "guideline": "c"}, 404),
        ({"certifies": f"{PROGRAMME} nothing", "guideline": GUIDELINE}, 400),
        ({"certifies": f"{PROGRAMME} {PROGRAM}", "guideline": "<script>"}, 404),
        ({"certifies": f"{PROGRAMME} {PROGRAM}", "guideline": GUIDELINE, "run": "1"}, 422),
    ],
)
def test_what_means_nothing_begins_nothing(
    pages: Pages, scene: CertificationScene, fields: dict[str, str], status: int
) -> None:
    known = {"version": ids.written(scene.version)} | fields
    answer = pages.send("/certification/applications/new", scene.member, **known)
    assert answer.status_code == status, answer.text
    assert "<script>" not in answer.text
    assert applications.listed(scene.services, scene.member)[0] == []


def test_a_customer_challenges_and_the_holder_mends_it(pages: Pages, scene: CertificationScene) -> None:
    number = scene.certificate().row.number
    assert "/certification/cases/new/challenge" in pages.get(f"/certification/certificates/{number}").text
    new = "/certification/cases/new/challenge"
    missing = pages.send(new, scene.customer, certificate=number, claim="")
    assert (missing.status_code, "What does not hold: this is missing." in wrong(missing)) == (422, True)
    said = {"certificate": number, "claim": "It fails.", "prevented": "503", "is_anonymous": "yes"}
    base = path_of(pages.send(new, scene.customer, **said))
    assert pages.get(base).status_code == 404
    assert offered(pages.get(base, scene.customer), base) == {"withdraw"}
    take(pages, f"{base}/notify", scene.office, text="Mend it.")
    assert "It is the turn of the vendor" in pages.get(base).text
    assert scene.customer.name not in pages.get(base, scene.designate).text
    take(pages, f"{base}/cure", scene.designate, run=scene.run(), text="It was a full disk.")
    take(pages, f"{base}/accept", scene.office, reason="It passes.")
    assert pages.json(base)["state"] == "cured"


def test_a_revocation_takes_two_and_can_be_appealed_against(pages: Pages, scene: CertificationScene) -> None:
    held = scene.certificate().row
    base = f"/certification/certificates/{held.number}"
    day = "2026-01-01"
    take(pages, f"{base}/propose-revocation", scene.office, code="other", invalid_from=day, reason="It was wrong.")
    alone = pages.send(
        f"{base}/revoke",
        scene.office,
        revision=revision_in(pages.get(f"{base}/revoke", scene.office)),
        reason="So it is.",
    )
    assert alone.status_code == 403
    assert "It cannot be taken back." in pages.get(f"{base}/revoke", scene.second).text
    take(pages, f"{base}/revoke", scene.second, reason="So it is.")
    assert certificates.show(scene.services, scene.customer, held.id).standing.word == "revoked"
    appeal = path_of(
        pages.send("/certification/cases/new/appeal", scene.designate, certificate=held.number, grounds="No.")
    )
    assert offered(pages.get(appeal, scene.office), appeal) == {"seat"}


def test_the_queue_has_what_waits_and_nothing_for_others(pages: Pages, scene: CertificationScene) -> None:
    scene.in_review()
    scene.later(days=60)
    scene.submitted(version=scene.new_version("4"))
    found = pages.json("/office/queue", scene.office)
    assert [(one["state"], one["turn"]["is_overdue"]) for one in found["lines"]] == [
        ("in review", True),
        ("submitted", False),
    ]
    assert pages.get("/office/queue.csv", scene.office).text.count("\n") == 3
    mine = pages.json("/office/queue", scene.ada)["lines"]
    assert [one["state"] for one in mine if one["state"] == "in review"] == ["in review"]
    assert pages.get("/office/queue.json?mine=yes", scene.ada).json()["overdue"] == 1
    assert pages.get("/office/queue", scene.member).status_code == 403
    filtered = pages.get("/office/queue?state=submitted&programme=none", scene.office)
    assert "Nothing waits." in filtered.text


def test_a_flag_that_was_proposed_is_a_command_for_the_guidelines_repository(
    pages: Pages, scene: CertificationScene
) -> None:
    about = CaseSubject(version=scene.version)
    said = {"test": "a.B.c", "reason": "It asks for $(an) 'extension'."}
    case = cases.file(scene.services, scene.member, DossierKind.GRIEVANCE, about, said, PROGRAMME).row.id
    path = f"/certification/cases/{ids.written(case)}"
    assert pages.json(path, scene.office)["flag"] is None
    take(pages, f"{path}/propose-flag", scene.office, code="D403", reason="It's $(not)\nrequired.")
    flag = pages.json(path, scene.office)["flag"]
    assert (flag["test"], flag["code"]) == ("a.B.c", "D403")
    assert shlex.split(flag["reason"]) == [f"It's $(not) required. (http://127.0.0.1:8300{path})"]
    assert "certmark guideline flag GUIDELINE.json a.B.c --code D403" in pages.get(path, scene.office).text
