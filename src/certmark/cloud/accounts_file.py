"""accounts.yaml: the users that a suite may act as, where it may not make its own.

The format is Tempest's (docs.openstack.org/tempest/latest/configuration.html, pre-provisioned
credentials). Contents are secret: nothing here puts a password into a message.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from certmark.cloud.errors import CloudError
from certmark.domain.accounts_needed import COMPANIONS
from certmark.domain.capacity import AvailableUsers, are_enough_without

_LARGEST = 4 << 20
_USERS_A_CLASS = 2
"""Where nobody has read the tests: most classes of API tests act as two users of two projects at the most."""


class Account(NamedTuple):
    """One user in one project."""

    username: str
    project: str
    roles: tuple[str, ...]
    types: tuple[str, ...]
    document: dict[str, Any]
    """The entry as it came, for writing it again."""

    @property
    def is_reader(self) -> bool:
        """Whether it may only read."""
        return [role.lower() for role in self.roles] == ["reader"]

    @property
    def is_admin(self) -> bool:
        """Whether it is an administrator's."""
        return "admin" in {*map(str.lower, self.roles), *self.types}

    @property
    def is_reseller(self) -> bool:
        """Whether it is there for Swift's administration across projects."""
        return "reselleradmin" in {role.lower() for role in self.roles} or "reseller_admin" in self.types

    @property
    def is_ordinary(self) -> bool:
        """Whether a suite may take it for an ordinary user of a project."""
        roles = {role.lower() for role in self.roles}
        is_companion = bool(roles) and roles <= {*COMPANIONS}
        return not (self.is_admin or self.is_reseller or is_companion or self.is_system)

    @property
    def is_system(self) -> bool:
        """Whether its roles are on the whole system and not in a project."""
        return bool(self.document.get("system"))

    @property
    def place(self) -> str:
        """What tells its project from others in the file."""
        return self.project or self.username


def read_accounts(path: Path) -> tuple[Account, ...]:
    """The accounts in the file `path`. Raises CloudError."""
    import yaml

    try:
        with path.open("rb") as file:
            document = yaml.safe_load(file.read(_LARGEST))
    except OSError as error:
        raise CloudError(f"the accounts file {path.name} cannot be read: {error.strerror or error}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise CloudError(f"{path.name} is no YAML; it must be a list of accounts as Tempest has them") from error
    if not isinstance(document, list) or not document:
        raise CloudError(f"{path.name} holds no list of accounts; each has username, password and project_name")
    return tuple(_account(entry, f"{path.name}, account {number + 1}") for number, entry in enumerate(document))


def _account(entry: object, place: str) -> Account:
    if not isinstance(entry, dict):
        raise CloudError(f"{place} is no account: it must have username, password and project_name")
    missing = [key for key in ("username", "password") if not isinstance(entry.get(key), str | int)]
    if missing:
        raise CloudError(f"{place} has no {missing[0]}; add it")
    project = entry.get("project_name", entry.get("tenant_name", ""))
    return Account(
        str(entry["username"]), str(project), _words(entry, "roles", place), _words(entry, "types", place), entry
    )


def _words(entry: dict[str, Any], key: str, place: str) -> tuple[str, ...]:
    found = entry.get(key) or []
    if not isinstance(found, list):
        raise CloudError(f"{place}: its {key} are no list")
    return tuple(map(str, found))


def write_accounts(accounts: Sequence[Account], path: Path) -> None:
    """Write the accounts for a suite, readable by nobody else."""
    import yaml

    write_secret(path, yaml.safe_dump([account.document for account in accounts], sort_keys=False))


def write_secret(path: Path, text: str) -> None:
    """Write `text` whole or not at all, readable by nobody else (mode 0600 from its first byte)."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def guessed_parallel(accounts: Iterable[Account]) -> int:
    """How many classes can run at once where nobody knows whom they act as; else see `domain.capacity`."""
    return max(1, len({account.place for account in accounts if account.is_ordinary}) // _USERS_A_CLASS)


def staff_of(accounts: Iterable[Account]) -> AvailableUsers:
    """How many users of each sort the accounts are."""
    users = tuple(accounts)
    first = {account.place: account for account in reversed(users) if account.is_ordinary}
    mates = [account for account in users if first.get(account.place, account) is not account]
    companions = {role: len({mate.place for mate in mates if _has(mate, role)}) for role in COMPANIONS}
    admins = [user for user in users if user.is_admin and not user.is_system]
    return AvailableUsers(len(first), len(admins), sum(user.is_reseller for user in users), companions)


def can_do_without(everybody: Sequence[Account], rest: Sequence[Account]) -> bool:
    """Whether a run can do with the `rest` of its accounts (`domain.capacity`, rule 8), whose roles are no fewer."""
    roles, left = ({role for account in some for role in account.roles} for some in (everybody, rest))
    return roles == left and are_enough_without(staff_of(everybody), staff_of(rest))


def _has(account: Account, role: str) -> bool:
    return not account.is_admin and role in {word.lower() for word in account.roles}


def shortcomings(accounts: Sequence[Account], workers: int, operator_role: str | None) -> list[str]:
    """What will fail for want of accounts, whichever tests are run: a sentence each.

    What the tests that are to run need is not known here; `domain.capacity` judges by that.
    """
    found = []
    ordinary = staff_of(accounts).ordinary
    if ordinary < _USERS_A_CLASS:
        found.append("accounts: one project only; tests that need a second user of another project cannot pass")
    if workers > max(1, ordinary):
        found.append(f"accounts: {workers} classes at a time take {workers} ordinary users or more; given: {ordinary}")
    if operator_role is not None and operator_role not in {role for account in accounts for role in account.roles}:
        found.append(f"accounts: nobody has the role {operator_role}; tests of object storage fail in set-up")
    return found


def operator_role(accounts: Sequence[Account]) -> str | None:
    """The role that lets accounts own containers: an operator's, else member, else any that is no reader's.

    Swift asks for a role of its own; Ceph's gateway accepts whichever its operator names.
    """
    roles = list(dict.fromkeys(role for account in accounts if account.is_ordinary for role in account.roles))
    named = [role for role in roles if any(part in role.lower() for part in ("swift", "operator", "objectstore"))]
    members = [role for role in roles if role.lower() in {"member", "_member_"}]
    others = [role for role in roles if role.lower() not in {"reader", "manager"}]
    return next(iter([*named, *members, *others]), None)
