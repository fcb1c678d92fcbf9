"""The suite before a run: is it there, has it the tests, and what do they need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from certmark.cloud.doctor.suite import judge_tests, missing_suite, uninstalled_suite
from certmark.cloud.needs import Needs, guessed_needs, needs_of
from certmark.domain.capacity import AvailableUsers, concurrency_for
from certmark.domain.health import CloudFinding
from certmark.domain.identity import split
from certmark.domain.programs import AskedTest
from certmark.domain.remarks import Listener, Remark
from certmark.domain.surveys import Survey
from certmark.places import cache_home
from certmark.runner.environments import InstallProgress
from certmark.runner.selection import choose
from certmark.runner.suites import InstalledSuite, Suite, SuiteError, install, plugins_for
from certmark.runner.surveying import survey


class SeenSuite(NamedTuple):
    """What is known of the suite; `survey` is None where nobody may look or nothing can be seen."""

    version: str
    survey: Survey | None
    findings: tuple[CloudFinding, ...] = ()


class _NotHere(Exception):
    """The suite would have to be installed, and nobody wants that now."""


def look_at_suite(
    suite: Suite, version: str | None, wheels: str | None, names: Iterable[str], listen: Listener, *, may_install: bool
) -> SeenSuite:
    """Install the suite if need be and allowed, with a remark for each step, and read its tests."""

    def hear(progress: InstallProgress) -> None:
        if progress.stage == "create" and not may_install:
            raise _NotHere
        listen(Remark(progress.sentence))

    cache = Path(cache_home())
    wanted = version or suite.default_version
    plugins = plugins_for(suite, names)
    place = Path(wheels) if wheels else None
    try:
        installed = install(suite, version, cache=cache, wheels=place, on_event=hear, plugins=plugins)
        return SeenSuite(installed.version, survey(installed, cache=cache, on_event=hear))
    except _NotHere:
        return SeenSuite(wanted, None, (uninstalled_suite(suite.title, wanted, str(cache)),))
    except SuiteError as error:
        return SeenSuite(wanted, None, (missing_suite(suite.title, str(error)),))


def survey_of(installed: InstalledSuite) -> Survey | None:
    """What an installed suite's code says, None where it cannot be read: a run does not depend on it."""
    try:
        return survey(installed, cache=Path(cache_home()))
    except SuiteError:
        return None


def needs_from(
    seen: SeenSuite,
    asked: Sequence[AskedTest],
    options: Mapping[str, str],
    workers: int | None,
    staff: AvailableUsers | None,
) -> tuple[Needs, tuple[CloudFinding, ...]]:
    """What the tests that are asked for need, and what the suite lacks of them.

    `workers` None: as many as a run takes on the accounts of `staff` (None: the suite makes its own).
    """
    names = [test.name for test in asked]
    findings = seen.findings
    full_ids: tuple[str, ...] = ()
    if seen.survey is not None and seen.survey.tests:
        selection = choose(asked, [test.full_id for test in seen.survey.tests])
        full_ids, name = selection.full_ids, f"{seen.survey.suite} {seen.version}"
        findings = (*findings, judge_tests(name, len(names), selection.missing, len(full_ids)))
    needs = needs_for(seen, names, full_ids, options, workers or 1)
    if workers is None and staff is not None and needs.users is not None:
        needs = needs._replace(workers=concurrency_for(staff, needs.users))
    return needs, findings


def needs_for(
    seen: SeenSuite, names: Sequence[str], full_ids: Iterable[str], options: Mapping[str, str], workers: int
) -> Needs:
    """What tests need: by their own code where it was read, else by their `names`."""
    if seen.survey is None or not seen.survey.tests:
        return guessed_needs(names, options, version=seen.version, workers=workers)
    wanted = {split(full).name for full in full_ids}
    if not seen.survey.is_described:
        return guessed_needs(sorted(wanted), options, version=seen.version, workers=workers)
    tests = [test for test in seen.survey.tests if split(test.full_id).name in wanted]
    return needs_of(tests, options, version=seen.version, workers=workers)
