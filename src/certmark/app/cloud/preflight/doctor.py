"""The doctor by itself: everything that a run does before its first test, in a folder that goes away."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from certmark.app.cloud.preflight.before_run import demand_files
from certmark.app.cloud.preflight.examination import (
    connect_as_configured,
    examine_through,
    judge_examination,
    naming_of,
)
from certmark.app.cloud.preflight.suite import SeenSuite, look_at_suite, needs_from
from certmark.app.inputs.guidelines import Remarks, guideline_of, levels_of
from certmark.cloud.accounts_file import staff_of
from certmark.cloud.discovery.discover import Discovered, discover, services_of
from certmark.cloud.discovery.tempest_conf import Config, take_config, write_config
from certmark.cloud.doctor.by_configuration import NotDescribed
from certmark.cloud.doctor.examination import Examination
from certmark.cloud.doctor.machine import judge_machine, look_at_machine
from certmark.cloud.doctor.signing_in import finding_by_http, finding_of
from certmark.cloud.errors import CloudError
from certmark.cloud.session import address_of, connect
from certmark.cloud.timeouts import answer_seconds
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline, Program
from certmark.domain.health import CloudFinding, health_of
from certmark.domain.preflight import Diagnosis, ExaminationListener, ExaminationSubject, unwatched
from certmark.domain.programs import AskedTest, asked_at, find_program
from certmark.domain.remarks import Listener, ignore
from certmark.places import cache_home, state_home
from certmark.runner.suites import Suite, load_suite, release_for

if TYPE_CHECKING:
    from certmark.cloud.connection import Connection


class SuiteUse(Enum):
    """How the suite is looked at."""

    INSTALL = "install"
    """It is installed if need be."""
    IF_THERE = "if there"
    NEVER = "never"
    """The names of the tests tell what they need."""


@dataclass(frozen=True, kw_only=True)
class DoctorRequest:
    """Which cloud is examined, and for which tests."""

    os_cloud: str | None = None
    """An entry of clouds.yaml; None: as OS_* say."""
    tempest_conf: Path | None = None
    """A configuration of the person's own, in the place of a cloud's name."""
    accounts: Path | None = None
    """Users for the tests."""
    guideline: str | None = None
    program: str | None = None
    """None: every one for which the catalogue has the services."""
    levels: str = "required"
    """Whose tests, with commas between."""
    flagged: bool = False
    workers: int | None = None
    """Classes at a time; None: as many as a run would take."""
    tempest: str | None = None
    """A version of the suite, a source tree or an environment; None: what fits the cloud."""
    wheels: str | None = None
    """A folder to install the suite from; None: an index."""
    suite_use: SuiteUse = SuiteUse.INSTALL


class _Asked(NamedTuple):
    guideline: Guideline
    programs: tuple[Program, ...]
    tests: tuple[AskedTest, ...]

    @property
    def names(self) -> list[str]:
        return [test.name for test in self.tests]


class _Prepared(NamedTuple):
    """How far the beginning of a run came."""

    asked: _Asked
    version: str | None
    """Of the suite; None: its description's."""
    findings: tuple[CloudFinding, ...] = ()
    config: Config | None = None
    examination: Examination | None = None


def examine_cloud(
    request: DoctorRequest, listen: Listener = ignore, watch: ExaminationListener = unwatched
) -> Diagnosis:
    """Look, and judge; what cannot be done is a finding. Raises InvalidRequest or what reading a guideline raises."""
    begun = time.monotonic()
    demand_files(request.tempest_conf, request.accounts)
    asked = _tests_asked_for(guideline_of(request.guideline, request.program, listen, remarks=Remarks.NONE), request)
    suite = load_suite("tempest")
    with tempfile.TemporaryDirectory(prefix="certmark-doctor-") as folder:
        prepared = _prepared(request, suite, asked, Path(folder), watch)
    return _diagnosis(request, suite, prepared, listen, time.monotonic() - begun)


def _tests_asked_for(guideline: Guideline, request: DoctorRequest, services: Iterable[str] | None = None) -> _Asked:
    """The tests of the program, or of all those for which `services` are there (None: of all)."""
    levels = levels_of(request.levels)

    def asked(program: Program) -> tuple[AskedTest, ...]:
        return asked_at(guideline, program, levels, flagged=request.flagged)

    is_named = request.program is not None
    programs = [find_program(guideline, request.program)] if request.program is not None else list(guideline.programs)
    if not is_named and services is not None:
        there = set(services)
        able = [item for item in programs if asked(item) and services_of(one.name for one in asked(item)) <= there]
        programs = able or programs
    tests = {test.name: test for program in programs for test in asked(program)}
    if not tests:
        raise InvalidRequest(
            f"{guideline.id} asks for no test here",
            Advice(Action.NAME_PROGRAM, ", ".join(program.name for program in guideline.programs)),
        )
    return _Asked(guideline, tuple(programs), tuple(tests.values()))


