"""An application on its way: who does what, what is refused, and what becomes of it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from certmark.domain.permissions import Role
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.services import claims, products, runs, vendors
from certmark.server.services.certification import applications, certificates, clock
from certmark.server.services.certification.applications import DraftChange, NewApplication
from certmark.server.services.certification.steps import Overtaken
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted, WrongState
from certmark.server.services.offices import appoint
from support.certification import DAY, FAILS, GUIDELINE, PROGRAM, PROGRAMME, CertificationScene

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def scene(services: Services, tmp_path: Path) -> CertificationScene:
    return CertificationScene(services, tmp_path)


def test_an_application_becomes_a_certificate(scene: CertificationScene) -> None:
    shown = scene.certificate()
    assert re.fullmatch(r"[A-Z]+-\d{4}-0001", shown.row.number)
    assert shown.standing.word == "certified"
    happened = [one.event for one in applications.past(scene.services, scene.office, shown.row.application)]
    assert happened == [
        *("draft", "edit", "submit", "complete", "assign", "assign", "recommend", "recommend", "propose", "grant"),
    ]
    told = [one.event for one in applications.past(scene.services, scene.member, shown.row.application)]
    assert told == ["draft", "edit", "submit", "complete", "grant"]
    assert certificates.by_number(scene.services, scene.customer, shown.row.number).row.id == shown.row.id


def test_a_year_passes_and_what_is_due_happens_by_itself(scene: CertificationScene) -> None:
    services = scene.services
    shown = scene.certificate()
    waiting = scene.in_review(version=scene.new_version("4.0"))
    scene.take(scene.ada, waiting, "ask", text="Which hypervisor?")
    seen = []
    for _ in range(14):
        scene.later(days=30)
        done = clock.run_clock(services)
        assert (done, clock.run_clock(services)) == (done, 0)
        seen.append(
            (
                certificates.show(services, scene.customer, shown.row.id).standing.word,
                applications.show(services, scene.member, waiting).row.state,
            )
        )
    words, states = zip(*seen, strict=True)
    assert list(dict.fromkeys(words)) == ["certified", "due", "expired"]
    assert list(dict.fromkeys(states)) == ["waiting", "returned", "lapsed"]
    ended = certificates.past(services, scene.customer, shown.row.id)[-1]
    assert (ended.event, ended.role, ended.who) == ("expire", "clock", None)


def test_a_renewal_that_is_being_reviewed_gives_grace_and_then_takes_the_place(scene: CertificationScene) -> None:
    services = scene.services
    shown = scene.certificate()
    scene.later(days=340)
    begun = certificates.renew(services, scene.member, shown.row.id)
    assert (
        begun.row.content["runs"]
        == applications.show(services, scene.member, shown.row.application).row.content["runs"]
    )
    renewal = begun.row.id
    change = applications.DraftChange(runs=[scene.run()])
    applications.edit(services, scene.member, renewal, change, None)
    scene.take(scene.designate, renewal, "submit")
    assert applications.show(services, scene.member, renewal).row.track == "simple"
    scene.later(days=30)
    clock.run_clock(services)
    standing = certificates.show(services, scene.customer, shown.row.id).standing
    assert (standing.word, standing.mark_may_be_used) == ("grace", True)
    scene.take(scene.office, renewal, "grant-simply", reason="Nothing changed.")
    standing = certificates.show(services, scene.customer, shown.row.id).standing
    assert standing.word == "superseded"
    new = applications.certificate_of(services, scene.office, renewal)
    assert new.number in standing.sentence
    assert new.predecessor == shown.row.id


def test_what_changed_since_the_last_certificate_is_shown(scene: CertificationScene) -> None:
    services = scene.services
    shown = scene.certificate()
    first = applications.show(services, scene.member, shown.row.application).row.content["runs"]
    begun = scene.drafted(predecessor=shown.row.id).row
    change = DraftChange(statement={"system": "Two racks."})
    applications.edit(services, scene.member, begun.id, change, None)
    found = applications.changes_since(services, scene.designate, begun.id)
    assert found is not None
    assert found.certificate == shown.row.number
    assert found.changed == {"statement: system": (None, "Two racks.")}
    assert found.runs == ((first[0], begun.content["runs"][0]),)
    assert applications.changes_since(services, scene.member, shown.row.application) is None


def test_a_run_on_which_an_application_rests_stays(scene: CertificationScene) -> None:
    services, application = scene.services, scene.submitted()
    run = ids.read(applications.show(services, scene.member, application).row.content["runs"][0])
    for refused in (
        lambda: runs.delete(services, scene.admin, run),
        lambda: claims.make_official(services, scene.designate, run, None, is_official=False),
        lambda: products.remove_version(services, scene.admin, scene.version, None),
    ):
        with pytest.raises(WrongState, match=r"rests on this run|applications rest on it"):
            refused()
    draft = scene.drafted(scene.new_version("9")).row
    run = ids.read(draft.content["runs"][0])
    with pytest.raises(WrongState, match="rests on this run"):
        claims.detach(services, scene.admin, run)
    applications.edit(services, scene.member, draft.id, DraftChange(runs=[]), None)
    claims.detach(services, scene.admin, run)


def test_a_vendor_that_is_merged_takes_its_applications_and_certificates_along(scene: CertificationScene) -> None:
    services, certificate = scene.services, scene.certificate().row
    other = vendors.register(services, scene.customer, "Buyer", "").row.id
    vendors.ask(services, scene.customer, other, None, is_asked=True)
    vendors.decide(services, scene.office, other, None, is_approved=True, reason="known")
    with pytest.raises(NotFound):
        applications.show(services, scene.customer, certificate.application)
    vendors.merge(services, scene.office, scene.vendor, other, None, reason="bought")
    assert applications.show(services, scene.customer, certificate.application).row.vendor == other
    now = certificates.show(services, scene.customer, certificate.id).row
    assert (now.vendor, now.content["names"]["vendor"]) == (other, "Example")


def test_who_has_an_interest_does_not_judge(scene: CertificationScene) -> None:
    application = scene.submitted()
    with pytest.raises(NotPermitted, match="whose product it is"):
        scene.take(scene.office, application, "assign", reviewer=scene.eve.name)
    scene.take(scene.office, application, "assign", reviewer=scene.ada.name)
    with pytest.raises(WrongState, match="assigned already"):
        scene.take(scene.office, application, "assign", reviewer=scene.ada.name)
    other = scene.newcomer("zoe")
    appoint(scene.services, other.name, frozenset({Role.REVIEWER}), "ALPHA")
    with pytest.raises(WrongState, match="different organisations"):
        scene.take(scene.office, application, "assign", reviewer=other.name)
    scene.take(scene.office, application, "complete")
    with pytest.raises(WrongState, match="no interest"):
        scene.take(scene.ada, application, "recommend", recommendation="grant", text="Fine.")
    with pytest.raises(NotFound):
        applications.show(scene.services, scene.bob, application)


def test_decisions_take_enough_opinions_of_others_and_a_window(scene: CertificationScene) -> None:
    application = scene.in_review()
    with pytest.raises(WrongState, match="2 reviewers must recommend to grant it first, and 0 did"):
        scene.take(scene.office, application, "propose", decision="grant", reason="x")
    scene.take(scene.ada, application, "recommend", recommendation="grant", text="Fine.", no_conflict=True)
    with pytest.raises(WrongState, match="did that already"):
        scene.take(scene.ada, application, "recommend", recommendation="grant", text="Fine.", no_conflict=True)
    scene.take(scene.bob, application, "recommend", recommendation="refuse", text="No.", no_conflict=True)
    with pytest.raises(WrongState, match="and 1 did"):
        scene.take(scene.office, application, "propose", decision="grant", reason="x")
    scene.take(scene.office, application, "propose", decision="refuse", reason="x")
    with pytest.raises(WrongState, match="not over yet"):
        scene.take(scene.office, application, "refuse", reason="x")
    scene.later(days=9)
    with pytest.raises(WrongState, match="what was proposed is to refuse"):
        scene.take(scene.office, application, "grant", reason="x")
    assert scene.take(scene.office, application, "refuse", reason="x").row.state == "refused"


def test_what_would_be_refused_is_said_before(scene: CertificationScene) -> None:
    services = scene.services
    failing = applications.draft(
        services, scene.member, NewApplication(scene.version, PROGRAMME, PROGRAM, GUIDELINE)
    ).row
    missing = {
        one.word for one in applications.what_is_missing(services, scene.designate, failing.id) if not one.is_in_order
    }
    assert {"runs", "contact"} <= missing
    change = DraftChange(runs=[scene.run(content=FAILS)], contacts=["a@example.org"], release="a")
    applications.edit(services, scene.member, failing.id, change, None)
    missing = {
        one.word for one in applications.what_is_missing(services, scene.designate, failing.id) if not one.is_in_order
    }
    assert missing == {"verdict"}
    with pytest.raises(NotPermitted, match="commit-application"):
        scene.take(scene.member, failing.id, "submit")
    with pytest.raises(WrongState, match="verdict: "):
        scene.take(scene.designate, failing.id, "submit")


def test_of_two_who_change_one_thing_the_second_is_told_what_the_first_did(scene: CertificationScene) -> None:
    shown = scene.drafted()
    change = DraftChange(contacts=["new@example.org"])
    applications.edit(scene.services, scene.admin, shown.row.id, change, shown.row.revision)
    with pytest.raises(Overtaken, match="administrator took the step 'edit'"):
        applications.edit(scene.services, scene.member, shown.row.id, change, shown.row.revision)


def test_two_reviewers_and_two_deciders_at_once(scene: CertificationScene) -> None:
    services, application = scene.services, scene.in_review()
    revision = applications.show(services, scene.office, application).row.revision
    opinion = {"recommendation": "grant", "text": "Fine.", "no_conflict": True}

    def take(who: Asker, event: str, values: dict[str, object], at: int | None) -> str:
        try:
            applications.take(services, who, application, event, values, at)
        except WrongState as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(take, who, "recommend", opinion, revision) for who in (scene.ada, scene.bob)]
        assert sorted(one.result() for one in asked) == ["Overtaken", "done"]
        first = applications.past(services, scene.office, application)[-1].identity
        second = scene.bob if first == scene.ada.identity else scene.ada
        assert take(second, "recommend", opinion, None) == "done"
        proposal: dict[str, object] = {"decision": "grant", "reason": "Fine."}
        assert take(scene.office, "propose", proposal, None) == "done"
        scene.later(days=9)
        revision = applications.show(services, scene.office, application).row.revision
        reason: dict[str, object] = {"reason": "Fine."}
        asked = [pool.submit(take, who, "grant", reason, revision) for who in (scene.office, scene.second)]
        assert sorted(one.result() for one in asked) == ["Overtaken", "done"]
    assert len(certificates.listed(services, scene.customer)[0]) == 1


def test_masked_values_are_for_who_is_assigned_until_the_decision(scene: CertificationScene) -> None:
    services, application = scene.services, scene.in_review()
    run = ids.read(applications.show(services, scene.member, application).row.content["runs"][0])
    applications.reveal(services, scene.member, application, run, b"an envelope")
    assert [one.content for one in applications.room(services, scene.ada, application).disclosures] == [b"an envelope"]
    for who in (scene.office, scene.member):
        assert applications.room(services, who, application).disclosures == ()
    scene.take(scene.designate, application, "withdraw", reason="Not yet.")
    assert applications.room(services, scene.ada, application).disclosures == ()
    with pytest.raises(WrongState, match="nobody reviews it"):
        applications.reveal(services, scene.member, application, run, b"an envelope")


def test_a_second_application_of_one_version_comes_in_the_place_of_the_first(scene: CertificationScene) -> None:
    first = scene.submitted()
    second = scene.drafted().row.id
    with pytest.raises(WrongState, match=r"one-open|is open"):
        scene.take(scene.designate, second, "submit")
    third = scene.submitted(supersedes=first)
    assert applications.show(scene.services, scene.member, first).row.state == "superseded"
    assert applications.show(scene.services, scene.member, third).row.state == "submitted"


def test_questions_stop_the_clock_of_the_office(scene: CertificationScene) -> None:
    services, application = scene.services, scene.in_review()
    before = applications.show(services, scene.member, application).row
    asked = scene.take(scene.ada, application, "ask", text="Which?").row
    assert asked.owner == "vendor"
    scene.later(days=5)
    answered = scene.take(scene.member, application, "answer", text="This.").row
    assert answered.promised is not None
    assert before.promised is not None
    assert answered.promised - before.promised == 5 * DAY
    (queued,) = applications.queue(services, scene.office)
    assert (queued.row.id, queued.is_overdue) == (application, False)
    scene.later(days=60)
    assert applications.queue(services, scene.office)[0].is_overdue
