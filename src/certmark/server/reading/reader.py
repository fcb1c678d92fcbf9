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
from typing import BinaryIO, NamedTuple, assert_never, cast

import msgspec

from certmark.domain.attempts import decide
from certmark.domain.comparisons import OutcomeChange, compare, counted
from certmark.domain.errors import InvalidInput, InvalidRequest
from certmark.domain.evidence_doubts import doubts_of
from certmark.domain.guidelines import Guideline, Program, RequiredTest
from certmark.domain.identity import fixture_of
from certmark.domain.masks import counted_verdict
from certmark.domain.policies import POLICIES, REFSTACK_2020, Policy, policy_from
from certmark.domain.programs import demand_of, find_program, listed
from certmark.domain.results import Results
from certmark.domain.sentences import sentence
from certmark.domain.verdict_values import State, Verdict
from certmark.domain.verdicts import judge
from certmark.domain.waivers import Approval, Scope, Waiver
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import FormatError, UnreadableResults, excerpt
from certmark.formats.guideline.reading import read as read_guideline
from certmark.formats.guideline.refstack import word_of
from certmark.formats.sources import FileSource, bound_contents
from certmark.reporting.results import DifferenceView
from certmark.reporting.verdict.page import report_page
from certmark.reporting.verdict.timeline import timeline
from certmark.reporting.verdict.view import VerdictView
from certmark.reporting.views import Form, render
from certmark.server.reading import members, refstack
from certmark.server.reading.claims import read_with_facts
from certmark.server.reading.homes import homes_at_hand, named_elsewhere
from certmark.server.reading.known import FORMAT, LARGEST, KnownUploads
from certmark.server.reading.messages import (
    PAGE,
    AttestationRequest,
    CompareRequest,
    EvidenceRequest,
    GrantedWaiver,
    GuidelineCapability,
    GuidelineProgram,
    GuidelineRequest,
    GuidelineTest,
    InteropRequest,
    JudgedAs,
    ListedTestsRequest,
    NumberedTests,
    OutcomeCode,
    ReadAnswer,
    ReadComparison,
    ReadGuideline,
    ReadRequest,
    ReadResults,
    ReadWholeGuideline,
    Request,
    RunReport,
    StatedFacts,
    Unreadable,
    UploadRequest,
    WholeGuidelineRequest,
    receive_request,
    send,
)
from certmark.version import __version__

_OUTCOMES = {
    State.PASSED: OutcomeCode.PASSED,
    State.FAILED: OutcomeCode.FAILED,
    State.SKIPPED: OutcomeCode.SKIPPED,
    State.SETUP_ERROR: OutcomeCode.SET_UP_ERROR,
    State.NOT_RUN: OutcomeCode.UNFINISHED,
    State.NOT_REPORTED: OutcomeCode.NOTHING,
}
_NANO_IN_MICRO = 1000
_YEAR_3000 = 32_503_680_000 * 10**9
_LARGEST_DRAFT, _MOST_TESTS = 8 << 20, 20_000
"""Of a guideline by which somebody has all runs judged."""
_ENDINGS = (".json", ".yaml", ".yml")
_LONGEST_NAME = 4000
"""Signs of the name of a test; PostgreSQL's indexes take some more."""


def main(words: list[str]) -> int:
    """Answer until there is nothing more to answer; `words`: bytes of memory, seconds of CPU, bytes unpacked."""
    memory, seconds = int(words[0]), float(words[1])
    bound_contents(int(words[2]))
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


def answer(request: Request, known: KnownUploads) -> ReadAnswer:
    """What is asked of the file, or why it cannot be had."""
    try:
        return _read(request, known)
    except MemoryError:
        return Unreadable("it takes more memory to read than this server gives to one upload")
    except InvalidRequest as error:
        return Unreadable(str(error), is_request=True)
    except (FormatError, InvalidInput) as error:
        return Unreadable(str(error))


def _read(request: Request, known: KnownUploads) -> ReadAnswer:
    match request:
        case ReadRequest():
            return _known(request, known) or _results(request)
        case CompareRequest():
            return _compared(request)
        case EvidenceRequest():
            return members.read(request, _source(request.path, request.name))
        case GuidelineRequest() | WholeGuidelineRequest():
            whole = request if isinstance(request, WholeGuidelineRequest) else None
            return _guideline_content(request) if whole is None else _whole_guideline(whole)
        case AttestationRequest():
            from certmark.server.reading.attestations import verified  # a door: most requests verify nothing

            return verified(request, _source(*request.artifact))
        case UploadRequest() | ListedTestsRequest() | InteropRequest():
            return refstack.answer(request, lambda one: _guideline(one.path, one.id))
        case _:
            assert_never(request)


