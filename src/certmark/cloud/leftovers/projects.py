"""Through whose eyes a cloud is looked at: a connection's user, a file of accounts, or a run's own users."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from certmark.cloud.accounts_file import Account, read_accounts
from certmark.cloud.authentication import SignedInAccount, sign_in, sign_in_once
from certmark.cloud.catalogue import interfaces_of
from certmark.cloud.client import Client, CloudAddress
from certmark.cloud.discovery.conf_files import read_conf, region_in
from certmark.cloud.discovery.tempest_conf import ACCOUNTS, CONF
from certmark.cloud.errors import CloudError
from certmark.cloud.leftovers.inventory import OpenedProject
from certmark.domain.advice import Action, Advice
from certmark.domain.leftovers import PREFIX

_AT_ONCE = 8
_LOG = "tempest.log"
_LONGEST = 1 << 20


class OpenedProjects(NamedTuple):
    """Who could be signed in."""

    parties: tuple[OpenedProject, ...]
    problems: tuple[str, ...]
    """A sentence for each user who could not."""


def parties_of(
    accounts: Sequence[Account],
    address: CloudAddress,
    *,
    is_shared: bool | None = None,
    known: Collection[SignedInAccount] = (),
) -> OpenedProjects:
    """Every account, signed in; a single one may share its project with people, several are there for tests.

    `is_shared` says which of both they are; None: by their number. Those of `known` are signed in already.
    """
    with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="sign-in") as pool:
        found = list(pool.map(lambda account: _signed_in(account, address, known), accounts))
    is_shared = len(accounts) == 1 if is_shared is None else is_shared
    parties = [
        OpenedProject(client, is_exclusive=not (is_shared or account.is_admin))
        for account, client in zip(accounts, found, strict=True)
        if isinstance(client, Client)
    ]
    return OpenedProjects(tuple(parties), tuple(problem for problem in found if isinstance(problem, str)))


def _signed_in(account: Account, address: CloudAddress, known: Collection[SignedInAccount]) -> Client | str:
    try:
        return sign_in_once(account, address, known)
    except CloudError as error:
        return str(error)


def parties_of_run(
    configuration: Path, users: Sequence[Account] | None = None, *, known: Collection[SignedInAccount] = ()
) -> OpenedProjects:
    """The users of a run (some of them, or all), by the configuration in its folder. Raises CloudError.

    Those of `known` are signed in already.
    """
    options = {option.key: option.value for option in read_conf(configuration / CONF)}
    address = _address(options)
    if options.get("auth.use_dynamic_credentials", "true").lower() not in {"true", "1", "yes", "on"}:
        everybody = read_accounts(configuration / ACCOUNTS)
        return parties_of(everybody if users is None else users, address, is_shared=len(everybody) == 1, known=known)
    admin = _admin(options)
    if admin is None:
        raise CloudError("the run's configuration names no user", Advice(Action.NAME_CLOUD))
    return OpenedProjects((OpenedProject(sign_in(admin, address), is_wide=True),), ())


def user_of_run(configuration: Path, accounts: Sequence[Account]) -> tuple[Account, CloudAddress]:
    """An ordinary user of a run (one of its `accounts`, else whom its configuration names), and where the cloud is.

    Raises CloudError.
    """
    options = {option.key: option.value for option in read_conf(configuration / CONF)}
    account = next((one for one in accounts if one.is_ordinary), next(iter(accounts), None)) or _admin(options)
    if account is None:
        raise CloudError("the run's configuration names no user", Advice(Action.NAME_CLOUD))
    return account, _address(options)


def names_in_log(configuration: Path, prefix: str = PREFIX) -> frozenset[str] | None:
    """Names with the suite's prefix that the run's log mentions; None where there is no log."""
    pattern = re.compile(re.escape(prefix.encode()) + rb"[A-Za-z0-9_-]{1,200}")
    found: set[bytes] = set()
    try:
        with (configuration / _LOG).open("rb") as file:
            for line in iter(lambda: file.readline(_LONGEST), b""):
                found.update(pattern.findall(line))
    except OSError:
        return None
    return frozenset(name.decode() for name in found)


def _admin(options: dict[str, str]) -> Account | None:
    words = {key: options.get(f"auth.admin_{key}", "") for key in ("username", "password", "project_name")}
    if not all(words.values()):
        return None
    usual = options.get("auth.admin_domain_name", "Default")
    domains = {key: options.get(f"auth.admin_{key}", usual) for key in ("user_domain_name", "project_domain_name")}
    document: dict[str, Any] = {**words, **domains}
    return Account(words["username"], words["project_name"], ("admin",), (), document)


def _address(options: dict[str, str]) -> CloudAddress:
    url = options.get("identity.uri_v3") or options.get("identity.uri")
    if not url:
        raise CloudError("the run's tempest.conf has no identity.uri_v3", Advice(Action.NAME_CLOUD))
    insecure = options.get("identity.disable_ssl_certificate_validation", "").lower() == "true"
    interfaces = interfaces_of(options.get("identity.v3_endpoint_type"))
    verify: bool | str = False if insecure else options.get("identity.ca_certificates_file") or True
    return CloudAddress(url, region_in(options), interfaces, verify)


def exclusive_of(parties: Iterable[OpenedProject]) -> frozenset[str]:
    """Ids of the projects that are there for tests only."""
    return frozenset(party.client.project_id for party in parties if party.is_exclusive)
