"""What the tests that a person names ask for, as far as users go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from certmark.app.inputs.guidelines import Remarks, asked_tests, guideline_of, program_of
from certmark.app.inputs.suites import installed_for
from certmark.cloud.discovery.discover import Discovered
from certmark.domain.accounts_needed import ADMIN, OPERATOR, RESELLER, UserDemand, counted_of
from certmark.domain.errors import CannotProceed
from certmark.domain.identity import class_of, split
from certmark.domain.phrases import counted
from certmark.domain.remarks import Listener
from certmark.domain.surveys import SurveyedTest
from certmark.places import cache_home
from certmark.runner.selection import choose
from certmark.runner.suites import load_suite, release_for
from certmark.runner.surveying import survey

_OPERATORS = ("SwiftOperator", "swiftoperator", "objectstore_operator", "object-storage-operator", "member")
_STACK_OWNER = "orchestration.stack_owner_role"


@dataclass(frozen=True, kw_only=True)
class AccountsFor:
    """For whom accounts are: a cloud, and tests of a suite."""

    os_cloud: str | None
    """An entry of clouds.yaml; None: as OS_* say."""
    guideline: str | None = None
    """A file, or the id of one that ships along; None: the shipped one that has the program."""
    program: str | None = None
    """Its name or a part of it; None: the only one."""
    levels: str = "required"
    """Whose tests, with commas between."""
    flagged: bool = False
    suite: str = "tempest"
    """Its name, or a file that describes another one."""
    tempest: str | None = None
    """A version of the suite, a source tree or an environment; None: what fits the cloud."""
    wheels: str | None = None
    """A folder to install the suite from; None: an index."""
    roles: Mapping[str, str]
    """`section.option` -> what the cloud calls that role."""


def users_asked_for(
    request: AccountsFor, found: Discovered, known_roles: Iterable[str], listen: Listener
) -> UserDemand:
    """What the tests that are meant ask for; the suite is installed if need be, with a remark for each step.

    Raises InvalidRequest, FormatError, SuiteError or CannotProceed.
    """
    guideline = guideline_of(request.guideline, request.program, listen, remarks=Remarks.NONE)
    program = program_of(guideline, request.program)
    wanted = asked_tests(guideline, program, request.levels, flagged=request.flagged)
    suite = load_suite(request.suite)
    release = release_for(suite, found.signs)
    version = request.tempest or (release.version if release is not None else None)
    installed = installed_for(suite, version, request.wheels, [test.name for test in wanted], listen)
    known = survey(installed, cache=Path(cache_home()))
    if not known.is_described:
        raise CannotProceed(f"{suite.title} does not tell which users its tests act as; write its accounts yourself")
    chosen = set(choose(wanted, [test.full_id for test in known.tests]).full_ids)
    tests = [test for test in known.tests if test.full_id in chosen]
    if not tests:
        raise CannotProceed(f"{suite.title} {known.version} has none of the tests that are asked for")
    roles = _roles(request, found, known_roles)
    classes = {class_of(split(test.full_id).name) for test in tests}
    what = (
        f"{program.name} of {guideline.id}: {counted(len(tests), 'test')} "
        f"in {counted(len(classes), 'class', 'classes')} of {suite.title} {known.version}"
    )
    return UserDemand(what, frozenset(classes), _services(tests), counted_of(tests, roles), roles)


def _services(tests: Iterable[SurveyedTest]) -> frozenset[str]:
    return frozenset(service for test in tests for service in test.services)


def _roles(request: AccountsFor, found: Discovered, known: Iterable[str]) -> dict[str, str]:
    """A person's word, else clouds.yaml's, else a role of the cloud that is usual for it."""
    names = {*known, *found.me.roles}
    usual = next((name for name in _OPERATORS if name in names), "member")
    owner = "heat_stack_owner" if "heat_stack_owner" in names else "member"
    roles = {OPERATOR: usual, RESELLER: "ResellerAdmin", ADMIN: "admin", _STACK_OWNER: owner}
    options = found.me.own.get("options")
    if isinstance(options, dict):
        roles |= {key: str(value) for key, value in options.items() if str(key).endswith("_role")}
    return roles | dict(request.roles)
