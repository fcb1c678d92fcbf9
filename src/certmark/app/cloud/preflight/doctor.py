"""The work of `certmark cloud doctor`: everything that a run does before its first test, in a folder that goes away."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from certmark.app.cloud.preflight.suite import SeenSuite, look_at_suite, needs_from
from certmark.app.inputs.guidelines import levels_of
from certmark.cli.cloud.doctor_watching import Watch
from certmark.cli.console import Console
from certmark.cli.display import show_blocks
from certmark.cli.errors import worded
from certmark.cli.exits import Exit
from certmark.cloud.accounts_file import Account, read_accounts, staff_of
from certmark.cloud.discovery.discover import Discovered, discover, services_of
from certmark.cloud.discovery.tempest_conf import ACCOUNTS, Config, take_config, write_config
from certmark.cloud.doctor.examination import Examination, examine, findings_of
from certmark.cloud.doctor.machine import judge_machine, look_at_machine
from certmark.cloud.doctor.signing_in import finding_of
from certmark.cloud.doctor.target import ExaminedCloud
from certmark.cloud.errors import CloudError
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline, Program
from certmark.domain.health import CloudFinding, Health, health_of
from certmark.domain.programs import AskedTest, asked_at, find_program
from certmark.formats.guideline import DEFAULT, load
from certmark.places import cache_home, state_home
from certmark.reporting.cloud.doctor import blocks_of, document_of
from certmark.runner.suites import Suite, load_suite, release_for


class Target(NamedTuple):
    """What is to be run."""

    guideline: Guideline
    programs: tuple[Program, ...]
    tests: tuple[AskedTest, ...]

    @property
    def names(self) -> list[str]:
        """Of the tests."""
        return [test.name for test in self.tests]


class Prepared(NamedTuple):
    """How far the beginning of a run came."""

    examination: Examination | None
    config: Config | None
    target: Target
    version: str | None
    findings: tuple[CloudFinding, ...] = ()


def examine_cloud(args: argparse.Namespace, console: Console) -> Exit:
    """Look, judge, say."""
    begun = dt.datetime.now(dt.UTC)
    _check(args)
    target = _target(load(args.guideline or DEFAULT), args)
    suite = load_suite("tempest")
    with tempfile.TemporaryDirectory(prefix="certmark-doctor-") as folder:
        watch = Watch(console)
        prepared = _prepared(args, suite, target, Path(folder), watch)
        watch.done()
    seconds = (dt.datetime.now(dt.UTC) - begun).total_seconds()
    health, about = _health(args, suite, prepared, console, seconds)
    _say(health, about, args, console)
    return Exit.ENVIRONMENT if health.is_fatal else Exit.OK


def _check(args: argparse.Namespace) -> None:
    if args.tempest_conf is not None and args.os_cloud is not None:
        raise InvalidRequest("--tempest-conf and --os-cloud both name a cloud; keep one of them")
    if args.workers != "auto" and not (args.workers.isdecimal() and int(args.workers) > 0):
        raise InvalidRequest(f"-j takes a number of classes, or auto, not {args.workers!r}")
    for path in (args.tempest_conf, args.accounts):
        if path is not None and not os.path.isfile(path):
            raise InvalidRequest(f"there is no file {path}")


def _target(guideline: Guideline, args: argparse.Namespace, services: Iterable[str] | None = None) -> Target:
    """The tests of the program, or of all those for which `services` are there (None: of all)."""
    levels = levels_of(args.level)

    def asked(program: Program) -> tuple[AskedTest, ...]:
        return asked_at(guideline, program, levels, flagged=args.flagged)

    programs = [find_program(guideline, args.program)] if args.program is not None else list(guideline.programs)
    if args.program is None and services is not None:
        there = set(services)
        able = [item for item in programs if services_of(test.name for test in asked(item)) <= there]
        programs = able or programs
    tests = {test.name: test for program in programs for test in asked(program)}
    if not tests:
        raise InvalidRequest(f"{guideline.id} asks for no test here; name a --program of it")
    return Target(guideline, tuple(programs), tuple(tests.values()))


def _prepared(args: argparse.Namespace, suite: Suite, target: Target, folder: Path, watch: Watch) -> Prepared:
    """Sign in, discover, configure and examine; what cannot be done is a finding."""
    from certmark.cloud.session import connect

    accounts = Path(args.accounts) if args.accounts is not None else None
    workers = 1 if args.workers == "auto" else int(args.workers)
    config, version, findings = None, args.tempest, list[CloudFinding]()
    try:
        if args.tempest_conf is not None:
            from certmark.cloud.doctor.by_configuration import connect_by

            config = take_config(Path(args.tempest_conf), accounts, folder)
            users = _accounts(folder) or ()
            connection = connect_by({option.key: option.value for option in config.options}, users)
        else:
            connection = connect(args.os_cloud)
    except CloudError as error:
        otherwise = "suite-configuration" if args.tempest_conf is not None and config is None else "sign-in-unreachable"
        return Prepared(None, config, target, version, (finding_of(error, otherwise), *_machine("")))
    with connection:
        watch("looking at the catalogue")
        try:
            discovered = discover(connection, ())
        except CloudError as error:
            return Prepared(None, config, target, version, (finding_of(error), *_machine("")))
        if args.program is None:
            there = [state.service for state in discovered.services if state.url]
            target = _target(target.guideline, args, there)
        version = version or _fitting(suite, discovered)
        if config is None:
            try:
                config = write_config(discovered, folder, accounts=accounts, admin=None, workers=workers)
            except CloudError as error:
                findings.append(finding_of(error, "suite-configuration"))
        patient = patient_of(connection, discovered, config, folder)
        examination = examine(
            patient, services_of(target.names), runs=str(state_home()), cache=str(cache_home()), tell=watch.count
        )
    return Prepared(examination, config, target, version, tuple(findings))


def patient_of(connection: Any, discovered: Discovered, config: Config | None, folder: Path) -> ExaminedCloud:
    """Whom to examine, with the accounts and options that were written into `folder`."""
    if config is None:
        return ExaminedCloud(connection, discovered, {option.key: option.value for option in discovered.options}, ())
    options = {option.key: option.value for option in config.options}
    return ExaminedCloud(connection, discovered, options, None if config.dynamic else _accounts(folder))


def _accounts(folder: Path) -> tuple[Account, ...]:
    path = folder / ACCOUNTS
    return read_accounts(path) if path.exists() else ()


def _fitting(suite: Suite, discovered: Discovered) -> str | None:
    release = release_for(suite, discovered.signs)
    return release.version if release is not None else None


def _machine(auth_url: str) -> Iterable[CloudFinding]:
    return judge_machine(
        look_at_machine(str(state_home()), str(cache_home()), auth_url), 1, is_installed=True
    )  # fmt: skip


def _health(
    args: argparse.Namespace, suite: Suite, prepared: Prepared, console: Console, seconds: float
) -> tuple[Health, dict[str, Any]]:
    config, examination, target = prepared.config, prepared.examination, prepared.target
    about: dict[str, Any] = {
        "cloud": args.os_cloud or os.environ.get("OS_CLOUD") or args.tempest_conf or "OS_*",
        "guideline": target.guideline.id,
        "programs": [program.name for program in target.programs],
    }
    if examination is None:
        return health_of(prepared.findings, seconds=seconds), about
    begun = dt.datetime.now(dt.UTC)
    seen = _suite(args, suite, prepared, console)
    options = examination.patient.options
    workers = None if args.workers == "auto" else int(args.workers)
    accounts = examination.patient.accounts
    staff = staff_of(accounts) if accounts is not None else None
    needs, of_suite = needs_from(seen, target.tests, options, workers, staff)
    if workers is None and (staff is None or needs.users is None):
        needs = needs._replace(workers=config.parallel if config is not None else 1)
    now = dt.datetime.now(dt.UTC)
    found_ = findings_of(examination, needs, now=now, is_installed=seen.survey is not None)
    seconds += (now - begun).total_seconds()
    health = health_of(
        [*prepared.findings, *found_, *of_suite], calls=examination.calls, seconds=seconds
    )  # fmt: skip
    about |= {"tests": needs.tests, "workers": needs.workers, "suite": seen.version, "surveyed": needs.is_surveyed}
    return health, about


def _suite(args: argparse.Namespace, suite: Suite, prepared: Prepared, console: Console) -> SeenSuite:
    if args.no_suite:
        return SeenSuite(prepared.version or suite.default_version, None)
    return look_at_suite(
        suite, prepared.version, args.wheels, prepared.target.names, console.remark,
        may_install=not args.offline_suite,
    )  # fmt: skip


def _say(health: Health, about: dict[str, Any], args: argparse.Namespace, console: Console) -> None:
    if args.json:
        console.data(json.dumps(document_of(health, worded, **about), indent=2))
        return
    programs = ", ".join(about["programs"])
    show_blocks(
        blocks_of(health, f"{about['cloud']} for {programs} of {about['guideline']}", full=args.full, advise=worded),
        console,
    )
