"""Accounts of a file, tried out on a cloud and held against what tests need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from certmark.app.cloud.accounts.needs import AccountsFor, users_asked_for
from certmark.cloud.accounts.checking import AccountsCheck, shared_projects, staff_of_tried, try_out
from certmark.cloud.accounts_file import read_accounts
from certmark.cloud.discovery.discover import discover
from certmark.cloud.session import client_of, connect
from certmark.domain.capacity import max_concurrency, shortages
from certmark.domain.remarks import Listener, ignore


@dataclass(frozen=True, kw_only=True)
class CheckRequest:
    """Which accounts are checked, and for what."""

    file: Path
    """In Tempest's form."""
    wanted: AccountsFor
    workers: int | None = None
    """Classes at a time; None: one."""


def check_accounts(request: CheckRequest, listen: Listener = ignore) -> AccountsCheck:
    """Sign in as each, and count. Raises CloudError, SuiteError, InvalidRequest or what reading a guideline raises."""
    accounts = read_accounts(request.file)
    with connect(request.wanted.os_cloud) as connection:
        found = discover(connection, ())
        address = client_of(connection).address
    asked = users_asked_for(request.wanted, found, {role for account in accounts for role in account.roles}, listen)
    tried = try_out(accounts, address, asked.users, asked.roles)
    staff = staff_of_tried(tried)
    missing = (*shared_projects(tried), *shortages(staff, asked.users, request.workers or 1, asked.roles))
    return AccountsCheck(asked.what, tried, missing, max_concurrency(staff, asked.users))
