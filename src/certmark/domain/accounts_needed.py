"""Which accounts N classes at a time need, from what their code declares.

How Tempest takes users of accounts.yaml decides the rules (`preprov_creds` of Tempest 47):

1. A class holds its users until it ends; users of one class are told apart, so every credential of an ordinary
   kind (`primary`, `alt`, a list of roles) is a user of a project of its own.
2. `alt` is any user that is free and no administrator, in the order of the file; so ordinary users are all
   alike, have every role that any class asks for, and stand first.
3. N classes at a time: N times as many as the class that takes most; where fewer than N classes ask for a sort,
   that many times.
4. `project_reader`, `project_manager` and their like must share the project of the user that the class
   already holds; so where a class asks for one, every ordinary project has one.
5. Administrators, resellers and users of the whole system are counted apart; a reseller has no other role, or it
   would be taken for an ordinary user.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from certmark.domain.identity import class_of, split
from certmark.domain.surveys import Credential, SurveyedTest

MEMBER: Final = "member"
OPERATOR: Final = "object-storage.operator_role"
RESELLER: Final = "object-storage.reseller_admin_role"
ADMIN: Final = "identity.admin_role"
COMPANIONS: Final = ("reader", "manager")
"""Roles of users that share the project of an ordinary one."""
_WITH_NETWORKS: Final = frozenset({"compute", "network", "orchestration"})
_IN_NETWORKS: Final = ("tempest.api.compute", "tempest.api.network", "tempest.scenario")
_ORDINARY: Final = frozenset({"primary", "alt", "project_member", "project_alt_member"})


class WantedAccounts(NamedTuple):
    """One user to be made."""

    username: str
    project: str
    """Name; empty for a user of the whole system."""
    roles: tuple[str, ...]
    types: tuple[str, ...] = ()
    """Tempest's words for what its roles do not say by themselves."""
    purpose: str = ""
    """For people."""

    @property
    def is_system(self) -> bool:
        """Whether its roles are on the system and not in a project."""
        return not self.project


class NeededUsers(NamedTuple):
    """How many users of each sort one class, or all, may hold."""

    ordinary: int = 0
    admins: int = 0
    resellers: int = 0
    companions: tuple[str, ...] = ()
    """Roles of users that share the project of an ordinary one."""
    system: tuple[str, ...] = ()
    """Roles on the system."""
    roles: tuple[str, ...] = ()
    """Those of ordinary users beside `member`."""
    admin_roles: tuple[str, ...] = ()
    """Those of administrators beside theirs."""
    unknown: tuple[str, ...] = ()
    """Kinds that are not made here: of domains, and of what nobody has described."""
    reseller_classes: int = 0
    """How many classes ask for resellers: no more of them can run at a time. 0: nobody counted them."""
    admin_classes: int = 0
    """Likewise for administrators."""

    def resellers_for(self, workers: int) -> int:
        """Resellers for `workers` classes at a time (rule 3)."""
        return min(workers, self.reseller_classes or workers) * self.resellers

    def admins_for(self, workers: int) -> int:
        """Likewise administrators."""
        return min(workers, self.admin_classes or workers) * self.admins


class UserDemand(NamedTuple):
    """What tests ask for, as far as users go."""

    what: str
    """The program, the guideline, how many tests: in words."""
    classes: frozenset[str]
    """Names of the classes that the tests are in."""
    services: frozenset[str]
    """Tempest's words for the services that the tests use."""
    users: NeededUsers
    """How many of each sort the class that takes most takes."""
    roles: Mapping[str, str]
    """`section.option` -> what the cloud calls it."""

    @property
    def needs_networks(self) -> bool:
        """Whether tests want a network in their project."""
        return bool(self.services & _WITH_NETWORKS) or any(name.startswith(_IN_NETWORKS) for name in self.classes)


def counted_of(tests: Iterable[SurveyedTest], roles: Mapping[str, str]) -> NeededUsers:
    """As `counted`, of the classes that these tests are in."""
    return counted({class_of(split(test.full_id).name): test.credentials for test in tests}, roles)


def counted(classes: Mapping[str, tuple[Credential, ...]], roles: Mapping[str, str]) -> NeededUsers:
    """What the class that takes most of a sort takes; `roles` are names for `section.option`."""
    each = [_of_class(credentials, roles) for credentials in classes.values()]
    return NeededUsers(
        max((one.ordinary for one in each), default=0),
        max((one.admins for one in each), default=0),
        max((one.resellers for one in each), default=0),
        _merged(one.companions for one in each),
        _merged(one.system for one in each),
        _merged(one.roles for one in each),
        _merged(one.admin_roles for one in each),
        _merged(one.unknown for one in each),
        sum(one.resellers > 0 for one in each),
        sum(one.admins > 0 for one in each),
    )


