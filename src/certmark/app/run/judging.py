"""What a run is judged by: read when it begins, kept in its folder as it was, and read from there at its end."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from certmark.app.files import write_file
from certmark.app.inputs.guidelines import (
    Remarks,
    asked_tests,
    files_beside,
    guideline_of,
    hosts_of,
    levels_of,
    policy_of,
    program_of,
)
from certmark.app.inputs.waivers import waivers_of
from certmark.app.run.requests import RunRequest
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline, Level, Program
from certmark.domain.members import with_members
from certmark.domain.programs import AskedTest, find_program
from certmark.domain.remarks import Listener, ignore
from certmark.domain.verdict_values import Verdict
from certmark.domain.verdicts import judge
from certmark.formats.guideline import load, shipped
from certmark.formats.guideline.reading import file_name
from certmark.formats.guideline.shipped import path_of_shipped
from certmark.formats.run_folder import RunFolder
from certmark.formats.run_record import InvalidRunRecord, RecordedGuideline, RecordedJudging
from certmark.runner.loading import LoadedRun


class Asked(NamedTuple):
    """What is asked of a cloud."""

    guideline: Guideline
    program: Program
    also: tuple[Program, ...]
    """Further programs, each to be judged by itself."""
    levels: tuple[Level, ...]
    tests: tuple[AskedTest, ...]
    """At least one; of all programs, each once."""

    @property
    def names(self) -> list[str]:
        """Of the tests, as the guideline has them."""
        return [test.name for test in self.tests]


def asked_of(request: RunRequest, listen: Listener = ignore) -> Asked:
    """What `request` asks; policy and waivers are read as well, so that nothing is run that cannot be judged.

    Raises InvalidRequest, FormatError, InvalidPolicy, TrustError or OSError.
    """
    policy_of(request.policy)
    waivers_of(request.waivers, request.waiver_signers)
    guideline = _guideline(request, listen)
    program = program_of(guideline, request.program)
    also = dict.fromkeys(find_program(guideline, wanted) for wanted in request.more_programs)
    also.pop(program, None)
    tests = {
        test.name: test
        for one in (*also, program)
        for test in asked_tests(
            with_members(guideline, one, hosts_of(one, request.guideline, listen=listen)),
            one,
            request.levels,
            flagged=request.flagged,
        )
    }
    return Asked(guideline, program, tuple(also), levels_of(request.levels), tuple(tests.values()))


def _guideline(request: RunRequest, listen: Listener) -> Guideline:
    if request.test_list is None:
        return guideline_of(request.guideline, request.program, listen, remarks=Remarks.NONE)
    if request.guideline is not None or request.program is not None:
        raise InvalidRequest("a list of tests takes the place of a guideline and its programs; keep one of them")
    from certmark.app.inputs.test_lists import load_test_list

    return load_test_list(request.test_list)


def keep(folder: RunFolder, request: RunRequest, asked: Asked) -> tuple[RecordedGuideline, RecordedJudging]:
    """Copy everything that the verdict needs into the run's folder, and give the names of the copies."""
    home = folder.guideline
    home.mkdir(parents=True, exist_ok=True)
    name = _free_name(_file_name(asked.guideline, "-" if request.test_list is not None else request.guideline), ())
    write_file(home / name, asked.guideline.data)
    beside = {
        other: path
        for program in (asked.program, *asked.also)
        for other, path in files_beside(program, request.guideline).items()
        if other != name
    }
    for other, path in beside.items():
        write_file(home / other, path.read_bytes())
    taken = [name, *beside]
    waivers, signers, policy = (
        _copy(path, home, taken) for path in (request.waivers, request.waiver_signers, request.policy)
    )
    guideline = RecordedGuideline(
        id=asked.guideline.id,
        sha256=asked.guideline.sha256,
        file=name,
        program=asked.program.name,
        also=tuple(program.name for program in asked.also),
        levels=tuple(level.value for level in asked.levels),
    )
    return guideline, RecordedJudging(
        policy=request.policy if policy is None else None,
        policy_file=policy,
        waivers_file=waivers,
        waiver_signers_file=signers,
    )


def judge_run(folder: RunFolder, loaded: LoadedRun, listen: Listener) -> tuple[Verdict, ...]:
    """The verdict on a run by the guideline, policy and waivers that it began with, as of today in UTC.

    First that of its program, then those of further ones.
    """
    record = loaded.record
    if record.guideline.file is None:
        raise InvalidRunRecord("the journal of the run names no guideline; judge its streams, or begin a new run")
    path = str(folder.guideline / record.guideline.file)
    guideline = load(path)
    judging = record.judging
    copies = folder.judging_copies(judging)
    waivers, policy = waivers_of(copies.waivers, copies.waiver_signers), policy_of(copies.policy or judging.policy)
    today = dt.datetime.now(dt.UTC).date()
    programs = [find_program(guideline, name) for name in (record.guideline.program, *record.guideline.also)]
    return tuple(
        judge(
            guideline,
            program,
            loaded.results,
            waivers,
            as_of=today,
            policy=policy,
            hosts=hosts_of(program, path, listen=listen),
        )
        for program in programs
    )


def _file_name(guideline: Guideline, named: str | None) -> str:
    """What the copy of a guideline is called: as the file that it came from, since a list has its id from there."""
    identity = guideline.id if named is None else named
    if identity in shipped():
        return path_of_shipped(identity).name
    if identity == "-":
        return file_name(guideline)
    return Path(identity).name.removesuffix(".gz")


def _copy(path: str | None, home: Path, taken: list[str]) -> str | None:
    """Copy the file to where the guideline lies; None where `path` is none."""
    if path is None or not Path(path).is_file():
        return None
    name = _free_name(Path(path).name, taken)
    write_file(home / name, Path(path).read_bytes())
    taken.append(name)
    return name


def _free_name(name: str, taken: Collection[str]) -> str:
    """A name that a bundle may have, and none of `taken`."""
    name = re.sub(r"[^A-Za-z0-9._+-]", "_", name).lstrip("._+-") or "file"
    while name in taken:
        name = f"other-{name}"
    return name
