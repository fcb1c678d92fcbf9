"""What becomes of certificates: holders, the office and customers have their say, and each step is on record."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.domain.certification.steps import DossierKind, UntimelyRequest
from certmark.domain.permissions import Role
from certmark.server.asking import STRANGER, Asker
from certmark.server.services.certification import applications, cases, certificates, clock, finding
from certmark.server.services.certification.cases import CaseSubject
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted, WrongState
from certmark.server.services.moments import moment_of
from certmark.server.services.offices import appoint
from support.certification import CLOUD, DAY, FAILS, PROGRAMME, SECOND, CertificationScene

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def scene(services: Services, tmp_path: Path) -> CertificationScene:
    return CertificationScene(services, tmp_path)


def day(scene: CertificationScene, days: float) -> str:
    return moment_of(scene.now + int(days * DAY)).date().isoformat()


def word(scene: CertificationScene, certificate: bytes) -> str:
    return certificates.show(scene.services, scene.customer, certificate).standing.word


def test_to_revoke_takes_two_people_and_says_from_when(scene: CertificationScene) -> None:
    services, certificate = scene.services, scene.certificate().row.id
    said = {"code": "evidence forged", "invalid_from": day(scene, -5), "reason": "The log is not theirs."}
    with pytest.raises(WrongState, match="two people"):
        certificates.take(services, scene.office, certificate, "revoke", {"reason": "x"}, None)
    certificates.take(services, scene.office, certificate, "propose-revocation", said, None)
    with pytest.raises(NotPermitted, match="two people"):
        certificates.take(services, scene.office, certificate, "revoke", {"reason": "x"}, None)
    shown = certificates.take(services, scene.second, certificate, "revoke", {"reason": "I agree."}, None)
    assert shown.standing.word == "revoked"
    assert f"invalid from {day(scene, -5)}: evidence forged" in shown.standing.sentence
    with pytest.raises(UntimelyRequest, match="nothing comes after it"):
        certificates.take(services, scene.office, certificate, "reinstate", {"reason": "x"}, None)
    public = certificates.past(services, STRANGER, certificate)
    assert [(one.event, one.who) for one in public] == [("revoke", None)]


def test_a_certificate_is_suspended_reinstated_narrowed_renamed_and_given_back(scene: CertificationScene) -> None:
    services = scene.services
    version = scene.new_version("5", CLOUD, SECOND)
    application = scene.drafted(version=version).row.id
    change = applications.DraftChange(runs=[scene.run(version), scene.run(version, SECOND)])
    applications.edit(services, scene.member, application, change, None)
    scene.take(scene.designate, application, "submit")
    scene.take(scene.office, application, "complete")
    for who in (scene.ada, scene.bob):
        scene.take(scene.office, application, "assign", reviewer=who.name)
        scene.take(who, application, "recommend", recommendation="grant", text="Yes.", no_conflict=True)
    scene.take(scene.office, application, "propose", decision="grant", reason="Yes.")
    scene.later(days=9)
    scene.take(scene.office, application, "grant", reason="Yes.", until=day(scene, 100), conditions="None.")
    certificate = applications.certificate_of(services, scene.member, application).id

    def take(who: Asker, event: str, **values: object) -> None:
        certificates.take(services, who, certificate, event, values, None)

    take(scene.office, "suspend", code="other", reason="A letter.")
    assert word(scene, certificate) == "suspended"
    take(scene.office, "reinstate", reason="Answered.")
    assert word(scene, certificate) == "certified"
    with pytest.raises(WrongState, match="no region would remain"):
        take(scene.office, "narrow", regions=[CLOUD, SECOND], reason="Closed.")
    take(scene.office, "narrow", regions=SECOND, reason="Closed.")
    take(scene.office, "rename", name="Vessel", reason="A new brand.")
    take(scene.office, "extend", until=day(scene, 120), reason="The holiday.")
    row = certificates.show(services, scene.customer, certificate).row
    assert (row.content["regions"], row.content["names"]["product"], row.content["former"]) == (
        [CLOUD],
        "Vessel",
        ["Ship"],
    )
    with pytest.raises(NotPermitted, match="manage-certificate"):
        take(scene.designate, "suspend", code="other", reason="x")
    take(scene.designate, "withdraw", reason="We stop.")
    assert word(scene, certificate) == "withdrawn"


def test_the_time_for_a_cure_ends_and_the_office_is_told_once(scene: CertificationScene) -> None:
    services, certificate = scene.services, scene.certificate().row.id
    certificates.take(services, scene.office, certificate, "suspend", {"code": "other", "reason": "x"}, None)
    scene.later(days=31.5)
    assert (clock.run_clock(services), clock.run_clock(services)) == (1, 0)
    assert certificates.past(services, scene.office, certificate)[-1].event == "cure-over"
    scene.later(days=365)
    assert clock.run_clock(services) == 1
    assert word(scene, certificate) == "expired"


def test_a_customer_challenges_and_the_certificate_is_suspended_where_nothing_is_mended(
    scene: CertificationScene,
) -> None:
    services, certificate = scene.services, scene.certificate().row.id
    about = CaseSubject(certificate=certificate)
    said = {"claim": "It does not pass.", "prevented": "The API is closed.", "is_anonymous": True}
    with pytest.raises(NotPermitted, match="say who you are"):
        cases.file(services, STRANGER, DossierKind.CHALLENGE, about, said)
    case = cases.file(services, scene.customer, DossierKind.CHALLENGE, about, said).row
    with pytest.raises(WrongState, match="filed the same already"):
        cases.file(services, scene.customer, DossierKind.CHALLENGE, about, said)
    with pytest.raises(NotFound):
        cases.show(services, STRANGER, case.id)
    assert cases.show(services, scene.designate, case.id).row.opened_by is None
    cases.take(services, scene.office, case.id, "notify", {"text": "Send a run."}, None)
    assert cases.show(services, STRANGER, case.id).content == {}
    cases.take(services, scene.designate, case.id, "acknowledge", {}, None)
    values = {"run": scene.run(content=FAILS), "text": "Mended."}
    with pytest.raises(WrongState, match="does not hold"):
        cases.take(services, scene.designate, case.id, "cure", values, None)
    cases.take(services, scene.office, case.id, "extend", {"until": day(scene, 40), "reason": "A holiday."}, None)
    with pytest.raises(WrongState, match="given once"):
        cases.take(services, scene.office, case.id, "extend", {"until": day(scene, 50), "reason": "x"}, None)
    scene.later(days=42)
    assert clock.run_clock(services) == 1
    assert cases.show(services, scene.customer, case.id).row.state == "not cured"
    cases.take(services, scene.office, case.id, "uphold", {"reason": "Nothing came."}, None)
    assert word(scene, certificate) == "suspended"
    happened = [(one.event, one.who) for one in cases.past(services, scene.designate, case.id)]
    assert ("file", None) in happened


def test_a_challenge_that_is_mended_is_closed(scene: CertificationScene) -> None:
    services, certificate = scene.services, scene.certificate().row.id
    said = {"claim": "It does not pass.", "prevented": "x"}
    case = cases.file(services, scene.customer, DossierKind.CHALLENGE, CaseSubject(certificate=certificate), said).row
    cases.take(services, scene.office, case.id, "notify", {"text": "Send a run."}, None)
    values = {"run": scene.run(), "text": "Mended."}
    cases.take(services, scene.designate, case.id, "cure", values, None)
    shown = cases.take(services, scene.office, case.id, "accept", {"reason": "It passes."}, None)
    assert (shown.row.state, shown.row.due, word(scene, certificate)) == ("cured", None, "certified")


def test_a_concern_is_private_and_shown_after_its_days_and_settled_by_a_run_that_passes(
    scene: CertificationScene,
) -> None:
    services, certificate = scene.services, scene.certificate().row
    with services.database.write() as transaction:
        case = cases.raise_concern(services, transaction, certificate, "The last run did not pass.")
        assert cases.raise_concern(services, transaction, certificate, "Again.") is None
    assert case is not None
    with pytest.raises(NotFound):
        cases.show(services, STRANGER, case.id)
    scene.later(days=16)
    assert clock.run_clock(services) == 1
    assert cases.show(services, STRANGER, case.id).row.state == "shown"
    with services.database.write() as transaction:
        assert cases.settle_concerns(services, transaction, certificate.id) == 1
    assert cases.show(services, scene.member, case.id).row.state == "settled"


def test_an_appeal_is_decided_by_a_panel_of_others_and_reopens_the_application(scene: CertificationScene) -> None:
    services, application = scene.services, scene.decided("refuse")
    about = CaseSubject(application=application)
    with pytest.raises(NotPermitted, match="commit-application"):
        cases.file(services, scene.member, DossierKind.APPEAL, about, {"grounds": "It passes."})
    case = cases.file(services, scene.designate, DossierKind.APPEAL, about, {"grounds": "It passes."}).row.id
    with pytest.raises(NotPermitted, match="took part"):
        cases.take(services, scene.office, case, "seat", {"reviewer": scene.ada.name}, None)
    panel = [scene.newcomer(f"judge {number}") for number in range(3)]
    for number, who in enumerate(panel):
        appoint(services, who.name, frozenset({Role.REVIEWER}), f"Bench {number}")
        cases.take(services, scene.office, case, "seat", {"reviewer": who.name}, None)
    with pytest.raises(NotPermitted, match="seated on the panel"):
        cases.take(services, scene.ada, case, "vote", {"vote": "overturn it", "reason": "x"}, None)
    with pytest.raises(WrongState, match="has 3 members, and 0 voted"):
        cases.take(services, scene.office, case, "overturn", {"reason": "x"}, None)
    for who in panel:
        cases.take(services, who, case, "vote", {"vote": "overturn it", "reason": "It passes."}, None)
    with pytest.raises(WrongState, match="did not decide that"):
        cases.take(services, scene.office, case, "uphold", {"reason": "x"}, None)
    cases.take(services, scene.office, case, "overturn", {"reason": "The panel says so."}, None)
    assert applications.show(services, scene.member, application).row.state == "in review"


def test_an_appeal_comes_within_its_days(scene: CertificationScene) -> None:
    application = scene.decided("refuse")
    scene.later(days=40)
    with pytest.raises(WrongState, match="30 days in which it could be appealed against are over"):
        cases.file(
            scene.services, scene.designate, DossierKind.APPEAL, CaseSubject(application=application), {"grounds": "x"}
        )


def test_a_waiver_is_approved_by_two_put_in_force_and_ends(scene: CertificationScene) -> None:
    services = scene.services
    said = {"test": "a.B.c", "reason": "A bug of the test.", "link": "https://bugs.example/1"}
    case = cases.file(
        services, scene.member, DossierKind.WAIVER, CaseSubject(version=scene.version), said, PROGRAMME
    ).row.id
    cases.take(services, scene.ada, case, "approve", {"reason": "Seen."}, None)
    with pytest.raises(NotPermitted, match="conflict of interest"):
        cases.take(services, scene.eve, case, "approve", {"reason": "Seen."}, None)
    until = {"until": day(scene, 20), "reason": "Two agree."}
    with pytest.raises(WrongState, match="2 reviewers must approve it first, and 1 did"):
        cases.take(services, scene.office, case, "put-in-force", until, None)
    cases.take(services, scene.bob, case, "approve", {"reason": "Seen."}, None)
    cases.take(services, scene.office, case, "put-in-force", until, None)
    assert [one.id for one in finding.waivers_in_force(services, scene.product)] == [case]
    scene.later(days=22)
    assert clock.run_clock(services) == 1
    assert finding.waivers_in_force(services, scene.product) == []
    assert cases.show(services, STRANGER, case).row.state == "expired"


def test_a_waiver_settles_a_test_that_fails_and_the_verdict_names_it(scene: CertificationScene) -> None:
    services = scene.services
    said = {"test": "a.B.c", "reason": "A bug of the test.", "link": "https://bugs.example/1"}
    about = CaseSubject(version=scene.version)
    case = cases.file(services, scene.member, DossierKind.WAIVER, about, said, PROGRAMME).row
    draft = scene.drafted().row.id
    change = applications.DraftChange(runs=[scene.run(content=FAILS)], waivers=[case.number])
    applications.edit(services, scene.member, draft, change, None)
    assert {one.standing for one in applications.room(services, scene.member, draft).runs} == {"fail"}
    for who in (scene.ada, scene.bob):
        cases.take(services, who, case.id, "approve", {"reason": "Seen."}, None)
    until = {"until": day(scene, 60), "reason": "Two agree."}
    cases.take(services, scene.office, case.id, "put-in-force", until, None)
    (judged,) = applications.room(services, scene.member, draft).runs
    assert "waive" in judged.sentence
    assert {
        one.word for one in applications.what_is_missing(services, scene.designate, draft) if not one.is_met
    } == set()
    row = applications.take(services, scene.designate, draft, "submit", {}, None).row
    assert row.content["frozen"]["waivers"] == [case.number]


def test_a_grievance_about_a_test_becomes_a_proposal_of_a_flag(scene: CertificationScene) -> None:
    services = scene.services
    said = {"test": "a.B.c", "reason": "It needs an extension."}
    about = CaseSubject(version=scene.version)
    case = cases.file(services, scene.member, DossierKind.GRIEVANCE, about, said, PROGRAMME).row.id
    cases.take(services, scene.office, case, "acknowledge", {}, None)
    values = {"code": "D403", "reason": "It does."}
    assert cases.take(services, scene.office, case, "propose-flag", values, None).row.is_public
    (listed,), _ = cases.listed(services, STRANGER, test="a.B.c")
    assert listed.id == case
