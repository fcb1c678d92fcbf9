"""Looking at what a cloud holds, and removing what a run left, on a cloud that keeps things."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from certmark.cloud.accounts_file import Account
from certmark.cloud.authentication import sign_in
from certmark.cloud.client import CloudAddress
from certmark.cloud.errors import CloudError
from certmark.cloud.leftovers import removing
from certmark.cloud.leftovers.inventory import OpenedProject, take_inventory
from certmark.cloud.leftovers.projects import parties_of
from certmark.cloud.leftovers.removing import remove_all
from certmark.domain.leftovers import Inventory, LeftoverTerms, leftovers
from support.living_cloud import LivingCloud, living

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
RIGHT = "right"
SERVERS, NETWORKS, ROUTERS = "/compute/v2.1/servers", "/network/v2.0/networks", "/network/v2.0/routers"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[LivingCloud]:
    monkeypatch.setattr(removing, "_PAUSE", 0.01)
    with living() as made:
        yield made


def account(name: str, project: str, secret: str = RIGHT) -> Account:
    document: dict[str, Any] = {"username": name, "password": secret, "project_name": project}
    return Account(name, project, (), (), document)


def seen(cloud: LivingCloud, *accounts: Account) -> tuple[tuple[OpenedProject, ...], Inventory]:
    parties = parties_of(accounts, CloudAddress(f"{cloud.url}/v3", "RegionOne")).parties
    return parties, take_inventory(parties)


def kinds(inventory: Inventory) -> list[tuple[str, str]]:
    return [(held.kind, held.name) for held in inventory.held]


def test_a_project_holds_what_is_its_own_page_by_page(cloud: LivingCloud) -> None:
    mine, other = cloud.person("ann", "ann", "member", "SwiftOperator"), cloud.person("bob", "bob", "member")
    for number in range(5):
        cloud.add(SERVERS, f"s{number}", tenant_id=mine)
    cloud.add(NETWORKS, "shared", project_id=other)
    cloud.swift[mine] = {"box": {"one": "2026-11-22T10:00:00.000000"}}
    _, found = seen(cloud, account("ann", "ann"))
    assert kinds(found) == [*(("server", f"s{n}") for n in range(5)), ("object", "box"), ("container", "box")]
    assert found.projects == ((mine, "ann"),)
    assert "block-storage" in found.absent


def test_a_service_that_refuses_or_breaks_costs_itself_only(cloud: LivingCloud) -> None:
    mine = cloud.person("ann", "ann", "member")
    cloud.add(NETWORKS, "n", project_id=mine)
    cloud.refuses |= {f"GET {SERVERS}": 500, "GET /network/v2.0/routers": 403}
    _, found = seen(cloud, account("ann", "ann"))
    assert kinds(found) == [("network", "n")]
    gaps = {(gap.kind, gap.is_refused) for gap in found.unseen}
    assert {("server", False), ("router", True), ("container", True)} <= gaps
    assert not found.saw("server", mine)
    assert found.saw("network", mine)


def test_an_administrator_sees_all_projects(cloud: LivingCloud) -> None:
    mine = cloud.person("ann", "ann", "member")
    cloud.add(SERVERS, "tempest-s", tenant_id=mine)
    parties = parties_of([account("root", "admin")], CloudAddress(f"{cloud.url}/v3", "RegionOne")).parties
    found = take_inventory([OpenedProject(parties[0].client, is_wide=True)])
    assert ("server", "tempest-s") in kinds(found)
    assert ("project", "ann") in kinds(found)
    assert found.is_wide


def test_what_came_since_goes_and_what_was_there_stays(cloud: LivingCloud) -> None:
    mine = cloud.person("ann", "ann", "member", "SwiftOperator")
    cloud.person("bob", "bob", "member")
    cloud.add(SERVERS, "precious", tenant_id=mine)
    cloud.swift[mine] = {"old": {"kept": "2026-01-01T00:00:00.000000"}}
    people = (account("ann", "ann"), account("bob", "bob"))
    parties, before = seen(cloud, *people)
    server = cloud.add(SERVERS, "new", tenant_id=mine)
    cloud.busy[server] = 3
    cloud.add(ROUTERS, "r", project_id=mine)
    since = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"  # the inventory before was taken by the same clock
    cloud.swift[mine]["new"] = {"a": since, "b/c d": since}
    _, now = seen(cloud, *people)
    exclusive = frozenset({mine})
    left = leftovers(now, LeftoverTerms(before.taken, before, exclusive))
    removed = remove_all([one.held for one in left], parties, lambda _: None)
    assert [one.problem for one in removed] == [None] * 5
    assert (cloud.names(SERVERS), cloud.names(ROUTERS)) == (["precious"], [])
    assert cloud.swift[mine] == {"old": {"kept": "2026-01-01T00:00:00.000000"}}
    assert remove_all([one.held for one in left], parties, lambda _: None)[0].problem is None


def test_what_cannot_be_removed_says_why_and_costs_itself_only(cloud: LivingCloud) -> None:
    mine = cloud.person("ann", "ann", "member")
    stuck, locked = cloud.add(SERVERS, "tempest-stuck", tenant_id=mine), cloud.add(SERVERS, "tempest-x", tenant_id=mine)
    cloud.add(NETWORKS, "tempest-n", project_id=mine)
    cloud.busy[stuck] = 1_000_000
    cloud.refuses[f"DELETE {SERVERS}/{locked}"] = 403
    parties, now = seen(cloud, account("ann", "ann"))
    removed = remove_all(now.held, parties, lambda _: None, seconds=0.2)
    assert {one.held.name: one.problem for one in removed} == {
        "tempest-stuck": "it is in use (409)",
        "tempest-x": "not here (403)",
        "tempest-n": None,
    }


def test_a_wrong_password_is_a_sentence_without_it(cloud: LivingCloud) -> None:
    cloud.person("ann", "ann", "member")
    with pytest.raises(CloudError) as caught:
        sign_in(account("ann", "ann", "wrong-secret"), CloudAddress(f"{cloud.url}/v3", "RegionOne"))
    refused = f"{cloud.url}/v3 refuses ann of ann"
    sentence = f"{refused}: the password is wrong, or there is no such user or project, saying 'wrong'"
    assert str(caught.value) == sentence
