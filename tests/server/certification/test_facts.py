"""What the checks of an application find in the store: other runs, hosts, projects, the rulebook of its submission."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from certmark.domain.certification.checks import ApplicationCheck
from certmark.domain.certification.rulebooks import CertifiableProgram, StatementQuestion
from certmark.formats.guideline import load
from certmark.server.services import sources
from certmark.server.services.certification import applications, certificates
from certmark.server.services.certification.applications import DraftChange, NewApplication
from certmark.server.services.certification.facts import projects_of
from certmark.server.services.context import Services
from support.certification import (
    CLOUD,
    DAY,
    FAILS,
    PASSES,
    PROGRAMME,
    SECOND,
    CertificationScene,
    rulebook,
    with_rulebook,
)
from support.surveys import guideline_document

pytestmark = pytest.mark.enable_socket
OTHER_CLOUD = "cloud:60r30c1g60r30c1g60r30c1g-6x/RegionOne"


@pytest.fixture
def scene(services: Services, tmp_path: Path) -> CertificationScene:
    return CertificationScene(services, tmp_path)


def checked(scene: CertificationScene, application: bytes) -> dict[str, ApplicationCheck]:
    found = applications.what_is_missing(scene.services, scene.designate, application)
    return {one.word: one for one in found}


def unmet(scene: CertificationScene, application: bytes) -> set[str]:
    return {word for word, one in checked(scene, application).items() if not one.is_met}


def test_a_newer_run_that_failed_stands_in_the_way_and_is_judged_here(scene: CertificationScene) -> None:
    draft = scene.drafted().row
    assert unmet(scene, draft.id) == set()
    scene.later(days=1)
    failed = scene.run(content=FAILS)
    found = checked(scene, draft.id)["newest"]
    assert not found.is_met
    assert failed in found.sentence
    assert found.sentence.endswith("and fail")
    change = DraftChange(answers={"newest": "A disk of the test machine was full."})
    applications.edit(scene.services, scene.member, draft.id, change, None)
    assert scene.take(scene.designate, draft.id, "submit").row.track == "full"
    # Who runs again until it passes is seen doing so.
    scene.later(days=1)
    passed = scene.run()
    other = scene.drafted(supersedes=draft.id).row
    applications.edit(scene.services, scene.member, other.id, DraftChange(runs=[passed]), None)
    assert "3 other runs" in checked(scene, other.id)["newest"].sentence


def test_what_is_of_another_version_or_older_is_in_nobodys_way(scene: CertificationScene) -> None:
    scene.run(content=FAILS)
    scene.later(days=1)
    draft = scene.drafted().row
    scene.later(days=1)
    scene.run(scene.new_version("9"), content=FAILS)
    assert unmet(scene, draft.id) == set()
    scene.later(days=91)
    assert unmet(scene, draft.id) == {"age"}


def test_an_application_keeps_the_rulebook_under_which_it_was_submitted(scene: CertificationScene) -> None:
    application = scene.submitted()
    first = rulebook()
    scene.services = with_rulebook(scene.services, first)
    stricter = replace(first, version="2099.1", effective=date(2026, 2, 1), unmodified_suite=True)
    known = tuple(
        replace(one, rulebooks=(first, stricter)) if one.word == PROGRAMME else one for one in scene.services.programmes
    )
    scene.services = replace(scene.services, programmes=known)
    assert unmet(scene, application) == set()
    assert unmet(scene, scene.drafted(supersedes=application).row.id) == {"suite"}


def test_a_region_is_asked_for_its_own_run(scene: CertificationScene) -> None:
    version = scene.new_version("two", CLOUD, SECOND)
    draft = scene.drafted(version).row
    assert unmet(scene, draft.id) == {"regions"}
    runs = [scene.run(version), scene.run(version, subject=SECOND, content=FAILS)]
    applications.edit(scene.services, scene.member, draft.id, DraftChange(runs=runs), None)
    assert unmet(scene, draft.id) == {"verdict"}
    change = DraftChange(regions=[CLOUD], runs=runs[:1])
    applications.edit(scene.services, scene.member, draft.id, change, None)
    assert unmet(scene, draft.id) == set()


def test_an_add_on_needs_its_host_passed_on_the_same_runs(services: Services, tmp_path: Path) -> None:
    programs = (CertifiableProgram("p", "P"), CertifiableProgram("q", "Q", ("p",)))
    scene = CertificationScene(services, tmp_path, programs=programs)
    document = guideline_document({"a.B.c": {"idempotent_id": ""}})
    document["metadata"]["id"] = "2030.02"
    document["platforms"]["Q"] = {"description": "", "components": [{"name": "d"}]}
    document["components"]["d"] = {"capabilities": {"required": ["more"]}}
    document["capabilities"]["more"] = {**document["capabilities"]["things"], "tests": {"a.B.d": {"idempotent_id": ""}}}
    file = tmp_path / "later.json"
    file.write_text(json.dumps(document))
    sources.add(services, str(file))

    def hosts(content: bytes) -> str:
        new = NewApplication(scene.version, PROGRAMME, "q", "2030.02")
        draft = applications.draft(scene.services, scene.member, new).row
        applications.edit(scene.services, scene.member, draft.id, DraftChange(runs=[scene.run(content=content)]), None)
        return checked(scene, draft.id)["hosts"].sentence

    alone = b'<testsuite><testcase classname="a.B" name="d"/></testsuite>'
    both = b'<testsuite><testcase classname="a.B" name="c"/><testcase classname="a.B" name="d"/></testsuite>'
    assert hosts(alone) == "an add-on needs one of its host programs passed: p: incomplete"
    assert hosts(both) == "it sits on p, which passed"
    scene.certificate()
    assert hosts(alone) == "it sits on p, which passed"


def test_a_renewal_judges_the_evidence_of_before_again_until_it_is_too_old(scene: CertificationScene) -> None:
    shown = scene.certificate()
    scene.later(days=290)
    draft = certificates.renew(scene.services, scene.member, shown.row.id, None).row
    assert unmet(scene, draft.id) == set()
    assert "judged again" not in checked(scene, draft.id)["without-run"].sentence
    assert scene.take(scene.designate, draft.id, "submit").row.track == "simple"
    scene.take(scene.office, draft.id, "grant-simply", reason="Nothing changed.")
    row = applications.certificate_of(scene.services, scene.office, draft.id)
    evidence = shown.row.created - 9 * DAY
    assert abs(row.valid_until - evidence - 365 * DAY) <= 2 * DAY, "it ends with the anniversary of its evidence"
    scene.later(days=60)
    late = certificates.renew(scene.services, scene.member, row.id, None).row
    scene.later(days=60)
    assert "without-run" in unmet(scene, late.id)


def test_sections_are_asked_for_each_project_of_the_program(services: Services, tmp_path: Path) -> None:
    question = StatementQuestion("sections", "Which code?", "a clause", is_for_each_project=True)
    scene = CertificationScene(services, tmp_path, questions=(question,))
    assert "sections" not in checked(scene, scene.drafted().row.id), "the guideline has none"
    shipped = load("2026.11")
    assert "swift" in projects_of(shipped, "object")
    assert set(projects_of(shipped, "object")) != set(projects_of(shipped, "compute"))


def test_evidence_of_another_cloud_is_told(scene: CertificationScene) -> None:
    draft = scene.drafted().row
    run = scene.run(subject=OTHER_CLOUD, content=PASSES)
    applications.edit(scene.services, scene.member, draft.id, DraftChange(runs=[run]), None)
    assert unmet(scene, draft.id) == {"regions", "clouds", "verdict"}
