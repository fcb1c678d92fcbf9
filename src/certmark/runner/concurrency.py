"""How many classes of a run its accounts are enough for, by what the classes declare."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from certmark.cloud.accounts_file import read_accounts, staff_of
from certmark.cloud.discovery.tempest_conf import ACCOUNTS, Config
from certmark.domain.accounts_needed import counted_of
from certmark.domain.capacity import Capacity, concurrency_for
from certmark.domain.identity import split
from certmark.places import cache_home
from certmark.runner.suites import InstalledSuite, SuiteError, SuiteKind
from certmark.runner.surveying import survey


def capacity_of(installed: InstalledSuite, config: Config, full_ids: Iterable[str]) -> Capacity:
    """Classes at a time for the tests of these ids; where the suite does not tell whom they act as, a guess."""
    guess = Capacity(config.parallel)
    if not config.accounts or installed.suite.kind is not SuiteKind.UNITTEST:
        return guess
    try:
        known = survey(installed, cache=Path(cache_home()))
    except SuiteError:
        return guess  # listing it worked, so it can be run; who its users are is not known
    if not known.is_described:
        return guess
    chosen = {split(full).name for full in full_ids}
    options = {option.key: option.value for option in config.options}
    count = counted_of((test for test in known.tests if split(test.full_id).name in chosen), options)
    staff = staff_of(read_accounts(config.folder / ACCOUNTS))
    return Capacity(concurrency_for(staff, count), staff, count)
