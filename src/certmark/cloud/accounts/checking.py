"""Accounts tried out: each signs in, and looks at what tests will need of its project. Nothing is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from certmark.cloud.accounts_file import Account, staff_of
from certmark.cloud.authentication import sign_in
from certmark.cloud.client import Client, CloudAddress
from certmark.cloud.errors import CloudError
from certmark.cloud.replies import Unanswered
from certmark.domain.accounts_needed import ADMIN, MEMBER, RESELLER, NeededUsers
from certmark.domain.capacity import AvailableUsers

_AT_ONCE = 8
_QUOTAS = (
    ("compute", "/limits", ("limits", "absolute"), {"servers": "maxTotalInstances"}),
    ("block-storage", "/{project}/limits", ("limits", "absolute"), {"volumes": "maxTotalVolumes"}),
    ("network", "/quotas/{project}", ("quota",), {"networks": "network", "ports": "port"}),
)
"""Service, path, where the answer has the numbers, and what they are called."""


class Tried(NamedTuple):
    """One account, tried out."""

    account: Account
    problem: str | None
    """Why it cannot sign in; None: it can."""
    roles: tuple[str, ...] = ()
    """As its token has them."""
    project_id: str = ""
    faults: tuple[str, ...] = ()
    """What is wrong with it, a sentence each."""

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.problem is None and not self.faults


class AccountsCheck(NamedTuple):
    """Accounts of a file, held against what tests need."""

    what: str
    """Which tests, in words."""
    tried: tuple[Tried, ...]
    missing: tuple[str, ...]
    """What is missing for all of them together, a sentence each."""
    most_workers: int
    """For how many classes at a time they are enough."""

    @property
    def is_well(self) -> bool:
        """Whether nothing is missing. No accounts are not enough."""
        return bool(self.tried) and not self.missing and all(one.is_well for one in self.tried)


def try_out(
    accounts: Sequence[Account], address: CloudAddress, count: NeededUsers, roles: Mapping[str, str]
) -> tuple[Tried, ...]:
    """Every account, side by side; `count` is what the tests need, `roles` names the cloud's roles."""
    with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="sign-in") as pool:
        return tuple(pool.map(lambda account: _try(account, address, count, roles), accounts))


def _try(account: Account, address: CloudAddress, count: NeededUsers, roles: Mapping[str, str]) -> Tried:
    try:
        client = sign_in(account, address)
    except CloudError as error:
        return Tried(account, str(error))
    held = {role.lower() for role in client.roles}
    faults = [f"the file says that it has the role {role}, and it has not" for role in account.roles
              if role.lower() not in held]  # fmt: skip
    if account.is_ordinary:
        faults += [f"it lacks the role {role}" for role in (MEMBER, *count.roles)
                   if role.lower() not in held and role not in account.roles]  # fmt: skip
        faults += _project_faults(client, account, owns=bool(count.resellers or count.roles))
    if account.is_reseller and roles.get(RESELLER, "ResellerAdmin").lower() not in held:
        faults.append(f"it lacks the role {roles.get(RESELLER, 'ResellerAdmin')}")
    if account.is_admin and roles.get(ADMIN, "admin").lower() not in held:
        faults.append(f"it lacks the role {roles.get(ADMIN, 'admin')}")
    return Tried(account, None, client.roles, client.project_id, tuple(dict.fromkeys(faults)))


def _project_faults(client: Client, account: Account, *, owns: bool) -> list[str]:
    faults = []
    try:
        if owns and client.has("object-store") and not client.ask("HEAD", "object-store", "").is_ok:
            faults.append("it may not own containers")
        for service, path, way, numbers in _QUOTAS:
            if client.has(service):
                faults += _zeroes(client, service, path, way, numbers)
        faults += _network_faults(client, account)
    except Unanswered as error:
        faults.append(str(error))
    return faults


def _zeroes(client: Client, service: str, path: str, way: tuple[str, ...], numbers: Mapping[str, str]) -> list[str]:
    found: Any = client.ask("GET", service, client.path(service, path)).body
    for key in way:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        return []
    return [f"its project's quota of {what} is 0" for what, key in numbers.items() if found.get(key) == 0]


def _network_faults(client: Client, account: Account) -> list[str]:
    """The network that the file names for it must be there."""
    resources = account.document.get("resources")
    named = resources.get("network") if isinstance(resources, dict) else None
    if not named or not client.has("network"):
        return []
    names = {str(one.get("name")) for one in client.all("network", "/networks?fields=name", "networks").items}
    return [] if str(named) in names else [f"it sees no network {named}"]


def staff_of_tried(tried: Sequence[Tried]) -> AvailableUsers:
    """How many users of each sort can be used."""
    return staff_of(one.account for one in tried if one.problem is None)


def shared_projects(tried: Sequence[Tried]) -> list[str]:
    """Ordinary users that stand in each other's way, a sentence for each project."""
    ordinary = [one for one in tried if one.problem is None and one.account.is_ordinary]
    projects = Counter(one.project_id for one in ordinary)
    return [
        f"{times} ordinary users share the project {_name(ordinary, project)}; give each its own"
        for project, times in projects.items()
        if times > 1
    ]


def _name(tried: Sequence[Tried], project: str) -> str:
    return next((one.account.project for one in tried if one.project_id == project), project)
