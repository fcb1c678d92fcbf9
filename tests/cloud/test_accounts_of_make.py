"""Accounts that are made for N classes of a program are enough for N classes: for check, doctor and run alike."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from certmark.cloud.accounts.checking import Tried, shared_projects, staff_of_tried
from certmark.cloud.accounts.making import documents
from certmark.cloud.accounts_file import Account, read_accounts
from certmark.cloud.discovery.options import Option, Origin
from certmark.cloud.discovery.tempest_conf import Config
from certmark.cloud.doctor.accounts import SignedIn, judge_people
from certmark.cloud.needs import needs_of
from certmark.domain.accounts_needed import ADMIN, OPERATOR, RESELLER, counted_of, needed
from certmark.domain.capacity import max_concurrency, shortages
from certmark.domain.surveys import Credential, Survey, SurveyedTest
from certmark.runner import accounts as run_accounts
from certmark.runner.accounts import capacity_of
from certmark.runner.suites import InstalledSuite, load_suite

ROLES = {OPERATOR: "SwiftOperator", RESELLER: "ResellerAdmin", ADMIN: "admin"}
PRIMARY, ALT, READER, MANAGER = map(Credential, ("primary", "alt", "project_reader", "project_manager"))
OWNER, OTHER = (Credential(kind, (f"{{{OPERATOR}}}",)) for kind in ("operator", "operator_alt"))
RESELLS = Credential("reseller", (f"{{{RESELLER}}}",))
PROGRAMS = {
    "object": ((OWNER,), (OWNER, OTHER), (OWNER, RESELLS)),
    "compute": ((PRIMARY,), (PRIMARY, READER)),
    "compute with administrators": ((PRIMARY, READER), (PRIMARY, Credential("admin"))),
    "platform": ((PRIMARY, READER), (PRIMARY, ALT, READER), (OWNER, OTHER, RESELLS), (PRIMARY, MANAGER)),
}


def of(program: str) -> list[SurveyedTest]:
    """Its tests, as they are surveyed."""
    return [SurveyedTest(f"tempest.api.C{n}.test_it[id-{n}]", team) for n, team in enumerate(PROGRAMS[program])]


def made(program: str, workers: int, path: Path) -> tuple[Account, ...]:
    """What `make -j workers` writes."""
    wanted = needed(counted_of(of(program), ROLES), workers, "t", ROLES)
    path.write_text(yaml.safe_dump(documents(wanted, "Default", None)), encoding="utf-8")
    return read_accounts(path)


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("program", PROGRAMS)
def test_what_is_made_is_enough(program: str, workers: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tests = of(program)
    accounts = made(program, workers, tmp_path / "accounts.yaml")
    count = counted_of(tests, ROLES)

    # certmark cloud accounts check
    tried = [Tried(account, None, account.roles, account.place) for account in accounts]
    staff = staff_of_tried(tried)
    assert (shared_projects(tried), shortages(staff, count, workers, ROLES)) == ([], ())
    assert max_concurrency(staff, count) == workers

    # certmark cloud doctor
    people = [SignedIn(account, account.username, account.place, account.roles) for account in accounts]
    needs = needs_of(tests, ROLES, version="47.0.0", workers=workers)
    (finding,) = judge_people(people, needs, ROLES)
    at_once = "1 class" if workers == 1 else f"{workers} classes"
    assert finding.id == "accounts"
    assert finding.what == f"{len(accounts)} accounts sign in, enough for {at_once} at a time".replace(
        "1 accounts sign", "1 account signs"
    )
    (finding,) = judge_people(people, needs._replace(workers=workers + 1), ROLES)
    assert finding.id == "accounts-few"

    # certmark run
    monkeypatch.setattr(run_accounts, "survey", lambda *_, **__: Survey("tempest", "47.0.0", tuple(tests)))
    installed = InstalledSuite(load_suite("tempest"), "47.0.0", tmp_path, tmp_path, {}, tmp_path)
    named = [(*key.split("."), value) for key, value in ROLES.items()]
    options = tuple(Option(section, name, value, Origin.CHOSEN, "") for section, name, value in named)
    config = Config(tmp_path, options, dynamic=False, accounts=len(accounts), parallel=1, cloud="c", remarks=())
    capacity = capacity_of(installed, config, [test.full_id for test in tests])
    assert (capacity.most, capacity.shortages(workers)) == (workers, ())
    assert capacity.shortages(workers + 1) != ()
    assert capacity.workers(100) == workers