def _known(request: ReadRequest, known: KnownUploads) -> ReadResults | None:
    """An upload of known tests whose verdict the masks can tell; None: it is something else."""
    if not request.by_number or request.form is not None or request.policy is not None:
        return None
    with Path(request.path).open("rb", buffering=0) as stream:
        outcomes = known.outcomes(b"{" + stream.read(LARGEST)) if stream.read(1) == b"{" else None
    if outcomes is None:
        return None
    verdict = None
    if request.guideline is not None:
        guideline, program, sha256 = _wanted(request.guideline, request.guideline_name, request.program)
        if named_elsewhere(program):
            return None
        judged = known.judged(guideline, program, outcomes)
        if judged is None:
            return None
        found, said = judged
        verdict = JudgedAs(sha256, program.name, found.standing.value, said, found.is_partial, b"")
    return ReadResults(format=FORMAT, tests=(), began=None, ended=None, remarks=(), verdict=verdict, outcomes=outcomes)


@lru_cache(maxsize=64)
def _wanted(path: str, name: str, program: str | None) -> tuple[Guideline, Program, str]:
    """By what it is judged, with the SHA-256 of its text. Raises InvalidRequest."""
    guideline = _guideline(path, name)
    chosen = find_program(guideline, program) if program is not None else _only(guideline)
    return guideline, chosen, guideline.sha256


def _source(path: str, name: str) -> FileSource:
    """Messages call it as its sender does."""
    place = Path(path)
    return FileSource(name, lambda: cast("BinaryIO", place.open("rb", buffering=0)))


def _results(request: ReadRequest) -> ReadResults:
    pieces, facts = read_with_facts(_source(request.path, request.name))
    results = Results(pieces)
    meant = _meant(request, facts)
    verdict = None if meant is None else _judged(request, results, meant)
    return ReadResults(
        format=", ".join(dict.fromkeys(piece.format for piece in pieces)),
        tests=tuple(_tests(results)),
        began=_microseconds(results.times.first),
        ended=_microseconds(results.times.last),
        remarks=tuple(remark for piece in pieces for remark in piece.remarks),
        verdict=verdict,
        lacks_hosts=meant is not None and not request.at_hand and bool(named_elsewhere(meant.program)),
        facts=facts,
        doubts=doubts_of(results),
    )


def _compared(request: CompareRequest) -> ReadComparison:
    before, after = (Results(read_with_facts(_source(*one))[0]) for one in (request.before, request.after))
    differences = compare(before, after)
    rendered = render(DifferenceView(differences), Form(request.form))
    return ReadComparison(counted(differences)[OutcomeChange.NEWLY_FAILING], rendered)


def _guideline_content(request: GuidelineRequest | WholeGuidelineRequest) -> ReadGuideline:
    """Of a revision, whose id is its name; or of the file of a source, whose ending is no part of an id."""
    if request.name.endswith(_ENDINGS):
        guideline = read_guideline(Path(request.path).read_bytes(), request.name)
    else:
        guideline = _guideline(request.path, request.name)
    return ReadGuideline(
        tuple(_program(guideline, program) for program in guideline.programs),
        tuple(
            GuidelineCapability(one.key, one.name, one.description, one.project, tuple(map(_test, one.tests)))
            for one in guideline.capabilities.values()
        ),
        guideline.id,
        guideline.status or "",
    )


def _whole_guideline(request: WholeGuidelineRequest) -> ReadWholeGuideline:
    if not request.is_draft:
        kept = _guideline(request.path, request.name)
        return ReadWholeGuideline(kept if request.with_document else kept._replace(document={}))
    found = read_guideline(Path(request.path).read_bytes(), request.name)
    tests = sum(len(capability.tests) for capability in found.capabilities.values())
    if len(found.data) > _LARGEST_DRAFT or tests > _MOST_TESTS:
        raise UnreadableResults(
            f"{request.name} has {tests:,} tests in {len(found.data):,} bytes; a draft by which runs are judged here "
            f"has at most {_MOST_TESTS:,} in {_LARGEST_DRAFT:,}"
        )
    return ReadWholeGuideline(found._replace(document={}))


