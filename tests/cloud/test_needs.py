"""What selected tests need, by their own code and by their names."""

from __future__ import annotations

import pytest

from certmark.cloud.needs import NeededUser, Needs, guessed_needs, needs_of
from certmark.domain.accounts_needed import NeededUsers
from certmark.domain.surveys import Credential, SurveyedTest

ROLE = {"object-storage.operator_role": "SwiftOperator"}
OPERATOR = Credential("operator", ("{object-storage.operator_role}",))
STORING = SurveyedTest(
    "tempest.api.object_storage.a.B.test_c[id-1]", (OPERATOR,), calls=("container_client.update_container",)
)
SERVING = SurveyedTest(
    "tempest.api.compute.servers.a.B.test_d[id-2,smoke]",
    (Credential("primary"), Credential("project_reader")),
    calls=("servers_client.create_server", "volumes_client.create_volume"),
    skips=("unless CONF.network.public_network_id",),
)


def test_surveyed_tests_tell_users_things_and_the_way_outside() -> None:
    found = needs_of([STORING, SERVING], ROLE, version="47.0.0", workers=3)
    assert found == Needs(
        tests=2,
        services={"object-store": 1, "compute": 1, "image": 1},
        people=(
            NeededUser("operator", ("SwiftOperator",), 1),
            NeededUser("primary", ("member",), 1),
            NeededUser("project_reader", (), 1),
        ),
        things={"containers": 1, "servers": 1, "volumes": 1},
        outside=1,
        workers=3,
        is_surveyed=True,
        teams=((NeededUser("primary", ("member",), 1), NeededUser("project_reader", (), 1)),),
        users=NeededUsers(ordinary=1, companions=("reader",), roles=("SwiftOperator",)),
    )


@pytest.mark.parametrize(("version", "roles"), [("46.2.0", ()), ("47.0.0", ("member",)), (None, ())])
def test_the_first_user_must_be_called_a_member_only_where_the_suite_asks_so(
    version: str | None, roles: tuple[str, ...]
) -> None:
    found = needs_of([SERVING], {}, version=version, workers=1)
    assert found.people[0] == NeededUser("primary", roles, 1)


def test_a_role_that_nobody_configured_is_the_suites_own() -> None:
    assert needs_of([STORING], {}, version=None, workers=1).people == (NeededUser("operator", ("Member",), 1),)


def test_without_a_survey_names_tell() -> None:
    names = [
        "tempest.api.object_storage.a.B.test_c",
        "tempest.api.compute.servers.a.B.test_resize_server_confirm",
        "tempest.api.network.test_routers.RoutersTest.test_e",
    ]
    found = guessed_needs(names, ROLE, version="47.0.0", workers=2)
    assert found.people == (
        NeededUser("primary", ("member",), 3),
        NeededUser("operator", ("SwiftOperator",), 1),
        NeededUser("project_reader", ("reader",), 3),
    )
    assert (found.of("servers"), found.of("resizes"), found.of("routers"), found.of("containers")) == (1, 1, 1, 1)
    assert (found.outside, found.is_surveyed) == (1, False)


def test_no_tests_need_nothing() -> None:
    assert guessed_needs([], {}, version="47.0.0", workers=1) == Needs(0, {}, (), {}, 0, 1, is_surveyed=False)
