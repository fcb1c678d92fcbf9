"""What Ginkgo's log (`e2e.log`) says of the whole run, to be compared with the JUnit file beside it.

The log ends with `Ran 388 of 7407 Specs in … seconds`, `SUCCESS! -- 388 Passed | 0 Failed | …`
and `Test Suite Passed` (or `Failed`); near its beginning stand the versions of suite and cluster.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

from certmark.domain.results import Attempt, Outcome, Trouble, TroubleKind

_HEAD = 256 << 10
"""Bytes looked at for the versions; they stand in the first lines."""
_TAIL = 128 << 10
"""Bytes looked at for the end; behind it stand a list of failures and little else."""
_STEP = 1 << 20
_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
_COUNTS = re.compile(rb"(\d{1,9}) Passed\s*\|\s*(\d{1,9}) Failed")
_END = re.compile(rb"(?m)^Test Suite (Passed|Failed)\b")
_VERSION = re.compile(rb"(e2e test|kube-apiserver) version: (v\d[\w.+-]{1,40})")
# Nodes of a suite are entries of JUnit and no specs: [SynchronizedBeforeSuite], [DeferCleanup (Suite)].
_SUITE_NODE = re.compile(r"\[(?:\w+(?:Suite|Each|All)|DeferCleanup)\b")


class SuiteLog(NamedTuple):
    """The end and the versions of one log; None: it does not say."""

    passed: int | None = None
    failed: int | None = None
    ended_well: bool | None = None
    suite: str | None = None
    """The version of the suite, as in `v1.29.0`."""
    cluster: str | None = None

    def troubles(self, attempts: Sequence[Attempt], file: str) -> tuple[Trouble, ...]:
        """Where it contradicts `attempts`, those of the JUnit files beside it; `file` is its name for sentences."""
        outcomes = [attempt.outcome for attempt in attempts if not _SUITE_NODE.match(attempt.name)]
        passed = outcomes.count(Outcome.PASSED)
        # A node of the suite that failed is a reason for the log to say so.
        failed = sum(attempt.outcome in {Outcome.FAILED, Outcome.SETUP_ERROR} for attempt in attempts)
        found = []
        if self.failed is not None and self.failed > failed:
            found.append(f"{file} says that {self.failed} specs failed, the JUnit beside it shows {failed}")
        elif self.ended_well is False and not failed:
            found.append(f"{file} ends with Test Suite Failed, the JUnit beside it shows no failure")
        if self.passed is not None and self.passed < passed:
            found.append(f"{file} says that {self.passed} specs passed, the JUnit beside it shows {passed}")
        return tuple(Trouble(TroubleKind.CONTRADICTION, sentence) for sentence in found)

    def remarks(self) -> tuple[str, ...]:
        """The versions, which tell for which release's list the run was made."""
        said = [
            f"{what} is of version {version}"
            for what, version in (("the suite", self.suite), ("the cluster", self.cluster))
            if version
        ]
        return (f"{' and '.join(said)}, as its log says",) if said else ()


def read_log(stream: BinaryIO) -> SuiteLog:
    """What the log in `stream` says; it is read to its end, in little memory."""
    head, tail = bytearray(), bytearray()
    while block := stream.read(_STEP):
        if len(head) < _HEAD:
            head += block[: _HEAD - len(head)]
        tail = (tail + block)[-_TAIL:]
    versions = dict(_VERSION.findall(_COLOUR.sub(b"", head)))
    end = _COLOUR.sub(b"", tail)
    counts, last = _COUNTS.findall(end), _END.findall(end)
    return SuiteLog(
        int(counts[-1][0]) if counts else None,
        int(counts[-1][1]) if counts else None,
        last[-1] == b"Passed" if last else None,
        versions[b"e2e test"].decode("ascii", "replace") if b"e2e test" in versions else None,
        versions[b"kube-apiserver"].decode("ascii", "replace") if b"kube-apiserver" in versions else None,
    )
