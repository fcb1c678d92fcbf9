"""tempest.conf and accounts.yaml in a run's own folder, with the origin of every line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from certmark.cloud.accounts_file import (
    Account,
    guessed_parallel,
    operator_role,
    read_accounts,
    shortcomings,
    write_accounts,
    write_secret,
)
from certmark.cloud.discovery.conf_files import SECRETS, read_conf, read_secrets, region_in
from certmark.cloud.discovery.discover import Discovered
from certmark.cloud.discovery.options import PLACES, Option, Origin, given_options, is_secret, merged, rendered, text_of
from certmark.cloud.errors import CloudError
from certmark.cloud.session import SignedInUser
from certmark.domain.advice import Action, Advice
from certmark.formats import run_folder

CONF, ACCOUNTS = run_folder.CONF, run_folder.ACCOUNTS
_GIVE = Advice(Action.NAME_ACCOUNTS)
_BUILD_SECONDS = 300
_DYNAMIC_AT_ONCE = 4
"""Classes at once where Tempest makes its own users: more only queue at Keystone."""


class Config(NamedTuple):
    """A suite's configuration in its folder."""

    folder: Path
    options: tuple[Option, ...]
    dynamic: bool
    """Whether the suite makes its own users with an administrator's account."""
    accounts: int
    """How many it was given; 0 where it makes its own."""
    parallel: int
    """How many classes can run at once, as long as nobody knows whom they act as."""
    cloud: str
    """Digest of the cloud's address and catalogue, or of the options that name it."""
    remarks: tuple[str, ...]

    def fingerprint(self, suite: str, version: str) -> str:
        """What two runs must share to be taken together: suite, cloud, options; no secrets, no places."""
        told = sorted(
            (option.key, option.value)
            for option in self.options
            if not option.secret and option.key not in PLACES and option.section != "DEFAULT"
        )
        return hashlib.sha256(json.dumps([suite, version, self.cloud, self.dynamic, told]).encode()).hexdigest()


class Plan(NamedTuple):
    """A suite's configuration before it is written."""

    options: tuple[Option, ...]
    users: tuple[Account, ...] | None
    """Whom the suite acts as; None where it makes its own users."""
    parallel: int
    remarks: tuple[str, ...]


def plan_config(
    discovered: Discovered,
    folder: Path,
    *,
    accounts: Path | None,
    admin: bool | None,
    workers: int,
    extra: Iterable[Option] = (),
    may_lack_users: bool = False,
) -> Plan:
    """What `write_config` would write into `folder`; nothing is. `extra` wins over everything found.

    With `may_lack_users` a cloud that is signed in to without a password costs a remark instead of
    a CloudError, and `users` is empty. Raises CloudError.
    """
    users = (
        _users_or_nobody(discovered.me, accounts, admin) if may_lack_users else _users(discovered.me, accounts, admin)
    )
    if users is None:
        who = _options_of_admin(discovered.me)
        capacity, remarks = _DYNAMIC_AT_ONCE, list[str]()
    else:
        role = _role(discovered, users)
        who = _options_of_accounts(folder, role)
        needed = role if discovered.has("object-store") else None
        capacity, remarks = guessed_parallel(users), shortcomings(users, workers, needed) if users else [_NOBODY]
    options = merged(
        _common(folder, discovered, dynamic=users is None), discovered.options, who, _own(discovered.me), extra
    )
    return Plan(options, users, capacity, (*discovered.remarks, *remarks))


def write_config(
    discovered: Discovered,
    folder: Path,
    *,
    accounts: Path | None,
    admin: bool | None,
    workers: int,
    overrides: Mapping[str, object] | None = None,
) -> Config:
    """Write tempest.conf, and accounts.yaml where users are given, into `folder` (made if need be).

    `accounts` is a file of users; else `certmark.accounts` of clouds.yaml; else, with `admin` (None:
    if the connection is an administrator's), Tempest makes users and removes them; else the
    connection's own user is the only one. `overrides` (`section.name`) win over everything found.
    Raises CloudError.
    """
    extra = given_options(overrides or {}, "the command line")
    plan = plan_config(discovered, folder, accounts=accounts, admin=admin, workers=workers, extra=extra)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if plan.users is not None:
        write_accounts(plan.users, folder / ACCOUNTS)
    write_secret(folder / CONF, rendered(plan.options))
    count = 0 if plan.users is None else len(plan.users)
    return Config(folder, plan.options, plan.users is None, count, plan.parallel, discovered.identity, plan.remarks)


def take_config(conf: Path, accounts: Path | None, folder: Path) -> Config:
    """A person's own tempest.conf, taken into a run's folder as it is but for places of files.

    `accounts` takes the place of its `test_accounts_file`. Raises CloudError.
    """
    secrets = read_secrets(conf.with_name(SECRETS))
    options = merged(read_conf(conf, secrets), secrets)
    known = {option.key: option.value for option in options}
    named = accounts or accounts_file_of(conf, known)
    users = read_accounts(named) if named is not None else None
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    places = [*_files(folder)]
    if users is not None:
        write_accounts(users, folder / ACCOUNTS)
        places += [Option("auth", "test_accounts_file", str(folder / ACCOUNTS), Origin.OURS, "a copy of the given one")]
        if accounts is not None:
            places.append(Option("auth", "use_dynamic_credentials", "false", Origin.GIVEN, "accounts were given"))
    options = merged(options, places)
    write_secret(folder / CONF, rendered(options))
    cloud = hashlib.sha256(json.dumps([known.get("identity.uri_v3"), region_in(known) or None]).encode()).hexdigest()
    capacity = guessed_parallel(users) if users is not None else _DYNAMIC_AT_ONCE
    return Config(folder, options, users is None, len(users or ()), capacity, cloud, ())