def _merged(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({word for part in parts for word in part}))


def _of_class(credentials: Iterable[Credential], roles: Mapping[str, str]) -> NeededUsers:
    found: Counter[str] = Counter()
    words: dict[str, set[str]] = {key: set() for key in ("companions", "system", "roles", "admin_roles", "unknown")}
    for one in credentials:
        sort, more = _sort(one, roles)
        if sort in words:
            words[sort].add(more[0])
        else:
            found[sort] += 1
            words["admin_roles" if sort == "admins" else "roles"].update(more)
    # Rule 4: a class with a companion and nobody beside holds one project of its own.
    ordinary = found["ordinary"] or (1 if words["companions"] else 0)
    companions, system, more_roles, admin_roles, unknown = (tuple(sorted(value)) for value in words.values())
    return NeededUsers(
        ordinary, found["admins"], found["resellers"], companions, system, more_roles, admin_roles, unknown
    )


def _sort(  # noqa: PLR0911 - one line for each sort
    one: Credential, roles: Mapping[str, str]
) -> tuple[str, tuple[str, ...]]:
    """What a credential is counted as, and the roles that go with it."""
    named = tuple(roles.get(role.strip("{}"), role) if role.startswith("{") else role for role in one.roles)
    scope, _, role = one.kind.rpartition("_")
    if one.kind in _ORDINARY:
        return "ordinary", ()
    if one.kind.startswith("system_"):
        return "system", (role,)
    if one.kind.startswith("domain_"):
        return "unknown", (one.kind,)
    if scope == "project" and role in COMPANIONS and not one.roles:
        return "companions", (role,)
    if one.is_admin:
        return "admins", tuple(role for role in named if role != roles.get(ADMIN, "admin"))
    if f"{{{RESELLER}}}" in one.roles:
        return "resellers", ()
    return ("ordinary", tuple(role for role in named if role != MEMBER)) if named else ("unknown", (one.kind,))


def needed(
    count: NeededUsers, workers: int, tag: str, roles: Mapping[str, str], *, admin: bool = True
) -> tuple[WantedAccounts, ...]:
    """The users for `workers` classes at a time, in the order in which they stand in accounts.yaml."""
    prefix = f"certmark-{tag}"
    # Rules 2 and 3.
    ordinary = tuple(dict.fromkeys((MEMBER, *count.roles)))
    names = [f"{prefix}-user{number}" for number in range(1, workers * count.ordinary + 1)]
    found = [WantedAccounts(name, name, ordinary, (), "ordinary user") for name in names]
    # Rule 4.
    found += [
        WantedAccounts(f"{name}-{role}", name, (role,), (), f"{role} of the same project")
        for role in count.companions
        for name in names
    ]
    # Rule 5.
    found += [
        WantedAccounts(f"{prefix}-reseller{number}", f"{prefix}-reseller{number}",
               (roles.get(RESELLER, "ResellerAdmin"),),
               ("reseller_admin",), "administers object storage")
        for number in range(1, count.resellers_for(workers) + 1)
    ]  # fmt: skip
    if not admin:
        return tuple(found)
    administrators = tuple(dict.fromkeys((roles.get(ADMIN, "admin"), *count.admin_roles)))
    found += [
        WantedAccounts(
            f"{prefix}-admin{number}", f"{prefix}-admin{number}", administrators, ("admin",), "administrator"
        )
        for number in range(1, count.admins_for(workers) + 1)
    ]
    found += [
        WantedAccounts(f"{prefix}-system-{role}{number}", "", (role,), (), f"{role} of the whole system")
        for role in count.system
        for number in range(1, workers + 1)
    ]
    return tuple(found)


class MadeAccounts(NamedTuple):
    """One thing that was made for accounts, or was about to be."""

    kind: str
    """`project`, `user`, `network`, `subnet`, `router`."""
    name: str
    id: str | None
    """None: its making was begun, and nobody knows whether it came to be."""
    project: str = ""
    """Name of the project in which it is; empty for users and projects."""
    is_removed: bool = False


class AccountsRecord(NamedTuple):
    """Everything that was made for one file of accounts."""

    cloud: str
    tag: str
    domain: str
    """Id of the domain that everything is in."""
    begun: dt.datetime
    made: tuple[MadeAccounts, ...]
    is_finished: bool
    """Whether `make` came to its end."""

    def find(self, kind: str, name: str) -> MadeAccounts | None:
        """What the record says of one thing."""
        return next((one for one in self.made if one.kind == kind and one.name == name), None)

    @property
    def remaining(self) -> tuple[MadeAccounts, ...]:
        """What was not removed yet, the last made first."""
        return tuple(one for one in reversed(self.made) if not one.is_removed)
