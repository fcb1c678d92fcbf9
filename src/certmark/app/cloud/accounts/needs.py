"""What the tests that a person names ask for, as far as users go."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from certmark.app.inputs.guidelines import asked_tests, program_of
from certmark.app.inputs.suites import installed_for
from certmark.cli.console import Console
from certmark.cli.errors import listener
from certmark.cloud.discovery.discover import Discovered
from certmark.domain.accounts_needed import ADMIN, OPERATOR, RESELLER, Count, counted_of
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.identity import class_of, split
from certmark.domain.surveys import Credential, Surveyed
from certmark.formats.guideline import DEFAULT, load
from certmark.places import cache_home
from certmark.runner.selection import choose
from certmark.runner.suites import load_suite, release_for
from certmark.runner.surveying import survey

_OPERATORS = ("SwiftOperator", "swiftoperator", "objectstore_operator", "object-storage-operator", "member")
_STACK_OWNER = "orchestration.stack_owner_role"


class Asked(NamedTuple):
    """What is asked for."""

    what: str
    """The program, the guideline, how many tests: in words."""
    classes: Mapping[str, tuple[Credential, ...]]
    services: frozenset[str]
    """Tempest's words for the services that the tests use."""
    users: Count
    """How many of each sort the class that takes most takes."""
    roles: Mapping[str, str]
    """`section.option` -> what the cloud calls it."""

    @property
    def needs_networks(self) -> bool:
        """Whether tests want a network in their project."""
        return bool(self.services & {"compute", "network", "orchestration"}) or any(
            name.startswith(("tempest.api.compute", "tempest.api.network", "tempest.scenario")) for name in self.classes
        )


def asked_for(args: argparse.Namespace, found: Discovered, known_roles: Iterable[str], console: Console) -> Asked:
    """What the tests that `args` select ask for. Raises SuiteError, InvalidRequest, CannotProceed."""
    guideline = load(args.guideline or DEFAULT)
    program = program_of(guideline, args.program)
    wanted = asked_tests(guideline, program, args.level, flagged=args.flagged)
    suite = load_suite(args.suite)
    release = release_for(suite, found.signs)
    version = args.tempest or (release.version if release is not None else None)
    installed = installed_for(suite, version, args.wheels, [test.name for test in wanted], listener(console))
    known = survey(installed, cache=Path(cache_home()))
    if not known.is_described:
        raise CannotProceed(f"{suite.title} does not tell which users its tests act as; write its accounts yourself")
    selection = choose(wanted, [test.full_id for test in known.tests])
    chosen = set(selection.full_ids)
    tests = [test for test in known.tests if test.full_id in chosen]
    if not tests:
        raise CannotProceed(f"{suite.title} {known.version} has none of the tests that are asked for")
    roles = _roles(args, found, known_roles)
    classes = {class_of(split(test.full_id).name): test.credentials for test in tests}
    what = (
        f"{program.name} of {guideline.id}: {len(tests)} tests in {len(classes)} classes "
        f"of {suite.title} {known.version}"
    )
    return Asked(what, classes, _services(tests), counted_of(tests, roles), roles)


def _services(tests: Iterable[Surveyed]) -> frozenset[str]:
    return frozenset(service for test in tests for service in test.services)


def _roles(args: argparse.Namespace, found: Discovered, known: Iterable[str]) -> dict[str, str]:
    """A person's word, else clouds.yaml's, else a role of the cloud that is usual for it."""
    names = {*known, *found.me.roles}
    usual = next((name for name in _OPERATORS if name in names), "member")
    owner = "heat_stack_owner" if "heat_stack_owner" in names else "member"
    roles = {OPERATOR: usual, RESELLER: "ResellerAdmin", ADMIN: "admin", _STACK_OWNER: owner}
    options = found.me.own.get("options")
    if isinstance(options, dict):
        roles |= {key: str(value) for key, value in options.items() if str(key).endswith("_role")}
    for word in args.role:
        key, equals, name = word.partition("=")
        if not equals or "." not in key or not name:
            raise InvalidRequest(f"--role takes SECTION.OPTION=NAME, such as {OPERATOR}=swiftoperator, not {word!r}")
        roles[key] = name
    return roles
