"""The process that reads: started by the pool, it takes requests on standard input until that ends.

It has bounds of memory and CPU, no files of its own to write and nothing to lose: whatever a stranger's
bytes do to it, the server tells the sender, and starts another one.
"""

from __future__ import annotations

import datetime as dt
import resource
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, cast

from certmark.domain.attempts import decide
from certmark.domain.errors import InvalidInput, InvalidRequest
from certmark.domain.guidelines import Guideline, Program
from certmark.domain.identity import fixture_of
from certmark.domain.masks import counted_verdict
from certmark.domain.programs import find_program, listed
from certmark.domain.results import Results
from certmark.domain.sentences import sentence
from certmark.domain.verdict_values import State
from certmark.domain.verdicts import judge
from certmark.evidence.results import read_source
from certmark.formats.errors import FormatError
from certmark.formats.guideline.reading import read as read_guideline
from certmark.formats.sources import FileSource
from certmark.reporting.verdict.view import VerdictView
from certmark.reporting.views import Form, render
from certmark.server.reading.known import FORMAT, LARGEST, KnownUploads
from certmark.server.reading.messages import (
    JudgedAs,
    NumberedTests,
    ReadAnswer,
    ReadRequest,
    ReadResults,
    TestOutcome,
    Unreadable,
    receive_request,
    send,
)
from certmark.version import __version__

_OUTCOMES = {
    State.PASSED: TestOutcome.PASSED,
    State.FAILED: TestOutcome.FAILED,
    State.SKIPPED: TestOutcome.SKIPPED,
    State.SETUP_ERROR: TestOutcome.SET_UP_ERROR,
    State.NOT_RUN: TestOutcome.UNFINISHED,
    State.NOT_REPORTED: TestOutcome.NOTHING,
}
_NANO_IN_MICRO = 1000


def main(words: list[str]) -> int:
    """Answer until there is nothing more to answer; `words`: bytes of memory, seconds of CPU for each request."""
    memory, seconds = int(words[0]), float(words[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    known = KnownUploads()
    while (request := receive_request(sys.stdin.buffer)) is not None:
        if isinstance(request, NumberedTests):
            known.learn(request.tests)
            continue
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = int(used.ru_utime + used.ru_stime + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        send(sys.stdout.buffer, answer(request, known))
    return 0


def answer(request: ReadRequest, known: KnownUploads) -> ReadAnswer:
    """What is in the file, judged."""
    try:
        quick = _known(request, known)
        if quick is not None:
            return quick
        results = Results(read_source(_source(request), digest=True))
        return _results(request, results)
    except MemoryError:
        return Unreadable(f"{request.name} takes more memory to read than this server gives to one upload")
    except (FormatError, InvalidInput, InvalidRequest) as error:
        return Unreadable(str(error))


def _known(request: ReadRequest, known: KnownUploads) -> ReadResults | None:
    """An upload of known tests whose verdict the masks can tell; None: it is something else."""
    if request.form is not None:
        return None
    with Path(request.path).open("rb", buffering=0) as stream:
        outcomes = known.outcomes(b"{" + stream.read(LARGEST)) if stream.read(1) == b"{" else None
    if outcomes is None:
        return None
    verdict = None
    if request.guideline is not None:
        guideline, program = _wanted(request)
        found = known.judged(guideline, program, outcomes)
        if found is None:
            return None
        verdict = JudgedAs(program.name, found.standing.value, None, found.is_partial, b"")
    return ReadResults(FORMAT, (), None, None, (), verdict, outcomes)


def _source(request: ReadRequest) -> FileSource:
    """Messages call it as its sender does."""
    path = Path(request.path)
    return FileSource(request.name, lambda: cast("BinaryIO", path.open("rb", buffering=0)))


def _results(request: ReadRequest, results: Results) -> ReadResults:
    pieces = results.evidence
    return ReadResults(
        format=", ".join(dict.fromkeys(piece.format for piece in pieces)),
        tests=tuple(_tests(results)),
        began=_microseconds(results.times.first),
        ended=_microseconds(results.times.last),
        remarks=tuple(remark for piece in pieces for remark in piece.remarks),
        verdict=None if request.guideline is None else _judged(request, results),
    )


def _microseconds(nanoseconds: int | None) -> int | None:
    return None if nanoseconds is None else nanoseconds // _NANO_IN_MICRO


def _tests(results: Results) -> Iterator[tuple[str, str, int]]:
    """Each test once, with what its attempts come to; fixtures of classes are no tests."""
    for name in results.names:
        if fixture_of(name) is None:
            attempts = results.attempts(name)
            yield name, attempts[-1].uuid or "", _OUTCOMES[decide(attempts).state]


def _judged(request: ReadRequest, results: Results) -> JudgedAs:
    guideline, program = _wanted(request)
    verdict = judge(guideline, program, results, (), as_of=dt.date.fromisoformat(request.as_of))
    rendered = b""
    if request.form is not None:
        rendered = render(VerdictView(verdict, evaluator=__version__), Form(request.form))
    return JudgedAs(
        program=program.name,
        standing=verdict.standing.value,
        sentence=sentence(verdict),
        is_partial=counted_verdict(verdict).is_partial,
        rendered=rendered,
    )


@lru_cache(maxsize=64)
def _program(path: str, name: str, program: str | None) -> tuple[Guideline, Program]:
    guideline = _guideline(path, name)
    return guideline, find_program(guideline, program) if program is not None else _only(guideline)


def _wanted(request: ReadRequest) -> tuple[Guideline, Program]:
    """By what it is judged. Raises InvalidRequest."""
    return _program(request.guideline or "", request.guideline_name, request.program)


def _only(guideline: Guideline) -> Program:
    if len(guideline.programs) != 1:
        raise InvalidRequest(f"{guideline.id} has several programs: {listed(guideline.programs)}; name one")
    return guideline.programs[0]


@lru_cache(maxsize=8)
def _guideline(path: str, name: str) -> Guideline:
    """Revisions are files that never change."""
    return read_guideline(Path(path).read_bytes(), name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
