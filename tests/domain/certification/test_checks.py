"""What would be refused of an application: each check, and each of the ugly cases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from certmark.domain.certification.application_facts import (
    ApplicationFacts,
    ApplicationGuideline,
    ApplicationPredecessor,
    ApplicationRun,
    ApplicationWaiver,
    RunAttestation,
)
from certmark.domain.certification.checks import (
    CHECK_WORDS,
    ApplicationCheck,
    check,
    conditions_of,
    in_order,
    valid_until,
)
from certmark.domain.certification.rulebooks import ApplicationTrack, Rulebook, TrackCondition
from certmark.domain.verdict_values import Standing
from certmark.formats.rulebooks import shipped_programmes

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NORTH, SOUTH = "cloud:000g40r40m30e209185gr38e-gv/North", "cloud:000g40r40m30e209185gr38e-gv/South"
BOOKS = {one.word: one.rulebooks[-1] for one in shipped_programmes() if one.rulebooks}
OPENSTACK, SCS, KUBERNETES = BOOKS["openstack-powered"], BOOKS["scs"], BOOKS["kubernetes"]

RUN = ApplicationRun(
    run="run-1",
    subject=NORTH,
    received=NOW - 3 * DAY,
    began=NOW - 3 * DAY - timedelta(hours=2),
    ended=NOW - 3 * DAY - timedelta(hours=1),
    standing=Standing.PASS,
    sentence="pass",
    suite="tempest 47.0.0",
    suite_is_known=True,
    configurations=("c1",),
)
BEFORE = ApplicationPredecessor(
    number="OSP-2025-0007",
    valid_until=NOW + 40 * DAY,
    configurations=("c1",),
    regions=(NORTH,),
    evidence=NOW - 300 * DAY,
)
GOOD = ApplicationFacts(
    program="compute",
    guideline=ApplicationGuideline(id="2026.05", status="approved", releases=("2025.2", "2026.1")),
    vendor="Acme",
    product="Acme Cloud",
    version="7",
    contacts=("Kim <kim@example.org>",),
    deployments=(NORTH, SOUTH),
    regions=(NORTH,),
    release="2026.1",
    runs=(RUN,),
    statement={one.word: "an answer" for one in OPENSTACK.questions} | {"sections/nova": "all of it"},
    projects=("nova",),
)


def checked(
    facts: ApplicationFacts, rulebook: Rulebook = OPENSTACK, moment: datetime = NOW
) -> dict[str, ApplicationCheck]:
    return {one.word: one for one in check(facts, rulebook, moment)}


def unmet(facts: ApplicationFacts, rulebook: Rulebook = OPENSTACK, moment: datetime = NOW) -> dict[str, str]:
    return {word: one.sentence for word, one in checked(facts, rulebook, moment).items() if not one.is_met}


def run(**changes: Any) -> ApplicationFacts:
    return replace(GOOD, runs=(replace(RUN, **changes),))


def test_what_is_in_order_is_told_item_by_item() -> None:
    found = check(GOOD, OPENSTACK, NOW)
    assert [one.word for one in found if not one.is_met] == []
    assert in_order(found)
    assert all(one.sentence and one.clause and not one.remedy for one in found)
    assert {one.word for one in found} == set(CHECK_WORDS) - {"hosts", "waivers", "without-run", "challenge"}


def test_nothing_is_never_in_order() -> None:
    empty = ApplicationFacts(
        program="", guideline=ApplicationGuideline(id=""), agreement=False, is_vendor_approved=False
    )
    found = unmet(empty)
    assert {"agreement", "vendor", "program", "guideline", "contact", "runs", "regions", "verdict", "statement"} <= set(
        found
    )
    assert not in_order(())
    assert not in_order(check(empty, OPENSTACK, NOW))


UNMET: dict[str, tuple[ApplicationFacts, dict[str, str]]] = {
    "the agreement's newest version is not accepted": (
        replace(GOOD, agreement=False),
        {"agreement": 'the newest version of "OpenStack Powered" is not accepted'},
    ),
    "a member submits": (
        replace(GOOD, is_sender_designate=False),
        {"designate": "who sends it may not commit the company"},
    ),
    "a program of nobody": (
        replace(GOOD, program="quantum"),
        {"program": "the programme does not certify quantum"},
    ),
    "a draft of a guideline": (
        replace(GOOD, guideline=ApplicationGuideline(id="2026.11", status="draft")),
        {"guideline": "2026.11 is draft; such guidelines are not accepted"},
    ),
    "two newer guidelines": (
        replace(GOOD, guideline=ApplicationGuideline(id="2024.11", status="approved", newer=2)),
        {"guideline": "2 newer guidelines came after 2024.11; the 2 newest are accepted"},
    ),
    "a release that the guideline does not cover": (
        replace(GOOD, release="2023.1"),
        {"release": "2023.1 is not among the releases of the guideline (2025.2, 2026.1)"},
    ),
    "a release that is not said": (replace(GOOD, release=None), {"release": "the release of the cloud is not said"}),
    "a failure": (
        run(standing=Standing.FAIL, sentence="fail; 1 of 58 failed"),
        {"verdict": f"{NORTH}: fail; 1 of 58 failed"},
    ),
    "an incomplete verdict": (
        run(standing=Standing.INCOMPLETE, sentence=""),
        {"verdict": f"{NORTH}: run run-1 is incomplete"},
    ),
    "nothing was applicable": (
        run(standing=Standing.NOT_APPLICABLE, sentence=""),
        {"verdict": f"{NORTH}: run run-1 is not applicable"},
    ),
    "no verdict": (
        run(standing=None),
        {"verdict": f"{NORTH}: run run-1 has no verdict under this guideline and program"},
    ),
    "a pass of damaged evidence": (
        run(is_damaged=True),
        {"verdict": f"{NORTH}: the evidence of run run-1 is cut off or contradicts itself"},
    ),
    "the evidence is gone (15)": (run(is_kept=False), {"kept": "the evidence of run-1 is not on file"}),
    "nobody signed": (run(attestation=RunAttestation.NONE), {"signed": "run run-1 is not signed"}),
    "a stranger's key (29)": (
        run(attestation=RunAttestation.FOREIGN),
        {"signed": "the key that signed run run-1 counts for nobody of the vendor"},
    ),
    "a compromised key (12)": (
        run(attestation=RunAttestation.COMPROMISED),
        {"signed": "the key that signed run run-1 was compromised when it came"},
    ),
    "a patched suite (28a)": (
        run(suite="tempest 47.0.1.dev3", suite_is_known=False),
        {"suite": "tempest 47.0.1.dev3, which run run-1 names, is no release as it was published"},
    ),
    "a suite that nobody knows": (
        run(suite=None, suite_is_known=None),
        {"suite": "run run-1 does not say which suite ran"},
    ),
    "merged attempts of two configurations": (
        run(configurations=("c1", "c2")),
        {"merged": "attempts of run-1 ran under different configurations"},
    ),
    "the cloud of somebody else": (
        run(is_of_version=False),
        {"clouds": "run-1 cannot be counted for this product version"},
    ),
    "a run that does not say its cloud": (
        run(subject=None),
        {
            "regions": f"no run is of {NORTH}",
            "clouds": "run-1 cannot be counted for this product version",
            "verdict": "no run stands for a region, so that nothing was judged",
        },
    ),
    "a cloud that was rebuilt (6)": (
        replace(GOOD, deployments=(SOUTH,)),
        {"clouds": f"the version does not name {NORTH}"},
    ),
    "a region without run (5)": (
        replace(GOOD, regions=(NORTH, SOUTH)),
        {"regions": f"no run is of {SOUTH}"},
    ),
    "the worst region decides (5)": (
        replace(
            GOOD,
            regions=(NORTH, SOUTH),
            runs=(RUN, replace(RUN, run="run-2", subject=SOUTH, standing=Standing.FAIL, sentence="fail")),
        ),
        {"verdict": f"{SOUTH}: fail"},
    ),
    "it ended before it began (22)": (
        run(ended=NOW - 4 * DAY),
        {"dates": "run run-1 ended before it began"},
    ),
    "it ended after it came (22)": (
        run(ended=NOW - 2 * DAY),
        {"dates": "run run-1 ended after the server had it"},
    ),
    "it came in the future (22)": (
        run(received=NOW + DAY, began=NOW, ended=NOW),
        {"dates": "run run-1 came in the future"},
    ),
    "a run that is void (18)": (
        run(is_void=True),
        {
            "runs": "it rests on no run; void: 1",
            "regions": f"no run is of {NORTH}",
            "verdict": "no run stands for a region, so that nothing was judged",
        },
    ),
    "the run that passed was picked (19)": (
        replace(GOOD, others=(replace(RUN, run="run-9", ended=NOW - DAY, received=NOW - DAY, standing=Standing.FAIL),)),
        {"newest": f"run run-9 of {NORTH} is newer than run-1, and fail"},
    ),
    "another application is open (20)": (
        replace(GOOD, other_open=("A-12",)),
        {"one-open": "A-12 is open for the same product version"},
    ),
    "the contact is silent (16)": (
        replace(GOOD, is_contact_silent=True),
        {"contact": "the contact did not answer twice"},
    ),
    "no contact": (replace(GOOD, contacts=(" ",)), {"contact": "nobody is named whom the programme can ask"}),
    "a question that is not answered": (
        replace(GOOD, statement={**GOOD.statement, "back-ends": " "}),
        {"statement": f"not answered: {OPENSTACK.questions[2].question}"},
    ),
    "not supported is no statement (26)": (
        replace(GOOD, statement={**GOOD.statement, "sections/nova": "Not supported."}),
        {"sections": "no statement of nova"},
    ),
    "a waiver that is over (10)": (
        replace(GOOD, waivers=(ApplicationWaiver(test="t1", until=date(2026, 11, 28)),)),
        {"waivers": "no waiver is in force for t1"},
    ),
    "a waiver that was revoked (10)": (
        replace(GOOD, waivers=(ApplicationWaiver(test="t1", until=date(2027, 1, 1), is_in_force=False),)),
        {"waivers": "no waiver is in force for t1"},
    ),
    "an add-on without its host": (
        replace(GOOD, program="dns", hosts={"compute": Standing.FAIL}),
        {"hosts": "an add-on needs one of its host programs passed: platform: not judged, compute: fail"},
    ),
    "a challenge is open": (
        replace(GOOD, predecessor=replace(BEFORE, challenges=("C-3",))),
        {"challenge": "C-3 against OSP-2025-0007 is open"},
    ),
    "OpenStack in the name of a compute product": (
        replace(GOOD, product="Acme OpenStack"),
        {"names": '"OpenStack" is in the name of the product, which the mark of this program does not allow'},
    ),
    "a product that the agreement does not list": (
        replace(GOOD, offered=frozenset({"Acme Classic"})),
        {"names": "the agreement does not list the product"},
    ),
}


@pytest.mark.parametrize("case", UNMET)
def test_what_is_not_in_order_is_told_with_its_remedy(case: str) -> None:
    facts, expected = UNMET[case]
    assert unmet(facts) == expected
    found = checked(facts)
    assert all(found[word].remedy and found[word].clause for word in expected)
    assert not in_order(found.values())


MET: dict[str, tuple[ApplicationFacts, Rulebook]] = {
    "the office's own second guideline": (
        replace(GOOD, guideline=replace(GOOD.guideline, newer=1)),
        OPENSTACK,
    ),
    "superseded during the review (7)": (
        replace(GOOD, submitted=NOW - 50 * DAY, guideline=replace(GOOD.guideline, newer=2, closed=NOW - 40 * DAY)),
        OPENSTACK,
    ),
    "an add-on with its host": (replace(GOOD, program="dns", hosts={"compute": Standing.PASS}), OPENSTACK),
    "the name that the platform's mark allows": (
        replace(GOOD, program="OpenStack Powered Platform", product="Acme OpenStack"),
        OPENSTACK,
    ),
    "a test flagged after the run (8)": (run(sentence="pass; 1 flagged"), OPENSTACK),
    "a later void failure": (
        replace(GOOD, others=(replace(RUN, run="r9", ended=NOW - DAY, received=NOW - DAY, standing=Standing.FAIL, is_void=True),)),
        OPENSTACK,
    ),
    "a later run of a part": (
        replace(GOOD, others=(replace(RUN, run="r9", ended=NOW - DAY, received=NOW - DAY, standing=Standing.FAIL, is_partial=True),)),
        OPENSTACK,
    ),
    "a failure before the pass, which is listed (19)": (
        replace(GOOD, others=(replace(RUN, run="r0", ended=NOW - 9 * DAY, received=NOW - 9 * DAY, standing=Standing.FAIL),)),
        OPENSTACK,
    ),
    "one cluster stands for all": (
        replace(GOOD, program="kubernetes", regions=(NORTH, SOUTH), statement=dict.fromkeys(("system", "documentation"), "x")),
        KUBERNETES,
    ),
    "a guideline that says nothing of itself": (
        replace(GOOD, program="kubernetes", guideline=ApplicationGuideline(id="conformance-v1.29"), statement=dict.fromkeys(("system", "documentation"), "x")),
        KUBERNETES,
    ),
    "the draft that SCS-0128 is": (
        replace(GOOD, program="SCS-0128 (SCS end-to-end testing)", guideline=ApplicationGuideline(id="scs-0128", status="draft"), agreement=False),
        SCS,
    ),
    "a suite that a programme does not ask for": (
        replace(run(suite="tempest 47.0.1.dev3", suite_is_known=False), program="scs-0128"),
        SCS,
    ),
    "a rename needs no run (1)": (
        replace(GOOD, runs=(), is_rename=True, predecessor=BEFORE, release=None),
        OPENSTACK,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MET)
def test_what_may_look_wrong_and_is_in_order(case: str) -> None:
    facts, rulebook = MET[case]
    assert unmet(facts, rulebook) == {}


def test_who_renames_a_product_is_still_asked_for_the_rest() -> None:
    assert set(unmet(replace(GOOD, runs=(), is_rename=True, predecessor=BEFORE, contacts=()))) == {"contact"}


@pytest.mark.parametrize(("closed", "is_met"), [(-90, True), (-91, False)])
def test_a_guideline_that_was_closed_during_the_review_counts_for_its_days(closed: int, is_met: bool) -> None:
    closed_at = NOW + closed * DAY
    facts = replace(GOOD, submitted=closed_at - DAY, guideline=replace(GOOD.guideline, newer=2, closed=closed_at))
    assert checked(facts)["guideline"].is_met is is_met


def test_who_came_after_a_guideline_was_closed_came_too_late() -> None:
    facts = replace(GOOD, submitted=NOW, guideline=replace(GOOD.guideline, newer=2, closed=NOW - DAY))
    assert not checked(facts)["guideline"].is_met


@pytest.mark.parametrize(
    ("moment", "is_met"),
    [
        (datetime(2026, 11, 29, 23, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 30, 0, 0, tzinfo=UTC), False),
    ],
)
def test_a_run_is_young_enough_until_the_end_of_its_last_day(moment: datetime, is_met: bool) -> None:
    ended = datetime(2026, 8, 31, 0, 1, tzinfo=UTC)
    facts = run(began=ended, ended=ended, received=ended)
    assert checked(facts, moment=moment)["age"].is_met is is_met


def test_the_age_of_a_run_is_that_at_the_first_submission() -> None:
    facts = replace(GOOD, submitted=NOW - 2 * DAY)
    assert checked(facts, moment=NOW + 200 * DAY)["age"].is_met


def test_a_check_that_may_be_answered_goes_before_people() -> None:
    facts = run(suite="tempest 47.0.1.dev3", suite_is_known=False)
    answered = replace(facts, answers={"suite": "Patch 9312 of Tempest, which was merged after 47.0.0."})
    found = check(answered, OPENSTACK, NOW)
    assert in_order(found)
    assert TrackCondition.ANSWERED_CHECK in conditions_of(answered, found)
    assert OPENSTACK.lightest_track(conditions_of(answered, found)).track is ApplicationTrack.FULL


@pytest.mark.parametrize("answer", ["", "  ", "n/a", "N.A.", "none", "Not applicable.", "-", "?", "no"])
def test_an_excuse_is_no_answer(answer: str) -> None:
    facts = run(suite="tempest 47.0.1.dev3", suite_is_known=False)
    assert not in_order(check(replace(facts, answers={"suite": answer}), OPENSTACK, NOW))


@pytest.mark.parametrize("word", ["verdict", "signed", "age", "guideline", "agreement", "regions", "merged"])
def test_what_is_no_matter_of_opinion_is_not_answered(word: str) -> None:
    wrong = {one: facts for facts, found in UNMET.values() for one in found}
    wrong["age"] = run(ended=NOW - 200 * DAY, began=NOW - 200 * DAY, received=NOW - 200 * DAY)
    assert not in_order(check(replace(wrong[word], answers={word: "We promise."}), OPENSTACK, NOW))


AGAIN = replace(GOOD, predecessor=BEFORE, is_without_run=True)
AGAINST: dict[str, tuple[ApplicationFacts, str]] = {
    "nothing before it": (replace(AGAIN, predecessor=None), "there is no certificate before it"),
    "another version": (
        replace(AGAIN, predecessor=replace(BEFORE, is_same_version=False)),
        "OSP-2025-0007 is for another version of the product",
    ),
    "another configuration": (
        replace(AGAIN, predecessor=replace(BEFORE, configurations=("c0",))),
        "the configuration is another one",
    ),
    "an open challenge": (replace(AGAIN, predecessor=replace(BEFORE, challenges=("C-3",))), "C-3 is open"),
    "a compromised key": (
        replace(AGAIN, runs=(replace(RUN, attestation=RunAttestation.COMPROMISED),)),
        "a key that signed the evidence was compromised",
    ),
    "old evidence": (
        replace(AGAIN, predecessor=replace(BEFORE, evidence=NOW - 366 * DAY)),
        "the evidence is older than 12 months, and no automatic run passed in the last 30 days",
    ),
    "old evidence and an old automatic run": (
        replace(AGAIN, predecessor=replace(BEFORE, evidence=NOW - 366 * DAY, automatic_pass=NOW - 31 * DAY)),
        "the evidence is older than 12 months, and no automatic run passed in the last 30 days",
    ),
}


@pytest.mark.parametrize("case", AGAINST)
def test_stored_evidence_is_judged_again_only_when_all_holds(case: str) -> None:
    facts, sentence = AGAINST[case]
    assert checked(facts)["without-run"].sentence == sentence
    assert not in_order(check(facts, OPENSTACK, NOW))


def test_a_renewal_without_a_run_is_possible() -> None:
    old = replace(AGAIN, runs=(replace(RUN, began=None, ended=NOW - 300 * DAY, received=NOW - 300 * DAY),))
    assert unmet(old) == {}
    fresh = replace(BEFORE, evidence=NOW - 500 * DAY, automatic_pass=NOW - DAY)
    assert unmet(replace(old, predecessor=fresh)) == {}
    assert conditions_of(old, check(old, OPENSTACK, NOW)) == {TrackCondition.RENEWAL, TrackCondition.WITHOUT_RUN}
    never = replace(OPENSTACK, renewal_without_run=False)
    assert unmet(old, never) == {"without-run": "the programme renews nothing without a run"}


@pytest.mark.parametrize(
    ("facts", "conditions"),
    [
        (GOOD, {TrackCondition.NEW_VENDOR, TrackCondition.NEW_PRODUCT}),
        (replace(GOOD, has_vendor_certificate=True), {TrackCondition.NEW_PRODUCT}),
        (
            replace(GOOD, has_vendor_certificate=True, has_product_certificate=True),
            {TrackCondition.NEW_VERSION},
        ),
        (replace(GOOD, predecessor=BEFORE), {TrackCondition.RENEWAL}),
        (replace(GOOD, predecessor=replace(BEFORE, is_same_version=False)), {TrackCondition.NEW_VERSION}),
        (
            replace(GOOD, predecessor=BEFORE, regions=(NORTH, SOUTH)),
            {TrackCondition.RENEWAL, TrackCondition.NEW_REGION},
        ),
        (
            replace(GOOD, predecessor=replace(BEFORE, challenges=("C-3",))),
            {TrackCondition.RENEWAL, TrackCondition.CHALLENGE},
        ),
    ],
)
def test_what_there_is_about_an_application(facts: ApplicationFacts, conditions: set[TrackCondition]) -> None:
    assert facts.conditions == conditions


@pytest.mark.parametrize(
    ("waiver", "evidence", "last"),
    [
        (None, None, date(2027, 11, 30)),
        (date(2027, 3, 1), None, date(2027, 3, 31)),
        (date(2029, 3, 1), None, date(2027, 11, 30)),
        (None, datetime(2026, 2, 2, tzinfo=UTC), date(2027, 2, 2)),
    ],
)
def test_a_certificate_ends_with_what_it_rests_on(waiver: date | None, evidence: datetime | None, last: date) -> None:
    waivers = () if waiver is None else (ApplicationWaiver(test="t", until=waiver),)
    assert valid_until(OPENSTACK, date(2026, 12, 1), waivers, evidence) == last


def test_the_compromised_key_counts_even_where_nothing_must_be_signed() -> None:
    lax = replace(OPENSTACK, signed_runs=False)
    assert "signed" not in checked(run(attestation=RunAttestation.NONE), lax)
    assert not checked(run(attestation=RunAttestation.COMPROMISED), lax)["signed"].is_met


def test_a_programme_that_has_ended_certifies_nothing_new() -> None:
    ended = replace(OPENSTACK, programs=(), marks=())
    assert unmet(GOOD, ended) == {"program": "the programme has ended: it certifies nothing new"}


def test_an_agreement_may_come_after_the_submission() -> None:
    later = replace(OPENSTACK, agreement_comes_first=False)
    assert "before a certificate is granted" in checked(replace(GOOD, agreement=False), later)["agreement"].sentence
