"""Which accounts N classes need, by what classes declare."""

from __future__ import annotations

from certmark.domain.accounts_needed import OPERATOR, RESELLER, NeededUsers, counted, needed
from certmark.domain.capacity import AvailableUsers, concurrency_for, max_concurrency, shortages
from certmark.domain.surveys import Credential

ROLES = {OPERATOR: "SwiftOperator", RESELLER: "ResellerAdmin", "identity.admin_role": "admin"}
PRIMARY, ALT, READER = Credential("primary"), Credential("alt"), Credential("project_reader")
OPERATORS = tuple(Credential(kind, (f"{{{OPERATOR}}}",)) for kind in ("operator", "operator_alt"))
RESELLERS = Credential("reseller", (f"{{{RESELLER}}}",))


def test_no_class_needs_no_account() -> None:
    assert needed(counted({}, ROLES), 4, "t", ROLES) == ()


def test_object_storage_needs_two_operators_and_a_reseller_a_class() -> None:
    count = counted({"A": OPERATORS, "B": (OPERATORS[0], RESELLERS)}, ROLES)
    assert count == NeededUsers(ordinary=2, resellers=1, roles=("SwiftOperator",), reseller_classes=1)
    assert [(one.username, one.roles) for one in needed(count, 1, "t", ROLES)] == [
        ("certmark-t-user1", ("member", "SwiftOperator")),
        ("certmark-t-user2", ("member", "SwiftOperator")),
        ("certmark-t-reseller1", ("ResellerAdmin",)),
    ]


def test_a_sort_that_few_classes_ask_for_is_needed_for_those_classes_only() -> None:
    count = counted({"A": OPERATORS, "B": (OPERATORS[0], RESELLERS), "C": (OPERATORS[0], RESELLERS)}, ROLES)
    assert [count.resellers_for(workers) for workers in (1, 2, 4)] == [1, 2, 2]
    staff = AvailableUsers(ordinary=8, resellers=2)
    assert (max_concurrency(staff, count), concurrency_for(staff, count)) == (4, 4)
    assert shortages(staff, count, 4, ROLES) == ()
    assert max_concurrency(AvailableUsers(ordinary=8, resellers=1), count) == 1


def test_readers_share_the_projects_of_ordinary_users() -> None:
    count = counted({"A": (PRIMARY, READER), "B": (PRIMARY, ALT)}, ROLES)
    found = needed(count, 2, "t", ROLES)
    assert [one.project for one in found if one.roles == ("reader",)] == [f"certmark-t-user{n}" for n in (1, 2, 3, 4)]


def test_ordinary_users_stand_first_for_alt_takes_the_first_that_is_free() -> None:
    classes = {"A": (PRIMARY, ALT, READER, Credential("admin"), RESELLERS, Credential("system_reader"))}
    purposes = list(dict.fromkeys(one.purpose for one in needed(counted(classes, ROLES), 2, "t", ROLES)))
    assert purposes[0] == "ordinary user"
    assert purposes[-2:] == ["administrator", "reader of the whole system"]


def test_administrators_can_be_left_out() -> None:
    count = counted({"A": (PRIMARY, Credential("admin"))}, ROLES)
    assert [one.username for one in needed(count, 1, "t", ROLES, admin=False)] == ["certmark-t-user1"]


def test_what_an_administrator_is_asked_for_beside_is_his() -> None:
    count = counted({"A": (PRIMARY, Credential("service_user", ("admin", "service")))}, ROLES)
    assert (count.admins, count.admin_roles) == (1, ("service",))


def test_users_of_domains_are_named_and_not_made() -> None:
    assert counted({"A": (Credential("domain_reader"),)}, ROLES) == NeededUsers(unknown=("domain_reader",))
