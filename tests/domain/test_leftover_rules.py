"""The rules by which leftovers are told, one by one."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.leftovers import (
    EVER,
    Inventory,
    InventoryGap,
    Leftover,
    LeftoverState,
    LeftoverTerms,
    Resource,
    leftovers,
    named_in,
    state_of,
)

BEGAN = dt.datetime(2026, 11, 22, 10, 0, tzinfo=dt.UTC)
EARLIER, LATER = BEGAN - dt.timedelta(hours=1), BEGAN + dt.timedelta(minutes=1)


def holding(*held: Resource, wide: bool = False, unseen: tuple[InventoryGap, ...] = ()) -> Inventory:
    return Inventory("cloud", BEGAN, (("p", "mine"),), held, unseen, (), wide)


def server(name: str = "tempest-1", created: dt.datetime | None = LATER, project: str = "p") -> Resource:
    return Resource("server", f"id-{name}", name, project, "", created)


def test_an_empty_cloud_has_no_leftovers() -> None:
    assert leftovers(holding(), LeftoverTerms(BEGAN)) == ()


def test_rule_1_what_was_there_before_is_nobodys_leftover() -> None:
    assert leftovers(holding(server()), LeftoverTerms(BEGAN, holding(server()))) == ()


def test_rule_2_what_is_older_than_the_run_is_not_its_leftover() -> None:
    gap = InventoryGap("server", "p", "compute answers 503")
    before = holding(unseen=(gap,))
    assert leftovers(holding(server(created=EARLIER)), LeftoverTerms(BEGAN, before)) == ()


@pytest.mark.parametrize("created", [None, EARLIER, LATER])
def test_rules_3_and_4_where_everything_counts_what_is_named_as_the_suite_names_things_may_go(
    created: dt.datetime | None,
) -> None:
    terms = LeftoverTerms(EVER, exclusive=frozenset({"p"}))
    left = leftovers(holding(server(created=created), server("net-of-the-account", created)), terms)
    assert [(one.held.name, one.may_go) for one in left] == [("tempest-1", True), ("net-of-the-account", False)]
    assert left[1].kept == "its name does not begin with tempest-, and nothing says that a run made it"


@pytest.mark.parametrize(
    ("before", "may_go"),
    [
        (None, False),
        (holding(), True),
        (holding(unseen=(InventoryGap("server", "p", "no answer"),)), False),
        (holding()._replace(projects=()), False),
    ],
)
def test_rule_3_what_tells_no_time_needs_an_inventory_that_saw_its_kind(before: Inventory | None, may_go: bool) -> None:
    (found,) = leftovers(holding(server(created=None)), LeftoverTerms(BEGAN, before))
    assert found.may_go is may_go


def test_rule_4_in_projects_for_tests_only_any_name_may_go() -> None:
    now = holding(server("precious"))
    assert [one.may_go for one in leftovers(now, LeftoverTerms(BEGAN))] == [False]
    assert [one.may_go for one in leftovers(now, LeftoverTerms(BEGAN, exclusive=frozenset({"p"})))] == [True]
    assert [one.may_go for one in leftovers(now, LeftoverTerms(BEGAN, any_name=True))] == [True]


def test_rule_5_an_administrator_sees_only_what_is_named_as_the_suite_names_it() -> None:
    made = Resource("project", "new", "tempest-A-1")
    old = Resource("project", "old", "tempest-B-2")
    things = (made, old, server("x", project="new"), server("y", project="old"), server("tempest-z", project="other"))
    found = leftovers(holding(*things, wide=True), LeftoverTerms(BEGAN, holding(old, wide=True)))
    assert [(one.held.id, one.may_go) for one in found] == [
        ("new", True),
        ("id-x", True),
        ("id-tempest-z", True),
    ]


def test_rule_6_a_list_names_what_may_go_and_nothing_beside() -> None:
    old = server("precious", EARLIER)
    assert named_in({old.key}, holding(old, server())) == (Leftover(old),)


def gap(kind: str, *, refused: bool) -> InventoryGap:
    return InventoryGap(kind, "p", "why", refused)


@pytest.mark.parametrize(
    ("left", "unseen", "state"),
    [
        ([], (), LeftoverState.NONE),
        ([server()], (), LeftoverState.SOME),
        ([], (gap("server", refused=True),), LeftoverState.NONE),
        ([], (gap("server", refused=False),), LeftoverState.UNKNOWN),
        ([server()], (gap("server", refused=False),), LeftoverState.SOME),
        ([], (gap("server", refused=True), gap("volume", refused=True)), LeftoverState.UNKNOWN),
    ],
)
def test_rule_7_nothing_is_left_only_where_somebody_looked(
    left: list[Resource], unseen: tuple[InventoryGap, ...], state: LeftoverState
) -> None:
    assert state_of(left, holding(unseen=unseen), {"server", "volume"}) is state


def test_one_thing_is_described_by_kind_name_id_and_project() -> None:
    now = holding()
    assert now.describe(server()) == "server tempest-1 (id-tempest-1) of mine"
    assert now.describe(Resource("object", "box/a", "a", "p")) == "object a of mine"
    assert now.describe(Resource("network", "n", "")) == "network n"


names = st.sampled_from(["tempest-a", "tempest-b", "precious", ""])
moments = st.sampled_from([None, EARLIER, LATER])


@given(st.lists(st.builds(server, names, moments)), st.lists(st.builds(server, names, moments)), st.booleans())
def test_nothing_that_was_there_or_is_older_ever_goes(
    now: list[Resource], before: list[Resource], any_name: bool
) -> None:
    known = {held.key for held in before}
    for one in leftovers(holding(*now), LeftoverTerms(BEGAN, holding(*before), any_name=any_name)):
        assert one.held.key not in known
        assert one.held.created != EARLIER
        assert any_name or one.held.name.startswith("tempest-") or not one.may_go
