"""The rules of a coverage, and the history of guidelines against Tempest 47.0.0."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from certmark.domain.coverage import accounts_of, cover, service_of, stage_of
from certmark.domain.covered_tests import (
    CapabilityPlace,
    Coverage,
    CoverageFindingKind,
    CoverageStage,
    Presence,
    remedy,
)
from certmark.domain.guidelines import Level
from certmark.domain.surveys import Credential, Survey, SurveyedTest
from certmark.formats.guideline import load, read
from certmark.formats.surveys import load_survey
from support.surveys import ONE, TWO, guideline_of, survey_of

ADMIN = (Credential("primary"), Credential("admin"))
READER = (Credential("primary"), Credential("project_reader"))


def looked_at(
    *tests: SurveyedTest, status: str = "approved", before: Survey | None = None, entry: dict[str, Any] | None = None
) -> dict[CoverageFindingKind, tuple[str, bool]]:
    """What becomes of one test, `api.Class.test_one`, with the id ONE: its matters with remedy and openness."""
    guideline = guideline_of({"api.Class.test_one": {"idempotent_id": f"id-{ONE}", **(entry or {})}}, status=status)
    found = cover(guideline, survey_of(*tests), before=before)
    return {finding.matter: (finding.remedy, finding.is_open) for finding in found.tests[0].findings}


def test_one_a_test_is_found_by_its_id_else_by_its_name_and_renames_are_known_by_the_id() -> None:
    def presence(full: str, written_id: str = f"id-{ONE}") -> tuple[Presence, tuple[str, ...]]:
        entry = {"idempotent_id": written_id}
        test = cover(guideline_of({"api.Class.test_one": entry}), survey_of(SurveyedTest(full))).tests[0]
        return test.presence, test.names

    assert presence(f"api.Class.test_one[id-{ONE},smoke]") == (Presence.EXISTS, ("api.Class.test_one",))
    assert presence(f"api.Class.test_new[id-{ONE}]") == (Presence.RENAMED, ("api.Class.test_new",))
    assert presence(f"api.Class.test_one[id-{TWO}]") == (Presence.OTHER_ID, ("api.Class.test_one",))
    assert presence(f"api.Class.test_two[id-{TWO}]") == (Presence.VANISHED, ())
    assert presence("api.Class.test_one", "") == (Presence.EXISTS, ("api.Class.test_one",))


def test_one_a_test_of_a_package_that_the_survey_does_not_have_is_not_covered_and_not_gone() -> None:
    found = looked_at(SurveyedTest("other.Class.test_one"), status="draft")
    remedy_of_it = "look with a suite, or a list, that has the tests of api"
    assert found == {CoverageFindingKind.NOT_COVERED: (remedy_of_it, True)}
    known = looked_at(SurveyedTest("other.Class.test_two"), entry={"aliases": ["other.Class.test_old"]})
    assert list(known) == [CoverageFindingKind.VANISHED]


def test_one_a_test_of_a_list_stands_there_under_any_of_its_names() -> None:
    lines = f"old.api.Class.test_one[id-{ONE}]\napi.Class.test_one[id-{ONE}]\napi.Class.test_two\n"
    tests = cover(
        read(lines.encode(), "own.lst"),
        survey_of(SurveyedTest(f"api.Class.test_one[id-{ONE}]"), SurveyedTest("api.Class.test_two")),
    ).tests
    assert [(test.presence, test.findings) for test in tests] == [(Presence.EXISTS, ())] * 2


def test_four_a_name_whose_new_name_stands_beside_it_is_left_out() -> None:
    tests = {name: {"idempotent_id": f"id-{ONE}"} for name in ("api.Class.test_one", "api.Class.test_new")}
    found = cover(guideline_of(tests, status="draft"), survey_of(SurveyedTest(f"api.Class.test_new[id-{ONE}]"))).tests
    assert [[finding.remedy for finding in test.findings] for test in found] == [
        ["leave it out: api.Class.test_new stands here as a test of its own"],
        [],
    ]


def test_one_of_several_new_names_the_likeliest_comes_first() -> None:
    names = ("api.Other.test_two", "api.Other.test_one", "api.Class.test_two", "api.Any.test_one")
    guideline = guideline_of({"api.Class.test_one": {"idempotent_id": f"id-{ONE}"}})
    found = cover(guideline, survey_of(*(SurveyedTest(f"{name}[id-{ONE}]") for name in names)))
    assert found.tests[0].names == (
        "api.Any.test_one",
        "api.Class.test_two",
        "api.Other.test_one",
        "api.Other.test_two",
    )


def test_two_without_an_older_survey_what_is_asked_for_today_is_a_matter_and_skips_are_none() -> None:
    full = f"api.Class.test_one[id-{ONE}]"
    assert looked_at(SurveyedTest(full, (Credential("primary"),), skips=("if not CONF.nova",))) == {}
    assert list(looked_at(SurveyedTest(full, READER))) == [CoverageFindingKind.SECOND_ACCOUNT]
    assert list(looked_at(SurveyedTest(full, ADMIN))) == [CoverageFindingKind.ADMIN]


def test_two_with_an_older_survey_only_what_was_added_is_a_matter() -> None:
    full = f"api.Class.test_one[id-{ONE}]"
    before = survey_of(SurveyedTest(full, READER, skips=("if a",)))
    assert looked_at(SurveyedTest(full, READER, skips=("if a",)), before=before) == {}
    assert list(looked_at(SurveyedTest(full, ADMIN, skips=("if a", "if b")), before=before)) == [
        CoverageFindingKind.ADMIN,
        CoverageFindingKind.SKIP,
    ]
    older = survey_of(SurveyedTest(f"api.Old.test_one[id-{ONE}]", (Credential("primary"),)))
    assert list(looked_at(SurveyedTest(full, READER), before=older)) == [CoverageFindingKind.SECOND_ACCOUNT]


def test_two_a_list_says_nothing_of_accounts() -> None:
    full = f"api.Class.test_one[id-{ONE}]"
    survey = survey_of(SurveyedTest(full, ADMIN))._replace(is_described=False)
    guideline = guideline_of({"api.Class.test_one": {"idempotent_id": f"id-{ONE}"}})
    assert cover(guideline, survey).tests[0].findings == ()


FLAG = {"reason": "[D406] removed", "action": "drop", "date": "2020-01-01"}


@pytest.mark.parametrize(
    ("status", "flagged", "is_open"),
    [("approved", False, True), ("approved", True, False), ("draft", True, True), ("superseded", False, False)],
)
def test_three_a_flag_settles_in_an_approved_guideline_only(status: str, *, flagged: bool, is_open: bool) -> None:
    found = looked_at(SurveyedTest("api.Other.test_two"), status=status, entry={"flagged": FLAG} if flagged else {})
    assert found[CoverageFindingKind.VANISHED][1] is is_open


def test_three_a_rename_that_the_aliases_know_is_settled_but_a_draft_takes_the_new_key() -> None:
    test = SurveyedTest(f"api.Class.test_new[id-{ONE}]")
    known = {"aliases": ["api.Class.test_new"]}
    assert looked_at(test, entry=known) == {
        CoverageFindingKind.RENAMED: ("nothing: its aliases have the new name", False)
    }
    assert looked_at(test)[CoverageFindingKind.RENAMED][1]
    assert looked_at(test, status="draft", entry=known) == {
        CoverageFindingKind.RENAMED: ("make api.Class.test_new the key, and the old name an alias", True)
    }


def test_three_a_capability_in_no_component_needs_nothing_done() -> None:
    guideline = guideline_of({"api.Class.test_one": {"idempotent_id": f"id-{ONE}"}}, level=None)
    test = cover(guideline, survey_of(SurveyedTest("api.Other.test_two"))).tests[0]
    assert test.places == (CapabilityPlace("things", None, declares_admin=False),)
    assert [(finding.matter, finding.is_open) for finding in test.findings] == [(CoverageFindingKind.VANISHED, False)]


def test_three_an_administrator_that_the_capability_declares_is_settled() -> None:
    entry = {"api.Class.test_one": {"idempotent_id": f"id-{ONE}"}}
    survey = survey_of(SurveyedTest(f"api.Class.test_one[id-{ONE}]", ADMIN))
    assert [len(cover(guideline_of(entry, admin=admin), survey).open) for admin in (False, True)] == [1, 0]


def test_three_what_is_accepted_needs_nothing_done() -> None:
    guideline = guideline_of({"api.Class.test_one": {"idempotent_id": f"id-{ONE}"}})
    survey = survey_of(SurveyedTest(f"api.Class.test_one[id-{ONE}]", READER))
    assert len(cover(guideline, survey).open) == 1
    assert cover(guideline, survey, accept=[CoverageFindingKind.SECOND_ACCOUNT]).open == ()


def test_four_every_matter_has_a_remedy_at_every_stage_and_an_approved_one_changes_no_test() -> None:
    guideline = guideline_of({"api.Class.test_one": {"idempotent_id": f"id-{ONE}"}})
    test = cover(guideline, survey_of(SurveyedTest(f"api.Class.test_new[id-{ONE}]"))).tests[0]
    assert all(remedy(matter, stage, test) for matter in CoverageFindingKind for stage in CoverageStage)
    assert {remedy(matter, CoverageStage.SUPERSEDED, test) for matter in CoverageFindingKind} == {
        "nothing: a superseded guideline is history"
    }
    assert "aliases" in remedy(CoverageFindingKind.RENAMED, CoverageStage.APPROVED, test)
    assert "[D406]" in remedy(CoverageFindingKind.VANISHED, CoverageStage.APPROVED, test)


def test_a_flag_for_a_bug_that_the_suite_no_longer_skips_is_pointed_out() -> None:
    flag = {"flagged": {"reason": "[D401] skipped for a bug", "action": "remove", "date": "2016-06-13"}}
    full = f"api.Class.test_one[id-{ONE}]"
    assert looked_at(SurveyedTest(full), entry=flag)[CoverageFindingKind.FLAG][1] is False
    assert looked_at(SurveyedTest(full), entry=flag, status="draft")[CoverageFindingKind.FLAG][1] is True
    assert looked_at(SurveyedTest(full, skips=("bug 1540645",)), entry=flag) == {}


def test_nothing_is_covered_by_nothing() -> None:
    empty = cover(guideline_of({}), survey_of())
    assert (empty.tests, empty.open, empty.count(Presence.EXISTS)) == ((), (), 0)


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        ("approved", CoverageStage.APPROVED),
        ("superseded", CoverageStage.SUPERSEDED),
        ("draft", CoverageStage.DRAFT),
        ("advisory", CoverageStage.DRAFT),
        ("proposal, havana-based", CoverageStage.DRAFT),
        (None, CoverageStage.DRAFT),
    ],
)
def test_what_is_neither_approved_nor_superseded_is_a_draft(status: str | None, stage: CoverageStage) -> None:
    assert stage_of(status) is stage


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("tempest.api.object_storage.test_a.A.test_b", "object_storage"),
        ("tempest.scenario.test_a.A.test_b", "scenario"),
        ("designate_tempest_plugin.tests.api.v2.test_zones.ZonesTest.test_a", "designate"),
        ("manila_tempest_tests.tests.api.test_a.A.test_b", "manila"),
        ("test", "other"),
        ("", "other"),
    ],
)
def test_a_test_belongs_to_the_service_that_its_name_tells(name: str, service: str) -> None:
    assert service_of(name) == service


@pytest.mark.parametrize(
    ("credential", "is_admin"),
    [
        (Credential("primary"), False),
        (Credential("admin"), True),
        (Credential("system_admin"), True),
        (Credential("project_reader"), False),
        (Credential("service_user", ("admin", "service")), True),
        (Credential("operator", ("{object-storage.operator_role}",)), False),
        (Credential("reseller", ("{object-storage.reseller_admin_role}",)), False),
        (Credential("boss", ("{identity.admin_role}",)), True),
    ],
)
def test_an_administrator_is_one_by_kind_or_role_but_the_object_store_s_reseller_is_none(
    credential: Credential, *, is_admin: bool
) -> None:
    assert credential.is_admin is is_admin


TEMPEST = "tempest-47.0.0.json.gz"
HISTORY = {
    # guideline: names, ids, exist by id, same name, renamed, of those with an alias somewhere, vanished
    "2020.06": (287, 287, 286, 285, 1, 0, 1),
    "2019.11": (287, 287, 286, 285, 1, 0, 1),
    "next": (287, 287, 286, 285, 1, 0, 1),
    "2019.06": (291, 291, 290, 289, 1, 0, 1),
    "2018.11": (291, 291, 290, 289, 1, 0, 1),
    "2018.02": (293, 290, 292, 287, 5, 3, 1),
    "2017.09": (288, 286, 286, 278, 8, 4, 2),
    # One more than the published table has: NEED_TEST, a placeholder without an id.
    "2017.01": (319, 312, 313, 236, 77, 71, 6),
    "2016.08": (306, 301, 300, 225, 75, 61, 6),
    "2016.01": (306, 301, 293, 176, 117, 25, 13),
    "2015.07": (129, 124, 119, 114, 5, 3, 10),
    "2015.05": (128, 0, 0, 113, 0, 0, 15),
    "2015.04": (127, 0, 0, 113, 0, 0, 14),
    "2015.03": (127, 0, 0, 113, 0, 0, 14),
}
PLUGINS = {
    "add-ons/dns.2020.06": ("designate-0.30.0", (10, 10, 10, 8, 2, 0, 0)),
    "add-ons/dns.2018.02": ("designate-0.30.0", (10, 10, 10, 8, 2, 0, 0)),
    "add-ons/orchestration.2020.06": ("heat-3.0.0", (60, 60, 60, 59, 1, 0, 0)),
    "add-ons/orchestration.2018.02": ("heat-3.0.0", (60, 60, 60, 59, 1, 0, 0)),
    "add-ons/orchestration.next": ("heat-3.0.0", (24, 24, 24, 3, 21, 0, 0)),
    "verticals/nfv.next": ("neutron-3.3.0", (34, 34, 34, 0, 34, 0, 0)),
}


def counts(coverage: Coverage) -> tuple[int, ...]:
    found = Counter(test.presence for test in coverage.tests)
    with_id = [test for test in coverage.tests if test.uuid is not None]
    return (
        len(coverage.tests),
        len({test.uuid for test in with_id}),
        sum(test.presence in {Presence.EXISTS, Presence.RENAMED} for test in with_id),
        found[Presence.EXISTS],
        found[Presence.RENAMED],
        sum(test.aliased > 0 for test in coverage.tests),
        found[Presence.VANISHED],
    )


@pytest.mark.shared
@pytest.mark.parametrize("name", HISTORY)
def test_the_history_of_guidelines_against_tempest_47(name: str, shared: Path, assets: Path) -> None:
    guideline = load(str(shared / "guidelines" / f"{name}.json"))
    coverage = cover(guideline, load_survey(str(assets / "survey" / TEMPEST)))
    assert counts(coverage) == HISTORY[name]


@pytest.mark.shared
@pytest.mark.parametrize("name", PLUGINS)
def test_the_add_ons_and_the_vertical_against_their_plugins(name: str, shared: Path, assets: Path) -> None:
    survey, expected = PLUGINS[name]
    guideline = load(str(shared / "guidelines" / f"{name}.json"))
    coverage = cover(guideline, load_survey(str(assets / "survey" / f"{survey}.json.gz")))
    assert counts(coverage) == expected


@pytest.mark.shared
def test_every_dns_test_sits_in_a_class_that_asks_for_an_administrator(shared: Path, assets: Path) -> None:
    guideline = load(str(shared / "guidelines" / "add-ons" / "dns.2020.06.json"))
    coverage = cover(guideline, load_survey(str(assets / "survey" / "designate-0.30.0.json.gz")))
    assert {finding.matter for test in coverage.tests for finding in test.findings} == {
        CoverageFindingKind.ADMIN,
        CoverageFindingKind.RENAMED,
    }
    assert len(coverage.open) == 10


@pytest.mark.shared
def test_what_the_273_tests_to_pass_of_2020_06_ask_for_today(shared: Path, assets: Path) -> None:
    """Not the 61, 40, 156, 14 and 2 that were published: those took the volume tests for primary only.

    All 54 of them inherit `credentials = ['primary', 'project_reader']` from BaseVolumeTest, so 226
    of the 273 tests ask for a second account, not 172.
    """
    coverage = cover(load(str(shared / "guidelines" / "2020.06.json")), load_survey(str(assets / "survey" / TEMPEST)))
    asked = Counter(
        "+".join(item.kind for item in test.surveyed.credentials)
        for test in coverage.tests
        if test.counts and test.surveyed is not None
    )
    assert asked == {
        "primary": 7,
        "operator": 40,
        "primary+project_reader": 210,
        "operator+operator_alt": 14,
        "operator+reseller": 2,
    }
    volumes = [test for test in coverage.tests if test.counts and test.service == "volume" and test.surveyed]
    assert {accounts_of(test.surveyed.credentials) for test in volumes if test.surveyed} == {
        "primary and project_reader"
    }
    assert len(volumes) == 54
    assert len(coverage.open) == 226


@pytest.mark.shared
def test_the_two_tests_of_2020_06_that_are_gone_are_flagged(shared: Path, assets: Path) -> None:
    coverage = cover(load(str(shared / "guidelines" / "2020.06.json")), load_survey(str(assets / "survey" / TEMPEST)))
    moved = {test.name: test for test in coverage.tests if test.presence is not Presence.EXISTS}
    assert {name.rpartition(".")[2]: test.flag.code for name, test in moved.items() if test.flag} == {
        "test_update_router_unset_gateway": "D400",
        "test_update_snapshot_metadata": "D406",
    }
    assert {place.level for test in moved.values() for place in test.places} == {Level.REQUIRED}


@pytest.mark.shared
def test_what_tempest_added_to_the_tests_of_2020_06_since_the_release_that_it_was_approved_with(
    shared: Path, assets: Path
) -> None:
    before, now = (load_survey(str(assets / "survey" / name)) for name in ("tempest-24.0.0.json.gz", TEMPEST))
    coverage = cover(load(str(shared / "guidelines" / "2020.06.json")), now, before=before)
    found = [(finding.matter, finding.what) for test in coverage.tests for finding in test.findings if finding.is_open]
    assert Counter(found) == {
        (CoverageFindingKind.SECOND_ACCOUNT, "asks for primary and project_reader, before for primary"): 210,
        (CoverageFindingKind.SKIP, "is now skipped if not CONF.service_available.neutron"): 53,
        (CoverageFindingKind.SKIP, "is now skipped if CONF.image_feature_enabled.image_format_enforcement"): 10,
        (CoverageFindingKind.SKIP, "is now skipped if not CONF.auth.use_dynamic_credentials"): 1,
    }
    assert len(coverage.open) == 211
