"""The work of `certmark run`: from credentials to a run that is ready to go, then on as `resume` would."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from certmark.app.files import write_file
from certmark.app.inputs.guidelines import asked_tests, hosts_of, levels_of, policy_of, program_of
from certmark.app.inputs.suites import absolute, installed_for
from certmark.app.inputs.waivers import waivers_of
from certmark.app.run.cloud_identity import identity_details
from certmark.app.run.execute import Going, carry_out, crew_of, environment_problems
from certmark.app.run.leftovers import Before
from certmark.cli.console import Console
from certmark.cli.errors import listener
from certmark.cli.outputs import outputs_of
from certmark.cloud.discovery.tempest_conf import Config
from certmark.cloud.identities import Facts
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.guidelines import Guideline, Level, Program
from certmark.domain.identity import class_of
from certmark.domain.programs import AskedTest
from certmark.formats.guideline import DEFAULT, load
from certmark.places import cache_home, state_home
from certmark.runner.concurrency import Capacity, capacity_of
from certmark.runner.folders import CONFIGURATION, GUIDELINE, make_folder, new_id
from certmark.runner.journal import NAME, Header, Journal
from certmark.runner.locks import cloud_lock, locked
from certmark.runner.plan import plan_groups
from certmark.runner.selection import Selection, choose
from certmark.runner.suites import InstalledSuite, Suite, list_tests, load_suite
from certmark.runner.timings import load_timings

if TYPE_CHECKING:
    from certmark.app.cloud.preflight.before_run import Doctor


class _Asked(NamedTuple):
    """What a person asks for."""

    guideline: Guideline
    program: Program
    levels: tuple[Level, ...]
    tests: tuple[AskedTest, ...]


def run_cloud(args: argparse.Namespace, console: Console) -> int:
    """Do the whole job."""
    _check(args)
    asked = _asked(args)
    suite = _suite(args.suite)
    with ExitStack() as stack, environment_problems():
        run = new_id(args.os_cloud or os.environ.get("OS_CLOUD") or suite.name)
        folder = make_folder(run, args.folder)
        stack.callback(_forget_unless_begun, folder)
        ready = _configured(args, suite, asked, folder, console)
        gone = stack.enter_context(locked(cloud_lock(str(state_home()), ready.cloud), f"the cloud {ready.cloud}"))
        if gone:
            console.remark(gone)
        stack.enter_context(locked(os.path.join(folder, "lock"), f"run {run}"))
        before = Before(folder)
        installed = installed_for(
            suite, ready.version, args.wheels, [test.name for test in asked.tests], listener(console)
        )
        # What the guideline names is imported while the suite is being listed.
        crew = crew_of(installed, folder, dict.fromkeys(class_of(test.name) for test in asked.tests))
        stack.callback(crew.close)
        journal = _begin(run, folder, args, asked, installed, ready, console)
        stack.callback(journal.close)
        before.keep(console)
        return carry_out(Going(folder, journal, installed, crew, journal.record.header.workers), args, console)


def _check(args: argparse.Namespace) -> None:
    """What can be said of the command line before anything is done."""
    if args.tempest_conf is not None and args.os_cloud is not None:
        raise InvalidRequest("--tempest-conf and --os-cloud both name a cloud; keep one of them")
    if args.workers != "auto" and not (args.workers.isdecimal() and int(args.workers) > 0):
        raise InvalidRequest(f"-j takes a number of classes, or auto, not {args.workers!r}")
    outputs_of(args.format, args.output)
    policy_of(args.policy)
    waivers_of(args.waivers, args.waiver_signers)
    for path in (args.tempest_conf, args.accounts):
        if path is not None and not os.path.isfile(path):
            raise InvalidRequest(f"there is no file {path}")


def _asked(args: argparse.Namespace) -> _Asked:
    guideline = load(args.guideline or DEFAULT)
    program = program_of(guideline, args.program)
    tests = asked_tests(guideline, program, args.level, flagged=args.flagged)
    return _Asked(guideline, program, levels_of(args.level), tests)


def _suite(wanted: str) -> Suite:
    with environment_problems():
        return load_suite(wanted)


def _forget_unless_begun(folder: str) -> None:
    """A run that never began leaves nothing behind."""
    import shutil

    if not os.path.exists(os.path.join(folder, NAME)):
        shutil.rmtree(folder, ignore_errors=True)


class _Ready(NamedTuple):
    """What configuring a run gave."""

    cloud: str
    version: str | None
    """Of the suite; None: its description's."""
    most_workers: int
    config: Config | None
    """None: the suite needs none."""
    facts: Facts | None = None
    """What the cloud's identity is looked up by; None: no cloud is tested."""
    doctor: Doctor | None = None
    """Who has examined the cloud; None: nobody."""

    def fingerprint(self, suite: str, version: str) -> str:
        """What runs must share to be taken together."""
        return "none" if self.config is None else self.config.fingerprint(suite, version)


_SHOWN = 5
"""Names in a remark."""
_MOST = 8
"""Classes at a time where nothing limits them."""


