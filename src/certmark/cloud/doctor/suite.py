"""The suite: whether it is there, and has the tests that are asked for."""

from __future__ import annotations

from collections.abc import Sequence

from certmark.cloud.doctor.kinds import FATAL, NOTE, find
from certmark.domain.advice import Action, Advice
from certmark.domain.health import CloudFinding
from certmark.domain.phrases import counted, some

_NAME = Advice(Action.NAME_SUITE)


def missing_suite(title: str, problem: str) -> CloudFinding:
    """It cannot be installed or listed."""
    return find(
        "suite-missing",
        problem,
        where=title,
        why="nothing can be run",
        mend="take a version that fits the cloud",
        advice=_NAME,
    )


def uninstalled_suite(title: str, version: str, place: str) -> CloudFinding:
    """It would have to be installed, and nobody wants that now; `place` is the folder of installed suites."""
    return find(
        "suite",
        f"{title} {version} is not installed yet; the names of the tests told what they need",
        severity=NOTE,
        where=place,
        why="a run installs it first, which takes a package index and a minute",
        advice=Advice(Action.INSTALL_SUITE),
    )


def judge_tests(name: str, asked: int, missing: Sequence[str], chosen: int) -> CloudFinding:
    """Whether the suite of this name has what is asked for: `chosen` tests of it, without those `missing`."""
    if not chosen:
        return find(
            "suite-lacks",
            f"{name} has none of the tests that are asked for ({counted(asked, 'test')})",
            severity=FATAL,
            where=name,
            why="nothing can be run",
            mend="take the right suite or version",
            tests=asked,
            advice=_NAME,
        )
    if missing:
        return find(
            "suite-lacks",
            f"{name} lacks {counted(len(missing), 'test')}: {some(list(missing))}",
            where=name,
            why="they cannot pass",
            mend="take a version of the guideline's time, or wait for its next one",
            tests=len(missing),
            advice=_NAME,
        )
    return find("suite", f"{name} has every test that is asked for ({counted(asked, 'test')})")