def _program(guideline: Guideline, program: Program) -> GuidelineProgram:
    asked = demand_of(guideline, program).capabilities
    placed = tuple((one.key, one.level.value) for one in asked)
    return GuidelineProgram(program.name, program.kind.value, program.aliases, placed, word_of(program))


def _test(test: RequiredTest) -> GuidelineTest:
    return GuidelineTest(test.name, test.uuid, test.aliases, None if test.flag is None else test.flag.reason)


def _microseconds(nanoseconds: int | None) -> int | None:
    """None as well for what is no time of a run: a stranger's clock may say anything."""
    if nanoseconds is None or not 0 <= nanoseconds < _YEAR_3000:
        return None
    return nanoseconds // _NANO_IN_MICRO


def _tests(results: Results) -> Iterator[tuple[str, str, int]]:
    """Each test once, with what its attempts come to; fixtures of classes are no tests."""
    for name in results.names:
        if fixture_of(name) is None:
            attempts = results.attempts(name)
            yield _storable(name), attempts[-1].uuid or "", _OUTCOMES[decide(attempts).state]


def _storable(name: str) -> str:
    """Without what no database keeps in a text."""
    if len(name) > _LONGEST_NAME:
        raise UnreadableResults(f"a test has a name of {len(name):,} signs: {excerpt(name)}; names have at most 4,000")
    return name.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


class _Meant(NamedTuple):
    """By what it is judged."""

    guideline: Guideline
    program: Program


def _judged(request: ReadRequest, results: Results, meant: _Meant) -> JudgedAs:
    guideline, program = meant
    hosts = tuple(_guideline(one.path, one.id) for one in homes_at_hand(program, request.at_hand))
    day, policy = _day(request.as_of), _policy(request.policy)
    waivers = tuple(map(_waiver, request.waivers))
    verdict = judge(guideline, program, results, waivers, as_of=day, policy=policy, hosts=hosts)
    rendered = b""
    if request.form is not None:
        rendered = _rendered(verdict, request.form)
    return JudgedAs(
        guideline=guideline.sha256,
        program=program.name,
        standing=verdict.standing.value,
        sentence=sentence(verdict),
        is_partial=counted_verdict(verdict).is_partial,
        rendered=rendered,
    )


def _waiver(granted: GrantedWaiver) -> Waiver:
    return Waiver(
        Scope.TEST,
        granted.test,
        granted.reason,
        f"the programme office ({granted.number})",
        dt.date.fromisoformat(granted.expires),
        dt.date.fromisoformat(granted.granted),
        approval=Approval.APPROVED,
    )


def _rendered(verdict: Verdict, form: str) -> bytes:
    if form != PAGE:
        return render(VerdictView(verdict, evaluator=__version__), Form(form))
    page = report_page(verdict, evaluator=__version__)
    return msgspec.json.encode(RunReport(page, timeline(verdict.results)))


def _meant(request: ReadRequest, facts: StatedFacts) -> _Meant | None:
    """What was named, else what that which came names, where the guideline is here."""
    as_refstack = request.policy == REFSTACK_2020.name  # it read a key that stands twice
    if request.guideline is not None:
        guideline = _guideline(request.guideline, request.guideline_name, last_counts=as_refstack)
    else:
        found = next((one for one in request.at_hand if one.sha256 == facts.guideline), None)
        if found is None:
            return None
        guideline = _guideline(found.path, found.id, last_counts=as_refstack)
    named = request.program or facts.program
    return _Meant(guideline, find_program(guideline, named) if named is not None else _only(guideline))


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(f"{text} is no day; one is written 2026-11-30") from None


def _policy(text: str | None) -> Policy | None:
    if text is None or text in POLICIES:
        return None if text is None else POLICIES[text]
    if not text.lstrip().startswith("{"):
        raise InvalidRequest(f"there is no policy {excerpt(text)}; name {', '.join(POLICIES)}, or give a JSON document")
    return policy_from(parse_json(text.encode(), "the policy", UnreadableResults, unique=True))


def _only(guideline: Guideline) -> Program:
    if len(guideline.programs) != 1:
        raise InvalidRequest(f"{guideline.id} has several programs: {listed(guideline.programs)}; name one")
    return guideline.programs[0]


@lru_cache(maxsize=16)
def _guideline(path: str, name: str, *, last_counts: bool = False) -> Guideline:
    """Revisions are files that never change; a list of tests has its id from its name only."""
    data = Path(path).read_bytes()
    found = read_guideline(data, name, last_counts=last_counts)
    return found if found.id == name else read_guideline(data, f"{name}.lst", last_counts=last_counts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
