"""Whether accounts are enough for N classes at a time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.cloud.accounts_file import Account, staff_of
from certmark.domain.accounts_needed import ADMIN, OPERATOR, RESELLER, NeededUsers, needed
from certmark.domain.capacity import AvailableUsers, concurrency_for, max_concurrency, shortages

ROLES = {OPERATOR: "SwiftOperator", RESELLER: "ResellerAdmin", ADMIN: "admin"}
COUNTS = st.builds(
    NeededUsers,
    ordinary=st.integers(1, 3),
    admins=st.integers(0, 2),
    resellers=st.integers(0, 1),
    companions=st.sets(st.sampled_from(["manager", "reader"])).map(sorted).map(tuple),
    roles=st.sampled_from([(), ("SwiftOperator",)]),
    system=st.sampled_from([(), ("admin", "reader")]),
    admin_roles=st.just(()),
    unknown=st.just(()),
)


@given(COUNTS, st.integers(1, 6))
def test_what_is_made_for_n_classes_is_enough_for_n_classes_and_no_more(count: NeededUsers, workers: int) -> None:
    accounts = [
        Account(one.username, one.project, one.roles, one.types, {"system": "all"} if one.is_system else {})
        for one in needed(count, workers, "t", ROLES)
    ]
    staff = staff_of(accounts)
    assert (max_concurrency(staff, count), concurrency_for(staff, count)) == (workers, workers)
    assert shortages(staff, count, workers, ROLES) == ()
    assert shortages(staff, count, workers + 1, ROLES) != ()


@pytest.mark.parametrize(
    ("staff", "count", "expected"),
    [
        (AvailableUsers(), NeededUsers(ordinary=1), (0, 1)),
        (AvailableUsers(4), NeededUsers(), (4, 4)),
        (AvailableUsers(4), NeededUsers(ordinary=1), (4, 4)),
        (AvailableUsers(4), NeededUsers(ordinary=2), (2, 2)),
        # One class takes the same project each time; of two nobody knows which.
        (AvailableUsers(4, companions={"reader": 1}), NeededUsers(ordinary=2, companions=("reader",)), (1, 1)),
        (AvailableUsers(4, companions={"reader": 3}), NeededUsers(ordinary=1, companions=("reader",)), (3, 3)),
        # Rule 3: where there is no administrator at all, fewer classes at a time are no help.
        (AvailableUsers(4), NeededUsers(ordinary=1, admins=1), (0, 4)),
        (AvailableUsers(4, admins=1), NeededUsers(ordinary=1, admins=1), (1, 1)),
        (AvailableUsers(4), NeededUsers(ordinary=1, companions=("reader",)), (0, 4)),
    ],
)
def test_how_many_classes_find_their_users(
    staff: AvailableUsers, count: NeededUsers, expected: tuple[int, int]
) -> None:
    assert (max_concurrency(staff, count), concurrency_for(staff, count)) == expected


def test_what_is_missing_is_said() -> None:
    assert shortages(AvailableUsers(1), NeededUsers(2, 1, 1, ("reader",)), 2, ROLES) == (
        "2 classes at a time need 4 ordinary users in separate projects, and only 1 can be used",
        "2 classes at a time need 2 users with the role ResellerAdmin, and none can be used",
        "2 classes at a time need 2 administrators, and none can be used",
        "1 of 1 project has no user with only the role reader",
    )
    assert shortages(AvailableUsers(1), NeededUsers(2), 1, ROLES) == (
        "one class needs 2 ordinary users in separate projects, and only 1 can be used",
    )


def test_users_without_roles_are_ordinary_and_readers_managers_and_those_of_the_system_are_not() -> None:
    def user(name: str, *roles: str, project: str = "", **document: str) -> Account:
        return Account(name, project, roles, (), {**document})

    users = [
        user("a"), user("b", "member", "reader", project="p"), user("c", "member", "reader", project="p"),
        user("d", "Reader", "manager", project="a"), user("e", "member", system="all"),
        user("f", "reader", project="x"), user("g", "ADMIN"), user("h", "ResellerAdmin"),
    ]  # fmt: skip
    assert staff_of(users) == AvailableUsers(2, 1, 1, {"reader": 2, "manager": 1})
