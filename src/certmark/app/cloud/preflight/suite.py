"""The suite, as the doctor looks at it: is it there, has it the tests, and what do they need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from certmark.cloud.doctor.kinds import FATAL, NOTE, found
from certmark.cloud.needs import Needs, guessed_needs, needs_of
from certmark.domain.accounts_enough import Staff, at_once
from certmark.domain.health import CloudFinding
from certmark.domain.identity import split
from certmark.domain.phrases import counted, some
from certmark.domain.programs import AskedTest
from certmark.domain.surveys import Survey
from certmark.places import cache_home
from certmark.runner.environments import InstallProgress
from certmark.runner.selection import choose
from certmark.runner.suites import InstalledSuite, Suite, SuiteError, install, plugins_for
from certmark.runner.surveying import survey


class SeenSuite(NamedTuple):
    """What is known of the suite; `survey` is None where nobody may look or nothing can be seen."""

    version: str | None
    survey: Survey | None
    findings: tuple[CloudFinding, ...] = ()


class _NotHere(Exception):
    """The suite would have to be installed, and nobody wants that now."""


def look_at_suite(
    suite: Suite,
    version: str | None,
    wheels: str | None,
    names: Iterable[str],
    tell: Callable[[str], None],
    *,
    may_install: bool,
) -> SeenSuite:
    """Install the suite if need be and allowed, and read its tests."""

    def hear(progress: InstallProgress) -> None:
        if progress.stage == "create" and not may_install:
            raise _NotHere
        tell(progress.sentence)

    cache = Path(cache_home())
    wanted = version or suite.default_version
    try:
        installed = install(
            suite, version, cache=cache, wheels=Path(wheels) if wheels else None, on_event=hear,
            plugins=plugins_for(suite, names),
        )  # fmt: skip
        return SeenSuite(installed.version, survey(installed, cache=cache, on_event=hear))
    except _NotHere:
        return SeenSuite(wanted, None, (_not_installed(suite, wanted),))
    except SuiteError as error:
        return SeenSuite(
            wanted, None,
            (found("suite-missing", str(error), where=suite.title, why="nothing can be run",
                   mend="name a --tempest version that fits the cloud, or give --wheels DIR"),),
        )  # fmt: skip


def _not_installed(suite: Suite, version: str) -> CloudFinding:
    return found(
        "suite", f"{suite.title} {version} is not installed yet; what tests need was told by their names",
        severity=NOTE, where=str(cache_home()), why="certmark run installs it first, which takes a package index "
        "and a minute", mend="certmark cloud doctor without --offline-suite installs it, and looks closer",
    )  # fmt: skip


def needs_from(
    seen: SeenSuite, asked: Sequence[AskedTest], options: Mapping[str, str], workers: int | None, staff: Staff | None
) -> tuple[Needs, tuple[CloudFinding, ...]]:
    """What the tests that are asked for need, and what the suite lacks of them.

    `workers` None: as many as a run takes on the accounts of `staff` (None: the suite makes its own).
    """
    needs, findings = _needs_from(seen, asked, options, workers or 1)
    if workers is None and staff is not None and needs.users is not None:
        needs = needs._replace(workers=at_once(staff, needs.users))
    return needs, findings


def _needs_from(
    seen: SeenSuite, asked: Sequence[AskedTest], options: Mapping[str, str], workers: int
) -> tuple[Needs, tuple[CloudFinding, ...]]:
    names = [test.name for test in asked]
    if seen.survey is None or not seen.survey.tests:
        return guessed_needs(names, options, version=seen.version, workers=workers), seen.findings
    selection = choose(asked, [test.full_id for test in seen.survey.tests])
    needs = surveyed_needs(seen.survey, selection.full_ids, seen.version, options, workers)
    return needs, (*seen.findings, *suite_findings(seen, len(names), selection.missing, len(selection.full_ids)))


def surveyed_needs(
    read: Survey, full_ids: Iterable[str], version: str | None, options: Mapping[str, str], workers: int
) -> Needs:
    """What these tests need, as their own code says."""
    wanted = {split(full).name for full in full_ids}
    tests = [test for test in read.tests if split(test.full_id).name in wanted]
    if not read.is_described:
        return guessed_needs(sorted(wanted), options, version=version, workers=workers)
    return needs_of(tests, options, version=version, workers=workers)


def suite_findings(seen: SeenSuite, asked: int, missing: Sequence[str], chosen: int) -> Iterable[CloudFinding]:
    """Whether the suite has what is asked for."""
    name = f"the suite {seen.version}" if seen.survey is None else f"{seen.survey.suite} {seen.version}"
    if not chosen:
        yield found(
            "suite-lacks", f"{name} has none of the {asked} tests that are asked for", severity=FATAL, where=name,
            why="nothing can be run", mend="name the right suite or version with --tempest", tests=asked,
        )  # fmt: skip
    elif missing:
        yield found(
            "suite-lacks", f"{name} lacks {counted(len(missing), 'test')}: {some(list(missing))}", where=name,
            why="they cannot pass", mend="take a --tempest version of the guideline's time, or wait for its next one",
            tests=len(missing),
        )  # fmt: skip
    else:
        yield found("suite", f"{name} has all {asked} tests that are asked for")


def survey_of(installed: InstalledSuite) -> Survey | None:
    """What an installed suite's code says, None where it cannot be read: a run does not depend on it."""
    try:
        return survey(installed, cache=Path(cache_home()))
    except SuiteError:
        return None