def _prepared(
    request: DoctorRequest, suite: Suite, asked: _Asked, folder: Path, watch: ExaminationListener
) -> _Prepared:
    """Sign in, discover, configure and examine."""
    config = None
    otherwise = "sign-in-unreachable" if request.tempest_conf is None else "suite-configuration"
    try:
        if request.tempest_conf is not None:
            config = take_config(request.tempest_conf, request.accounts, folder)
            otherwise = "sign-in-unreachable"
        connection: AbstractContextManager[Connection] = (
            connect(request.os_cloud) if config is None else connect_as_configured(config)
        )
        with connection as opened:
            watch(ExaminationSubject("looking at the catalogue"))
            awaited = services_of(asked.names)
            found = discover(opened, (), waits_for=awaited)
            return _examined(request, suite, asked, config, folder, opened, found, watch)
    except CloudError as error:
        otherwise = "suite-configuration" if isinstance(error, NotDescribed) else otherwise
        finding = _by_http(request, error) or finding_of(error, otherwise)
        return _Prepared(asked, request.tempest, (finding, *_machine()))


def _by_http(request: DoctorRequest, error: CloudError) -> CloudFinding | None:
    """Where Keystone of clouds.yaml wants https and was asked by http."""
    cloud = request.os_cloud or os.environ.get("OS_CLOUD")
    address = "" if request.tempest_conf is not None or not cloud else address_of(cloud, None)[0]
    return finding_by_http(error, address, answer_seconds())


def _examined(
    request: DoctorRequest,
    suite: Suite,
    asked: _Asked,
    config: Config | None,
    folder: Path,
    connection: Connection,
    found: Discovered,
    watch: ExaminationListener,
) -> _Prepared:
    if request.program is None:
        asked = _tests_asked_for(asked.guideline, request, [state.service for state in found.services if state.url])
    findings = list[CloudFinding]()
    if config is None:
        try:
            workers = request.workers or 1
            config = write_config(found, folder, accounts=request.accounts, admin=None, workers=workers)
        except CloudError as error:
            findings.append(finding_of(error, "suite-configuration"))
    release = release_for(suite, found.signs)
    version = request.tempest or (release.version if release is not None else None)
    naming = naming_of(request.os_cloud, request.tempest_conf, request.accounts, found.me)
    examination = examine_through(connection, found, config, asked.names, naming, watch)
    return _Prepared(asked, version, tuple(findings), config, examination)


def _machine() -> Iterable[CloudFinding]:
    return judge_machine(look_at_machine(str(state_home()), str(cache_home()), ""), 1, is_installed=True)


def _diagnosis(
    request: DoctorRequest, suite: Suite, prepared: _Prepared, listen: Listener, seconds: float
) -> Diagnosis:
    asked, examination = prepared.asked, prepared.examination
    cloud = request.os_cloud or os.environ.get("OS_CLOUD") or str(request.tempest_conf or "OS_*")
    programs = tuple(program.name for program in asked.programs)
    if examination is None:
        return Diagnosis(health_of(prepared.findings, seconds=seconds), cloud, asked.guideline.id, programs)
    seen = _seen_suite(request, suite, prepared, listen)
    begun = time.monotonic()
    accounts = examination.usable_accounts
    staff = staff_of(accounts) if accounts is not None else None
    needs, of_suite = needs_from(seen, asked.tests, examination.patient.options, request.workers, staff)
    if request.workers is None and (staff is None or needs.users is None):
        needs = needs._replace(workers=prepared.config.parallel if prepared.config is not None else 1)
    health = judge_examination(
        examination,
        needs,
        is_installed=seen.survey is not None,
        also=(*prepared.findings, *of_suite),
        seconds=seconds + time.monotonic() - begun,
    )
    return Diagnosis(
        health, cloud, asked.guideline.id, programs, needs.tests, needs.workers, seen.version, needs.is_surveyed
    )


def _seen_suite(request: DoctorRequest, suite: Suite, prepared: _Prepared, listen: Listener) -> SeenSuite:
    if request.suite_use is SuiteUse.NEVER:
        return SeenSuite(prepared.version or suite.default_version, None)
    may_install = request.suite_use is SuiteUse.INSTALL
    names = prepared.asked.names
    return look_at_suite(suite, prepared.version, request.wheels, names, listen, may_install=may_install)