def accounts_file_of(conf: Path, options: Mapping[str, str]) -> Path | None:
    """The accounts file that a tempest.conf with these options names, from where the file lies."""
    named = options.get("auth.test_accounts_file")
    return None if not named else conf.parent / Path(named).expanduser()


def _users(me: SignedInUser, accounts: Path | None, admin: bool | None) -> tuple[Account, ...] | None:
    """The users to act as; None where the suite is to make its own."""
    if accounts is not None:
        return read_accounts(accounts)
    named = me.own.get("accounts")
    if isinstance(named, str) and admin is not True:
        return read_accounts(Path(me.config_folder or ".") / named)
    wanted = me.is_admin if admin is None else admin
    if not wanted:
        return _own_account(me)
    if not me.is_admin:
        raise CloudError(f"{me.user} is no administrator of {me.cloud} and cannot make users", _GIVE)
    if me.password is None:
        raise CloudError(
            f"the cloud {me.cloud} is signed in to without a password, which Tempest needs to make users", _GIVE
        )
    return None


def _own_account(me: SignedInUser) -> tuple[Account, ...]:
    """The connection's own user as the only account. Raises CloudError where it has no password."""
    if me.password is None:
        raise CloudError(f"the cloud {me.cloud} is signed in to without a password, which Tempest needs", _GIVE)
    entry: dict[str, Any] = {
        "username": me.user,
        "project_name": me.project,
        "password": me.password,
        "user_domain_name": me.user_domain,
        "project_domain_name": me.project_domain,
        "domain_name": me.user_domain,
        "roles": list(me.roles),
    }
    return (Account(me.user, me.project, me.roles, (), entry),)


def _users_or_nobody(me: SignedInUser, accounts: Path | None, admin: bool | None) -> tuple[Account, ...] | None:
    is_named = accounts is not None or isinstance(me.own.get("accounts"), str)
    return () if me.password is None and not is_named else _users(me, accounts, admin)


_NOBODY = (
    "accounts: the cloud is signed in to without a password, and Tempest needs users with one; "
    "name a file of accounts, or make them"
)


def _role(discovered: Discovered, users: Sequence[Account]) -> str | None:
    """The operator's role: a person's word, else what the accounts have."""
    own = discovered.me.own.get("options")
    named = own.get("object-storage.operator_role") if isinstance(own, dict) else None
    return str(named) if named else operator_role(users)


def _own(me: SignedInUser) -> tuple[Option, ...]:
    values = me.own.get("options") or {}
    if not isinstance(values, dict):
        raise CloudError("clouds.yaml: certmark.options is no list of `section.name: value`; mend it")
    return given_options(values, "clouds.yaml, certmark.options")


def _options_of_admin(me: SignedInUser) -> list[Option]:
    source = "the cloud's entry, an administrator's"
    named = {
        "admin_username": me.user,
        "admin_password": me.password or "",
        "admin_project_name": me.project,
        "admin_domain_name": me.user_domain,
        "admin_user_domain_name": me.user_domain,
        "admin_project_domain_name": me.project_domain,
    }
    options = [
        Option("auth", name, value, Origin.GIVEN, source, secret=is_secret(name)) for name, value in named.items()
    ]
    return [Option("auth", "use_dynamic_credentials", "true", Origin.CHOSEN, "an administrator's account"), *options]


def _options_of_accounts(folder: Path, role: str | None) -> list[Option]:
    options = [
        Option("auth", "use_dynamic_credentials", "false", Origin.CHOSEN, "users are given"),
        Option("auth", "test_accounts_file", str(folder.absolute() / ACCOUNTS), Origin.OURS, "a copy of the given one"),
    ]
    if role is not None:
        options.append(Option("object-storage", "operator_role", role, Origin.CHOSEN, "a role that the accounts have"))
    return options


def _files(folder: Path) -> list[Option]:
    place = folder.absolute()
    return [
        Option("oslo_concurrency", "lock_path", str(place / "locks"), Origin.OURS, "locks of this run only"),
        Option("DEFAULT", "log_file", str(place / "tempest.log"), Origin.OURS, "beside the configuration"),
        Option("DEFAULT", "use_stderr", "false", Origin.OURS, "the terminal is for progress"),
    ]


def _common(folder: Path, discovered: Discovered, *, dynamic: bool) -> Iterable[Option]:
    yield from _files(folder)
    yield Option("DEFAULT", "debug", "true", Origin.OURS, "request ids stand in debug lines only")
    yield Option("auth", "tempest_roles", "member", Origin.ASSUMED, "the default role since 2018")
    isolated = dynamic and discovered.has("network")
    yield Option(
        "auth", "create_isolated_networks", text_of(isolated), Origin.CHOSEN, "users of its own, and a network service"
    )
    yield Option(
        "service-clients", "http_timeout", "60", Origin.OURS, "an endpoint that hangs must cost a test, not the run"
    )
    for section in ("compute", "image", "network", "volume"):
        yield Option(section, "build_timeout", str(_BUILD_SECONDS), Origin.OURS, "longer is broken")
    yield Option("validation", "run_validation", "false", Origin.ASSUMED, "no image is known to let anybody log in")
