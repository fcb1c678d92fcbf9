"""How many classes of a run its accounts are enough for, by what the classes declare."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from certmark.cloud.accounts import parallel, read_accounts
from certmark.cloud.places import cache_home
from certmark.cloud.tempest_conf import ACCOUNTS, Config
from certmark.domain.accounts_needed import counted
from certmark.domain.identity import class_of, split
from certmark.runner.suites import InstalledSuite, Kind, SuiteError
from certmark.runner.surveying import survey


def capacity_of(installed: InstalledSuite, config: Config, full_ids: Iterable[str]) -> int:
    """Classes at a time for the tests of these ids; where the suite does not tell whom they act as, a guess."""
    if not config.accounts or installed.suite.kind is not Kind.UNITTEST:
        return config.parallel
    try:
        known = survey(installed, cache=Path(cache_home()))
    except SuiteError:
        return config.parallel  # listing it worked, so it can be run; who its users are is not known
    chosen = {split(full).name for full in full_ids}
    options = {option.key: option.value for option in config.options}
    tests = {split(test.full_id).name: test.credentials for test in known.tests}
    count = counted({class_of(name): tests[name] for name in chosen & tests.keys()}, options)
    users = read_accounts(config.folder / ACCOUNTS)
    return parallel(users, count.ordinary) if count.ordinary else config.parallel
