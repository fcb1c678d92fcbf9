"""Accounts tried out: each signs in, and looks at what tests will need of its project. Nothing is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from certmark.cloud.accounts import Account
from certmark.cloud.accounts_access import Access, Where, sign_in
from certmark.cloud.errors import CloudError
from certmark.cloud.service import Unanswered
from certmark.domain.accounts_needed import ADMIN, MEMBER, RESELLER, Count

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


def try_out(accounts: Sequence[Account], where: Where, count: Count, roles: Mapping[str, str]) -> tuple[Tried, ...]:
    """Every account, side by side; `count` is what the tests need, `roles` names the cloud's roles."""
    with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="sign-in") as pool:
        return tuple(pool.map(lambda account: _tried(account, where, count, roles), accounts))


def _tried(account: Account, where: Where, count: Count, roles: Mapping[str, str]) -> Tried:
    try:
        access = sign_in(account, where)
    except CloudError as error:
        return Tried(account, str(error))
    held = {role.lower() for role in access.roles}
    faults = [f"the file says that it has the role {role}, and it has not" for role in account.roles
              if role.lower() not in held]  # fmt: skip
    if is_ordinary(account):
        faults += [f"it lacks the role {role}" for role in (MEMBER, *count.roles)
                   if role.lower() not in held and role not in account.roles]  # fmt: skip
        faults += _project_faults(access, account, owns=bool(count.resellers or count.roles))
    if account.is_reseller and roles.get(RESELLER, "ResellerAdmin").lower() not in held:
        faults.append(f"it lacks the role {roles.get(RESELLER, 'ResellerAdmin')}")
    if account.is_admin and roles.get(ADMIN, "admin").lower() not in held:
        faults.append(f"it lacks the role {roles.get(ADMIN, 'admin')}")
    return Tried(account, None, access.roles, access.project_id, tuple(dict.fromkeys(faults)))


def is_ordinary(account: Account) -> bool:
    """Whether Tempest may take it for an ordinary user."""
    return not (account.is_admin or account.is_reseller or {*map(str.lower, account.roles)} <= {"reader", "manager"})


def _project_faults(access: Access, account: Account, *, owns: bool) -> list[str]:
    faults = []
    try:
        if owns and access.has("object-store") and not access.ask("HEAD", "object-store", "").is_ok:
            faults.append("it may not own containers")
        for service, path, way, numbers in _QUOTAS:
            if access.has(service):
                faults += _zeroes(access, service, path, way, numbers)
        faults += _network_faults(access, account)
    except Unanswered as error:
        faults.append(str(error))
    return faults


def _zeroes(access: Access, service: str, path: str, way: tuple[str, ...], numbers: Mapping[str, str]) -> list[str]:
    in_url = access.project_id in (access.url(service) or "")
    path = path.replace("/{project}", "", 1) if in_url and path.startswith("/{project}") else path
    found: Any = access.ask("GET", service, path.replace("{project}", access.project_id)).body
    for key in way:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        return []
    return [f"its project's quota of {what} is 0" for what, key in numbers.items() if found.get(key) == 0]


def _network_faults(access: Access, account: Account) -> list[str]:
    """The network that the file names for it must be there."""
    resources = account.document.get("resources")
    named = resources.get("network") if isinstance(resources, dict) else None
    if not named or not access.has("network"):
        return []
    names = {str(one.get("name")) for one in access.all("network", "/networks?fields=name", "networks")[1]}
    return [] if str(named) in names else [f"it sees no network {named}"]


def shortages(tried: Sequence[Tried], count: Count, workers: int | None, roles: Mapping[str, str]) -> list[str]:
    """What is missing of all of them together for `workers` classes at a time (None: for one)."""
    wanted = workers or 1
    good = [one for one in tried if one.problem is None]
    ordinary = [one for one in good if is_ordinary(one.account)]
    projects = Counter(one.project_id for one in ordinary)
    found = [
        f"{times} ordinary users share the project {_name(ordinary, project)}; give each its own"
        for project, times in projects.items()
        if times > 1
    ]
    found += _short("ordinary users of a project of their own", len(projects), wanted * count.ordinary, wanted)
    for role in count.companions:
        held = {one.project_id for one in good if [*map(str.lower, one.account.roles)] == [role]}
        short = [project for project in projects if project not in held]
        if short and len(projects) - len(short) < wanted * count.ordinary:
            found.append(f"{len(short)} of {len(projects)} projects have no user with the role {role} only")
    resellers = sum(one.account.is_reseller for one in good)
    admins = sum(one.account.is_admin for one in good)
    found += _short(
        f"users with the role {roles.get(RESELLER, 'ResellerAdmin')}", resellers, wanted * count.resellers, wanted
    )
    return found + _short("administrators", admins, wanted * count.admins, wanted)


def _short(what: str, have: int, need: int, workers: int) -> list[str]:
    if have >= need:
        return []
    times = "one class" if workers == 1 else f"{workers} classes"
    return [f"{times} at a time take{'s' if workers == 1 else ''} {need} {what}, and {have} can be used"]


def _name(tried: Sequence[Tried], project: str) -> str:
    return next((one.account.project for one in tried if one.project_id == project), project)


def possible(tried: Sequence[Tried], count: Count) -> int:
    """How many classes at a time the accounts that work are enough for."""
    good = [one for one in tried if one.problem is None]
    projects = len({one.project_id for one in good if is_ordinary(one.account)})
    pairs = (
        (projects, count.ordinary),
        (sum(one.account.is_reseller for one in good), count.resellers),
        (sum(one.account.is_admin for one in good), count.admins),
    )
    return min((have // need for have, need in pairs if need), default=len(good))