def _configured(args: argparse.Namespace, suite: Suite, asked: _Asked, folder: str, console: Console) -> _Ready:
    configuration = Path(folder, CONFIGURATION)
    if suite.name != "tempest" and args.tempest_conf is None and args.os_cloud is None:
        configuration.mkdir(parents=True, exist_ok=True)
        return _Ready("local", args.tempest, min(_MOST, os.cpu_count() or 1), None)
    from certmark.app.cloud.preflight.before_run import PreflightRequest, doctor_for
    from certmark.app.run.configuration import configured
    from certmark.cli.cloud.displays import watching

    names = [test.name for test in asked.tests]
    preflight = PreflightRequest(is_wanted=not args.no_doctor, ignored=tuple(args.despite))
    with watching(console) as watch:
        doctor = doctor_for(preflight, names, listener(console), watch) if suite.name == "tempest" else None
        found = configured(args, suite, names, configuration, console, doctor)
    os.makedirs(configuration / "locks", exist_ok=True)
    return _Ready(found.cloud, found.version, found.config.parallel, found.config, found.facts, doctor)


def _begin(
    run: str,
    folder: str,
    args: argparse.Namespace,
    asked: _Asked,
    installed: InstalledSuite,
    ready: _Ready,
    console: Console,
) -> Journal:
    """The journal of a run, with everything that is needed to go on."""
    suite = installed.suite
    configuration = os.path.join(folder, CONFIGURATION)
    selection = choose(asked.tests, list_tests(installed, Path(configuration)))
    capacity = Capacity(ready.most_workers)
    if ready.config is not None:
        capacity = capacity_of(installed, ready.config, selection.full_ids)
    workers = capacity.most if args.workers == "auto" else int(args.workers)
    _remark_selection(selection, asked, installed, console)
    if ready.doctor is not None:
        ready.doctor.judge(installed, selection.full_ids, workers, capacity.users)
    else:
        _remark_accounts(capacity, workers, console)
    write_file(os.path.join(configuration, "tests.txt"), "".join(f"{full}\n" for full in selection.full_ids).encode())
    details = {
        **_kept(folder, args, asked),
        **identity_details(args, ready.facts, console),
        "suite": absolute(args.suite),
        "suite_wanted": absolute(ready.version),
        "wheels": absolute(args.wheels),
        "names": [test.name for test in asked.tests] if suite.plugins else [],
        "versions": dict(installed.versions),
        "class_timeout": args.class_timeout,
        "capacity": capacity.most,
    }
    header = Header(
        run=run,
        cloud=ready.cloud,
        guideline=asked.guideline.id,
        guideline_digest=asked.guideline.sha256,
        program=asked.program.name,
        levels=tuple(level.value for level in asked.levels),
        suite=suite.name,
        suite_version=installed.version,
        fingerprint=ready.fingerprint(suite.name, installed.version),
        workers=workers,
        missing=selection.missing,
        details=details,
    )
    groups = plan_groups(selection.full_ids, load_timings(suite.name, str(cache_home())))
    journal = Journal.create(folder, header, groups)
    console.remark(f"run {run}, in {folder}")
    return journal


def _kept(folder: str, args: argparse.Namespace, asked: _Asked) -> dict[str, object]:
    """What the verdict needs, copied into the run's folder as it was; names of the copies."""
    home = os.path.join(folder, GUIDELINE)
    os.makedirs(home, exist_ok=True)
    named = args.guideline if args.guideline and os.path.exists(args.guideline) else f"{asked.guideline.id}.json"
    name = os.path.basename(named).removesuffix(".gz")
    write_file(os.path.join(home, name), asked.guideline.data)
    for host, needed in zip(hosts_of(asked.program, args.guideline), asked.program.requires, strict=False):
        write_file(os.path.join(home, os.path.basename(needed.source or "host.json")), host.data)
    kept: dict[str, object] = {"guideline_file": name, "policy": None}
    judging = {"waivers_file": args.waivers, "waiver_signers_file": args.waiver_signers, "policy_file": args.policy}
    for key, path in judging.items():
        if path is not None and os.path.isfile(path):
            kept[key] = _free_name(os.path.basename(path), kept.values())
            with open(path, "rb") as file:
                write_file(os.path.join(home, str(kept[key])), file.read())
    if args.policy is not None and "policy_file" not in kept:
        kept["policy"] = args.policy
    return kept


def _free_name(name: str, taken: Collection[object]) -> str:
    """A name that a bundle may have, and none of `taken`."""
    name = re.sub(r"[^A-Za-z0-9._+-]", "_", name).lstrip("._+-") or "file"
    while name in taken:
        name = f"other-{name}"
    return name


def _remark_selection(selection: Selection, asked: _Asked, installed: InstalledSuite, console: Console) -> None:
    if selection.missing:
        names = ", ".join(selection.missing[:_SHOWN]) + (" …" if len(selection.missing) > _SHOWN else "")
        console.refuse(
            f"{installed.suite.name} {installed.version} lacks {len(selection.missing)} of the {len(asked.tests)} "
            f"tests that {asked.guideline.id} asks for; they cannot pass: {names}"
        )
    if not selection.chosen:
        raise CannotProceed(
            f"{installed.suite.name} {installed.version} has none of the {len(asked.tests)} tests that "
            f"{asked.guideline.id} asks for; name the right suite or version"
        )


def _remark_accounts(capacity: Capacity, workers: int, console: Console) -> None:
    """What the doctor would have said of accounts."""
    for sentence in capacity.shortages(workers):
        console.refuse(f"accounts: {sentence}")
    if capacity.users is None and workers > capacity.most:
        console.refuse(
            f"there are users for {capacity.most} classes at a time, and {workers} are asked for: "
            "some classes may find none and fail in set-up"
        )
