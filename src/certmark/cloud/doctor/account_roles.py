"""Which account a suite may take for which of its users, as Tempest chooses among those of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from certmark.cloud.accounts_file import Account
from certmark.cloud.needs import NeededUser

_PERSONAS = ("manager", "member", "reader")


def is_privileged(need: NeededUser, options: Mapping[str, str], admin: str) -> bool:
    """Whether it is an administrator's, or the object store's reseller's."""
    reseller = options.get("object-storage.reseller_admin_role", "ResellerAdmin")
    return bool({"admin", admin, reseller}.intersection(roles_of(need)))


def roles_of(need: NeededUser) -> tuple[str, ...]:
    """The roles that an account must have for it; none where any account will do."""
    if need.roles:
        return need.roles
    if need.kind in {"alt", "primary"}:
        return ()
    last = need.kind.rpartition("_")[2]
    return (last,) if last in {*_PERSONAS, "admin"} else ()


def can_be(account: Account, need: NeededUser, options: Mapping[str, str], admin: str) -> bool:
    """Whether the suite may take `account` for this kind of user, by what the file says of it (as the suite does)."""
    is_admin = admin.lower() in {role.lower() for role in account.roles} or "admin" in account.types
    roles = roles_of(need)
    asks_admin = admin in roles or "admin" in roles
    if is_admin != asks_admin:
        return False
    has = {*account.roles, *_of_types(account, options)} | ({admin, "admin"} if is_admin else set())
    scope = need.kind.partition("_")[0]
    if scope in {"system", "domain"} and scope != _scope(account):
        return False
    return set(roles) <= has


def _of_types(account: Account, options: Mapping[str, str]) -> set[str]:
    found_ = set()
    if "operator" in account.types:
        found_.add(options.get("object-storage.operator_role", "Member"))
    if "reseller_admin" in account.types:
        found_.add(options.get("object-storage.reseller_admin_role", "ResellerAdmin"))
    return found_


def _scope(account: Account) -> str:
    if account.project:
        return "project"
    return "system" if account.document.get("system") else "domain"


def is_staffed(
    team: Sequence[NeededUser],
    accounts: Sequence[Account],
    options: Mapping[str, str],
    admin: str,
    taken: tuple[tuple[NeededUser, Account], ...] = (),
) -> bool:
    """Whether each of the team finds an account that nobody else of it has taken."""
    if not team:
        return True
    need = team[0]
    return any(
        is_staffed(team[1:], accounts, options, admin, (*taken, (need, account)))
        for account in accounts
        if can_be(account, need, options, admin)
        and all(account is not other for _, other in taken)
        and all(account.project == other.project for mate, other in taken if _are_mates(need, mate))
    )


def _are_mates(one: NeededUser, other: NeededUser) -> bool:
    """Whether the suite looks for both in one project."""
    return all(
        need.kind == "primary" or need.kind in {f"project_{word}" for word in _PERSONAS} for need in (one, other)
    )
