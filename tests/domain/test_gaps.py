"""Tests that no guideline tracks, and the count of them for Tempest 47.0.0."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.domain.gaps import Gaps, PassHistory, by_service, distinct, find_gaps, is_api, key_of, operation_of
from certmark.domain.guidelines import Guideline
from certmark.domain.results import Attempt, Evidence, Outcome, Results
from certmark.domain.surveys import Credential, SurveyedTest
from certmark.formats.guideline import load
from certmark.formats.surveys import load_survey
from support.surveys import ONE, TWO, guideline_of, survey_of

NAME = "tempest.api.compute.test_servers.ServersTest.test_rescue_server"


def gaps_of(*tests: SurveyedTest, tracked: tuple[Guideline, ...] = (), runs: tuple[Results, ...] = ()) -> Gaps:
    return find_gaps(survey_of(*tests), tracked, runs=runs)


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("tempest.api.compute.test_a.A.test_b", True),
        ("heat_tempest_plugin.tests.functional.test_a.A.test_b", True),
        ("tempest.scenario.test_a.A.test_api", False),
        ("tempest.serial_tests.api.admin.test_a.A.test_b", False),
        ("neutron_tempest_plugin.scenario.api.A.test_b", False),
        ("", False),
    ],
)
def test_one_tests_of_an_api_are_looked_at(name: str, *, holds: bool) -> None:
    assert is_api(name) is holds


def test_two_administrators_come_last_by_path_or_credentials() -> None:
    by_path = SurveyedTest("tempest.api.compute.admin.test_a.A.test_b")
    by_class = SurveyedTest("tempest.api.compute.test_a.B.test_b", (Credential("system_admin"),))
    plain = SurveyedTest("tempest.api.compute.test_a.C.test_b", (Credential("primary"),))
    found = gaps_of(by_path, by_class, plain)
    assert [test.name for candidate in found.candidates for test in candidate.tests] == [plain.full_id]
    assert {test.name for candidate in found.admin for test in candidate.tests} == {by_path.full_id, by_class.full_id}


def test_three_a_test_is_tracked_by_its_id_and_by_name_only_where_a_guideline_has_no_id() -> None:
    with_id, without = SurveyedTest(f"{NAME}[id-{ONE}]"), SurveyedTest(f"{NAME}_again[id-{TWO}]")
    by_id = guideline_of({"other.Name.test_x": {"idempotent_id": f"id-{ONE}"}, f"{NAME}_again": {"idempotent_id": "x"}})
    assert gaps_of(with_id, without).untracked != ()
    assert gaps_of(with_id, without, tracked=(by_id,)).untracked == ()
    other_id = guideline_of({NAME: {"idempotent_id": f"id-{TWO}"}})
    assert [test.name for test in gaps_of(with_id, tracked=(other_id,)).untracked] == [NAME]


FLOATING = "tempest.api.network.test_floating_ips.FloatingIPTestJSON.test_floating_ip_delete_port"


@pytest.mark.parametrize(
    ("name", "call", "key"),
    [
        (FLOATING, "ports_client.delete_port", "network-floating-ip"),
        (FLOATING, "floating_ips_client.create_floatingip", "network-floating-ip"),
        (FLOATING.replace("IPTest", "IPNegativeTest"), "routers_client.show_router", "network-floating-ip"),
        ("tempest.api.compute.servers.test_x.ServerTagsTestJSON.test_a", "s.delete_tag", "compute-server-tags"),
        ("tempest.api.compute.test_x.ServerActionsTestJSON.test_a", "servers_client.shelve_server", "compute-servers-shelve"),
        ("tempest.api.network.test_tags.V2Test.test_a", "tags_client.update_tag", "network-tags"),
        ("tempest.api.volume.test_x.VolumesBackupsTest.test_a", "b.restore_backup", "volume-backups-restore"),
    ],
)  # fmt: skip
def test_four_a_candidate_is_one_resource_and_what_else_is_done_to_it(name: str, call: str, key: str) -> None:
    assert [one.key for one in gaps_of(SurveyedTest(name, calls=(call,), own_calls=1)).candidates] == [key]


def test_six_what_is_passed_on_to_another_service_no_longer_is_no_candidate() -> None:
    name = "tempest.api.compute.floating_ips.test_a.FloatingIPsTestJSON.test_b"
    proxy = SurveyedTest(name, calls=("compute_floating_ips_client.create_floating_ip",), own_calls=1)
    found = gaps_of(proxy)
    assert (len(found.untracked), found.candidates) == (1, ())


def test_five_the_operation_is_the_one_whose_words_the_test_s_name_shares() -> None:
    calls = ("servers_client.show_server", "servers_client.rescue_server", "servers_client.delete_server")
    found = gaps_of(SurveyedTest(f"{NAME}[id-{ONE}]", calls=calls, own_calls=3))
    assert [(item.key, item.operation, item.plain) for item in found.candidates] == [
        ("compute-servers-rescue", "servers_client.rescue_server", 1)
    ]


def test_five_helpers_are_asked_where_the_body_calls_nothing_and_the_class_where_nobody_does() -> None:
    helped = gaps_of(SurveyedTest(NAME, calls=("servers_client.list_servers",))).untracked[0]
    silent = gaps_of(SurveyedTest(NAME)).untracked[0]
    assert [operation_of(helped), operation_of(silent)] == ["servers_client.list_servers", "ServersTest"]


def test_tests_of_one_candidate_are_counted_by_what_tells_them_apart() -> None:
    alt = (Credential("operator"), Credential("operator_alt"))
    found = gaps_of(
        SurveyedTest(f"{NAME}[id-{ONE},slow]"),
        SurveyedTest(f"tempest.api.compute.test_servers_negative.ServersTest.test_x[id-{TWO}]", alt),
    )
    assert by_service(found.untracked)["compute"] == {
        "all": 2, "admin": 0, "negative": 1, "slow": 1, "second_user": 1, "plain": 0
    }  # fmt: skip


def test_the_record_of_a_test_counts_each_run_once_and_its_class_s_set_up_too() -> None:
    def run(name: str, *outcomes: Outcome) -> Results:
        attempts = tuple(Attempt(name, None, outcome, started=at, seconds=0.0) for at, outcome in enumerate(outcomes))
        return Results([Evidence("r", "junit", 1, None, attempts)])

    fixture = "setUpClass (tempest.api.compute.test_servers.ServersTest)"
    runs = (
        run(NAME, Outcome.FAILED, Outcome.PASSED),
        run(NAME, Outcome.SKIPPED),
        run(fixture, Outcome.FAILED),
        run("other", Outcome.PASSED),
    )
    found = gaps_of(SurveyedTest(NAME), runs=runs).untracked[0].history
    assert found == PassHistory(runs=3, passed=1, failed=1, skipped=1)
    assert found.words == "passed in 1, failed in 1, skipped in 1 of 3 runs"


@pytest.mark.parametrize(
    ("service", "operation", "key"),
    [
        ("compute", "servers_client.rescue_server", "compute-servers-rescue"),
        ("compute", "compute_floating_ips_client.list_floating_ips", "compute-floating-ips-list"),
        ("image", "image_client_v2.list_images", "image-list"),
        ("network", "floating_ips_client.create_floatingip", "network-floating-ips-create"),
        ("object_storage", "object_client.get_object", "objectstore-object-get"),
        ("volume", "volumes_client_latest.create_volume", "volume-volumes-create"),
        ("heat", "client.stacks.create", "heat-stacks-create"),
        ("image", "BasicOperationsImagesTest", "image-basic-operations-images-test"),
    ],
)
def test_keys_are_worded_as_guidelines_word_theirs(service: str, operation: str, key: str) -> None:
    assert key_of(service, operation) == key


def test_nothing_leaves_no_gap() -> None:
    assert gaps_of()[2:6] == ((), (), (), ())


@pytest.mark.shared
def test_of_tempest_47_536_ids_of_556_names_without_an_administrator_are_in_no_guideline_with_ids(
    shared: Path, assets: Path
) -> None:
    folder, survey = shared / "guidelines", load_survey(str(assets / "survey" / "tempest-47.0.0.json.gz"))
    paths = [*folder.glob("20*.json"), folder / "next.json", *folder.glob("add-ons/*.json")]
    paths += [*folder.glob("verticals/*.json"), folder / "doc" / "source" / "schema" / "next.2.0.json"]
    tracked = [load(str(path)) for path in sorted(paths)]
    without_ids = {"2015.03", "2015.04", "2015.05"}
    own = next(item for item in tracked if item.id == "2020.06")
    gaps = find_gaps(survey, [item for item in tracked if item.id not in without_ids], guideline=own)
    missing = [test for test in gaps.untracked if not test.is_admin]
    everything, gap = by_service(gaps.api), by_service(missing)
    mine = by_service(test for test in gaps.api if test.key in set(gaps.in_guideline) and not test.is_admin)
    table = {
        name: (known["all"], known["admin"], known["all"] - known["admin"], mine[name]["all"], gap[name]["all"])
        for name, known in everything.items()
    }
    assert (gaps.tracked, len(gaps.api), distinct(gaps.api)) == (470, 1459, 1329)
    assert (len(missing), distinct(missing)) == (556, 536)
    assert table == {
        "compute": (557, 184, 373, 81, 268),
        "identity": (138, 112, 26, 8, 18),
        "image": (102, 18, 84, 23, 53),
        "network": (163, 35, 128, 63, 62),
        "object_storage": (149, 0, 149, 56, 91),
        "volume": (220, 114, 106, 54, 44),
    }
    kinds = {word: sum(counts[word] for counts in gap.values()) for word in ("negative", "second_user", "slow")}
    assert kinds == {"negative": 179, "second_user": 22, "slow": 10}

    # The three guidelines without ids track by name: one more, test_get_console_output (two were published).
    with_names = [test for test in find_gaps(survey, tracked).untracked if not test.is_admin]
    assert (len(with_names), distinct(with_names)) == (555, 535)
